import Configuration
import Core
import Diagnostics
import Foundation
import Linux
import Testing
import VRRP

@testable import Failover

/// A tracked file in a directory that the kernel watches.
@Suite struct FileWatchTests {
    final class Place {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            UUID().uuidString)
        let changes: FileChanges
        let watch: FileWatch
        var now = Instant(nanoseconds: 1_000_000_000)
        var file: URL { directory.appendingPathComponent("weight") }

        init() throws {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true)
            changes = try FileChanges()
            watch = FileWatch(
                TrackFileSettings(
                    name: "f", path: directory.path + "/weight",
                    range: SourceRange(file: "k.conf", line: 1)), changes, now: now)
        }

        deinit { try? FileManager.default.removeItem(at: directory) }

        /// What happened in the directory since the last call.
        func hear() throws -> Int {
            let found = try #require(changes.take())
            for change in found { watch.noteChange(change) }
            return found.count
        }

        /// Looks whenever it is due, for so long; the lines that it says.
        func pass(_ time: Duration) -> [String] {
            var lines: [String] = []
            let end = now + time
            while watch.deadline <= end {
                now = max(now, watch.deadline)
                if let line = watch.look(now: now) { lines.append(line) }
            }
            now = end
            return lines
        }
    }

    @Test func whatTheKernelTellsCountsAtOnce() throws {
        let place = try Place()
        try Data("5\n".utf8).write(to: place.file)
        _ = try place.hear()
        #expect(place.pass(.milliseconds(1)).isEmpty)
        #expect(place.watch.state == .level(5))
        // Nothing happens, and nobody looks.
        _ = place.pass(.milliseconds(100))
        #expect(place.watch.deadline > place.now + .seconds(1))
        for (text, number) in [("7", 7), ("-3 x", -3), ("", 0)] {
            // Replaced as editors do, and written in place.
            try Data(text.utf8).write(to: place.file, options: number == 7 ? .atomic : [])
            #expect(try place.hear() > 0)
            #expect(place.pass(.milliseconds(50)).count == 1)
            #expect(place.watch.state == .level(number))
        }
        try FileManager.default.removeItem(at: place.file)
        #expect(try place.hear() > 0)
        #expect(place.pass(.milliseconds(50)).first?.contains("cannot be read") == true)
        #expect(place.watch.state == .level(0))
        // A file of another name is not ours.
        _ = place.pass(.seconds(1))
        let due = place.watch.deadline
        try Data("1".utf8).write(to: place.directory.appendingPathComponent("other"))
        #expect(try place.hear() > 0)
        #expect(place.watch.deadline == due)
    }

    /// A file that is being written does not count until it has been the same twice.
    @Test func halfAFileDoesNotCount() throws {
        let place = try Place()
        try Data("100".utf8).write(to: place.file)
        _ = place.pass(.milliseconds(30))
        for text in ["1", "10", "2", "20"] {
            try Data(text.utf8).write(to: place.file)
            _ = try place.hear()
            _ = place.pass(.milliseconds(19))
            #expect(place.watch.state == .level(100))
        }
        _ = place.pass(.milliseconds(40))
        #expect(place.watch.state == .level(20))
    }

    /// The target of a link may change where nobody watches.
    @Test func linksAreLookedAtAgainAndAgain() throws {
        let place = try Place()
        let target = FileManager.default.temporaryDirectory.appendingPathComponent(
            UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: target) }
        try Data("1".utf8).write(to: target)
        try FileManager.default.createSymbolicLink(at: place.file, withDestinationURL: target)
        _ = place.pass(.milliseconds(30))
        try Data("2".utf8).write(to: target)
        _ = place.pass(.milliseconds(250))
        #expect(place.watch.state == .level(2))
    }

    /// Without the kernel's word, too: another host may have changed it.
    @Test func isLookedAtSeldomByItself() throws {
        let place = try Place()
        try Data("1".utf8).write(to: place.file)
        _ = place.pass(.milliseconds(30))
        try Data("2".utf8).write(to: place.file)
        _ = place.pass(.milliseconds(2100))
        #expect(place.watch.state == .level(2))
    }
}
