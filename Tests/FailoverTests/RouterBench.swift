import Configuration
import Core
import Diagnostics
import EventLoop
import Failover
import Foundation
import Linux
import Logging
import VRRP

/// What a router said, as something to wait for; the lock guards every field.
final class LogLines: @unchecked Sendable {
    private let lock = NSCondition()
    private var lines: [String] = []
    private var read = 0

    struct NotSaid: Error { let lines: [String] }

    /// Longest wait for anything.
    static let patience = 8.0

    func note(_ text: String) {
        lock.lock()
        lines.append(text)
        lock.broadcast()
        lock.unlock()
    }

    /// Waits until a line contains `text`, in the lines that no wait has passed yet.
    func wait(for text: String) throws {
        let end = Date(timeIntervalSinceNow: LogLines.patience)
        lock.lock()
        defer { lock.unlock() }
        while true {
            while read < lines.count {
                read += 1
                if lines[read - 1].contains(text) { return }
            }
            guard lock.wait(until: end) else { throw NotSaid(lines: ["no: \(text)"] + lines) }
        }
    }

    /// Everything that was said so far.
    var all: [String] {
        lock.lock()
        defer { lock.unlock() }
        return lines
    }
}

/// A router in the namespace of the calling thread.
final class RouterBench: Sendable {
    let router: Router
    let health = HealthBoard()
    private let log = LogLines()

    init(
        _ settings: VRRPSettings, tracksProxy: Bool = false, resuming: Set<String> = []
    ) throws {
        let log = log
        router = try Router(
            settings: settings, tracksProxy: tracksProxy, health: health,
            log: { _, text in log.note(text) })
        var past = RouterPast()
        past.masters = resuming
        try router.open(past)
        try router.start()
    }

    func wait(for text: String) throws { try log.wait(for: text) }

    var allLines: [String] { log.all }

    func stop(graceful: Bool = false) throws {
        let done = DispatchSemaphore(value: 0)
        router.requestStop(graceful: graceful) { done.signal() }
        guard done.wait(timeout: .now() + LogLines.patience) == .success else {
            throw LogLines.NotSaid(lines: allLines)
        }
    }

    /// Asks, and waits for the answer.
    func move(
        _ move: RouterMove, router name: String? = nil, unlessMaster: Bool = false
    ) -> RouterMoveOutcome {
        let answer = Answer()
        router.move(move, router: name, unlessMaster: unlessMaster) { outcome in
            answer.give(outcome)
        }
        return answer.wait()
    }

    /// An answer that comes from another thread; the semaphore orders the accesses.
    private final class Answer: @unchecked Sendable {
        private let given = DispatchSemaphore(value: 0)
        private var outcome = RouterMoveOutcome()

        func give(_ outcome: RouterMoveOutcome) {
            self.outcome = outcome
            given.signal()
        }

        func wait() -> RouterMoveOutcome {
            _ = given.wait(timeout: .now() + LogLines.patience)
            return outcome
        }
    }

    static func instance(
        _ interface: String, priority: UInt8 = 100, address: String = "10.9.0.50"
    ) -> VirtualRouterSettings {
        var settings = VirtualRouterSettings(
            name: "VI_1", virtualRouterID: 51, range: SourceRange(file: "test", line: 1))
        settings.version = .v3
        settings.interface = interface
        settings.priority = priority
        settings.advertisementInterval = .milliseconds(100)
        settings.addresses = [virtual(address)].compactMap { $0 }
        return settings
    }

    static func virtual(_ address: String) -> VirtualAddress? {
        NetworkMonitorTests.prefix(address, 32).map { VirtualAddress(prefix: $0) }
    }

    static func settings(_ instances: VirtualRouterSettings...) -> VRRPSettings {
        var settings = VRRPSettings()
        settings.instances = instances
        return settings
    }

    /// Two interfaces of this namespace on one link, each a host of its own for VRRP.
    static func makeLink() throws {
        try PrivateNetwork.ip("link add v0 type veth peer name v1")
        for (name, address) in [("v0", "10.9.0.1/24"), ("v1", "10.9.0.2/24")] {
            // Packets of our other interface are from an address of this host.
            for (key, value) in [("accept_local", "1"), ("rp_filter", "0")] {
                try Files.write(
                    "/proc/sys/net/ipv4/conf/\(name)/\(key)", Array(value.utf8), mode: 0o644)
            }
            try PrivateNetwork.ip("addr add \(address) dev \(name)")
            try PrivateNetwork.ip("link set \(name) up")
        }
        try Files.write("/proc/sys/net/ipv4/conf/all/rp_filter", [0x30], mode: 0o644)
    }

    static func has(_ address: String, on interface: String) throws -> Bool {
        try PrivateNetwork.ip("-o addr show dev \(interface)").contains("inet \(address)/")
    }
}
