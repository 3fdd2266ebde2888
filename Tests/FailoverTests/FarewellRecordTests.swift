import Foundation
import Linux
import Testing

@testable import Failover

/// The names that outlive a process.
@Suite struct FarewellRecordTests {
    private let path = NSTemporaryDirectory() + "farewells-" + UUID().uuidString

    private func lines() -> [String] {
        let bytes = (try? Files.read(path)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// What the next process of a node with two routers reads, before it notes what became of them.
    private func start(_ becoming: [String: Bool]) -> [String] {
        let names = ["VI_1", "a long name"]
        var record = FarewellRecord(names: names, path: path)
        var owed: [String] = []
        for name in names where record.owes(name) { owed.append(name) }
        for (name, value) in becoming { record.note(name, mayBeBelieved: value) }
        return owed
    }

    @Test func theNextProcessReadsWhatTheLastOneOwed() throws {
        defer { try? Files.remove(path) }
        // Nothing is known of the time before the machine started.
        #expect(start(["a long name": false]) == ["VI_1", "a long name"])
        #expect(lines() == ["VI_1"])
        #expect(start(["VI_1": false]) == ["VI_1"])
        #expect(lines() == [])
        #expect(start(["a long name": true, "VI_1": true]) == [])
        #expect(lines() == ["VI_1", "a long name"])
        // Routers that are not configured any more are forgotten.
        try Files.replace(path, with: Array("gone\nVI_1\nVI_".utf8), mode: 0o600)
        #expect(start([:]) == ["VI_1"])
    }

    @Test func withoutADirectoryNobodyOwesAnything() {
        let record = FarewellRecord(names: ["VI_1"], path: path + "/none/farewells")
        let owes = record.owes("VI_1")
        #expect(!owes)
    }
}
