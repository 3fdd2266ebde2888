import Configuration
import Testing

@testable import Appliance

@Suite struct GuardMessageTests {
    static let toProcess: [GuardMessage] = [
        .configuration(generation: 3), .listeners(keys: ["a", "b"], counts: [1, 2]),
        .apply(generation: 1, resuming: ["VI_1"], wishes: ["rests VI_2"], sequences: ["7 VI_1"]),
        .reloadFailed("no such file"),
        .stop(immediately: true), .drain, .scriptEnded(id: 7, status: 143),
        .logSocket(path: "/dev/log"), .detach, .dump(kind: 2),
    ]
    static let toGuard: [ProcessMessage] = [
        .ready(generation: 1), .refused(generation: 2, reason: "why"), .released(keys: ["a"]),
        .progress(stalled: ["worker 1"]), .reloadRequested,
        .runScript(id: 1, command: ["/bin/true", "x"], environment: ["A=b"]),
        .killScript(id: 1, signal: 15), .openLog(path: "/dev/log"),
        .virtualRouter(
            VirtualRouterRecord(
                name: "VI_1", isMaster: true, interfaceIndex: 2, advertisement: [1, 2],
                resignation: [3], addresses: ["10.0.0.1/32 eth0"], intervalMilliseconds: 1000)),
        .part([1, 2], offset: 48, total: 50),
        .stopping(status: 130), .virtualRouterNames(["VI_1", "VI_2"]),
    ]

    @Test func everyMessageComesBack() throws {
        for message in GuardMessageTests.toProcess {
            #expect(try GuardMessage(decoding: message.encoded()) == message)
        }
        for message in GuardMessageTests.toGuard {
            #expect(try ProcessMessage(decoding: message.encoded()) == message)
        }
    }

    /// A process that was taken over by an attacker writes to the root guard: no bytes may trap it.
    @Test func brokenBytesAreRefused() {
        for message in GuardMessageTests.toGuard {
            let bytes = message.encoded()
            for length in 0..<bytes.count {
                #expect(throws: (any Error).self) {
                    try ProcessMessage(decoding: bytes.prefix(length))
                }
            }
            for index in bytes.indices {
                var broken = bytes
                broken[index] ^= 0xff
                _ = try? ProcessMessage(decoding: broken)
            }
        }
    }

    /// A record with more routes than one message holds arrives whole.
    @Test func longMessagesComeInParts() throws {
        var record = VirtualRouterRecord(
            name: "VI_1", isMaster: true, interfaceIndex: 2, advertisement: [1], resignation: [3],
            addresses: [], intervalMilliseconds: 1000)
        record.isSigned = true
        record.lastSequence = .max - 1
        record.removals = (0..<1000).map { [UInt8](repeating: UInt8($0 % 256), count: 100) }
        let bytes = ProcessMessage.virtualRouter(record).encoded()
        #expect(bytes.count > GuardChannel.messageLimit)
        for size in [1000, 48 * 1024, bytes.count] {
            var parts = MessageParts()
            // What a process that died left behind does not disturb the next message.
            _ = parts.add([9, 9], offset: 0, total: 50)
            for start in stride(from: 0, to: bytes.count, by: size) {
                let end = min(start + size, bytes.count)
                let whole = parts.add(
                    Array(bytes[start..<end]), offset: start, total: bytes.count)
                #expect((whole != nil) == (end == bytes.count))
                if let whole {
                    #expect(try ProcessMessage(decoding: whole) == .virtualRouter(record))
                }
            }
        }
    }

    @Test func partsThatDoNotFitAreForgotten() {
        var parts = MessageParts()
        let limit = GuardChannel.assembledLimit
        for (part, offset, total) in [
            ([], 0, 0), ([1], 0, 0), ([1], 1, 2), ([1], -1, 5), ([1, 2], 0, 1), ([1], 0, limit + 1),
            ([1], 0, -1), ([1], .max, .min), ([1], .min, .max), ([1], 0, .max),
        ] as [([UInt8], Int, Int)] {
            #expect(parts.add(part, offset: offset, total: total) == nil)
        }
        #expect(parts.add([1], offset: 0, total: 2) == nil)
        #expect(parts.add([1], offset: 1, total: .min) == nil)
        #expect(parts.add([1], offset: 0, total: 1) == [1])
    }

    @Test func aBundleAnswersAsTheWorldDid() throws {
        let world = Loader(
            readFile: { $0 == "a" ? .success([1, 2]) : .failure(.init(reason: "missing")) },
            environment: { $0 == "X" ? "1" : nil },
            user: { _ in .init(userID: 5, groupID: 6) }, hostName: "node1")
        let recorder = BundleRecorder(source: world)
        for loader in [recorder.loader] {
            _ = loader.readFile("a")
            _ = loader.readFile("b")
            _ = loader.environment("X")
            _ = loader.user("haproxy")
        }
        let bundle = try #require(LoadBundle(decoding: recorder.bundle.encoded()))
        #expect(bundle.loader.readFile("a") == .success([1, 2]))
        #expect(bundle.loader.readFile("b") == .failure(.init(reason: "missing")))
        #expect(bundle.loader.environment("X") == "1")
        #expect(bundle.loader.environment("Y") == nil)
        #expect(bundle.loader.user("haproxy")?.groupID == 6)
        #expect(bundle.loader.hostName == "node1")
        #expect(LoadBundle(decoding: [1, 2, 3]) == nil)
    }
}
