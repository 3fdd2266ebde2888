import Core
import Linux
import Synchronization
import Testing

@testable import Resolver

@Suite struct NameResolverTests {
    static let address = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0001))

    /// A name that hangs delays nobody beyond the deadline, and the others have their answers.
    @Test func aNameThatHangs() throws {
        let gate = try Gate()
        let resolver = NameResolver { name in
            if name == "hangs" { gate.wait() }
            return name == "absent" ? [] : [Self.address]
        }
        let resolution = resolver.resolve(
            ["a", "b", "absent", "hangs", "a", "192.0.2.1", "::1"],
            deadline: Clock.now() + .milliseconds(150))
        gate.open()
        #expect(
            resolution.addresses == [
                "a": [Self.address], "b": [Self.address],
                "192.0.2.1": [.v4(IPv4Address(rawValue: 0xc000_0201))],
                "::1": [.v6(IPv6Address(high: 0, low: 1))],
            ])
        #expect(resolution.unanswered == ["hangs"])
    }

    /// Lookups left behind use up the threads: later calls come back at their deadline, and recover with them.
    @Test func threadsAreBounded() throws {
        let gate = try Gate()
        let running = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let resolver = NameResolver { name in
            if name.hasPrefix("hangs") {
                let now = running.wrappingAdd(1, ordering: .relaxed).newValue
                most.max(now, ordering: .relaxed)
                gate.wait()
                running.wrappingSubtract(1, ordering: .relaxed)
            }
            return [Self.address]
        }
        let names = (0..<40).map { "hangs\($0)" }
        let stuck = resolver.resolve(names, deadline: Clock.now() + .milliseconds(50))
        #expect(stuck.unanswered.count == 40)
        #expect(
            resolver.resolve(["a"], deadline: Clock.now() + .milliseconds(20)).unanswered == ["a"])
        #expect(most.load(ordering: .relaxed) <= NameResolver.threadLimit)
        gate.open()
        var answered = false
        for _ in 0..<200 where !answered {
            let now = resolver.resolve(["a"], deadline: Clock.now() + .milliseconds(50))
            answered = now.unanswered.isEmpty
        }
        #expect(answered)
    }

    @Test func cancelling() throws {
        let gate = try Gate()
        let (started, starter) = try Descriptor.pipe()
        let resolver = NameResolver { _ in
            _ = [UInt8(1)].withBytes { Descriptors.write(starter, $0) }
            gate.wait()
            return []
        }
        try Threads.start(name: "canceller") {
            var byte: [UInt8] = [0]
            while case .wouldBlock = Descriptors.read(started, into: &byte) {}
            resolver.cancel()
        }
        let before = Clock.now()
        let resolution = resolver.resolve(["x"], deadline: before + .seconds(60))
        #expect(resolution.unanswered == ["x"] && Clock.now() - before < .seconds(30))
        gate.open()
    }

    @Test func theSystemsResolver() {
        let resolution = NameResolver().resolve(
            ["localhost"], deadline: Clock.now() + .seconds(20))
        #expect(resolution.addresses["localhost"]?.isEmpty == false)
    }
}

/// Holds threads until it is opened.
private final class Gate: Sendable {
    private let ends: (Int32, Int32)

    init() throws { ends = try Descriptor.pipe() }

    func wait() {
        guard let epoll = try? Epoll() else { return }
        try? epoll.add(ends.0, readiness: 0x001, token: 0)
        while epoll.wait(milliseconds: -1) == 0 {}
    }

    /// The byte is never read, so everybody passes from now on.
    func open() { _ = [UInt8(1)].withBytes { Descriptors.write(ends.1, $0) } }
}
