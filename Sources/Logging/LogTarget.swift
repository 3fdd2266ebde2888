package import Configuration
internal import Core
package import Linux
internal import Synchronization

/// One `log` line of the configuration, open. All threads share it; nothing here waits.
///
/// Its descriptor keeps its number for the target's whole life: a lost connection is made again on the same
/// socket, and a descriptor from the guard takes the old one's place. So no thread can write to a stranger.
package final class LogTarget: Sendable {
    package let settings: LogTargetSettings
    let descriptor: Int32
    private let address: SocketAddress?
    /// Where datagrams go; nil: to where the socket is connected.
    let prepared: PreparedAddress?
    /// What takes lines over TCP; none: they are written to `descriptor`.
    let streams: [LogStream]
    private let isConnected: Atomic<Bool>
    private let nextAttempt = Atomic<Int64>(0)
    private let sampled = Atomic<UInt>(0)
    private let droppedLines = Atomic<Int>(0)
    private let reportedLines = Atomic<Int>(0)
    /// Asks somebody who still can (the guard, outside the chroot) for a new connection.
    private let lost: (@Sendable (LogTarget) -> Void)?

    /// How often a lost connection is tried again.
    package static let attemptInterval = Duration.seconds(1)

    /// A socket whose receiver is absent now is no error: it is tried again. An error is a descriptor that is not open.
    /// `lost` is called, from any thread and at most once in `attemptInterval`, when connecting again has failed.
    package init(
        _ settings: LogTargetSettings, lost: (@Sendable (LogTarget) -> Void)? = nil
    ) throws(Errno) {
        self.settings = settings
        self.lost = lost
        switch settings.destination {
        case .udp(let host, let port): address = .ip(host, port: port)
        case .unix(let path): address = .unix(path)
        case .descriptor, .stream, .ring: address = nil
        }
        if case .stream(let ring) = settings.destination {
            streams = ring.servers.map { LogStream($0, of: ring) }
        } else {
            streams = []
        }
        if let address {
            let socket = try Socket(.datagram, for: address)
            // UDP stays unconnected, as HAProxy's: an absent receiver then costs no error on every other call, and
            // the source address follows the routes.
            prepared = address.ip == nil ? nil : PreparedAddress(address)
            isConnected = Atomic(address.ip != nil || socket.connect(to: address) == nil)
            descriptor = socket.release()
        } else if case .descriptor(let number) = settings.destination {
            // A reader that does not read must not stop us. HAProxy sets this too. Terminals stay as they are, because
            // the shell shares that setting.
            if !Descriptors.isTerminal(number) { try Descriptors.setNonBlocking(number) }
            prepared = nil
            isConnected = Atomic(true)
            descriptor = number
        } else if !streams.isEmpty {
            prepared = nil
            isConnected = Atomic(true)
            descriptor = -1
        } else {
            throw .invalid
        }
    }

    deinit {
        if address != nil { Descriptors.close(descriptor) }
    }

    /// As operators know it: `127.0.0.1:514`, `/dev/log`, `stdout`, `fd@5`.
    package var name: String {
        switch settings.destination {
        case .udp(let host, let port): SocketAddress.ip(host, port: port).description
        case .unix(let path): path
        case .descriptor(1): "stdout"
        case .descriptor(2): "stderr"
        case .descriptor(let number): "fd@\(number)"
        case .stream(let ring): ring.name
        case .ring(let name): name
        }
    }

    /// Whether each line travels in a datagram of its own.
    var isDatagram: Bool { address != nil }

    /// Whether there is no connection that could be lost.
    var isConnectionless: Bool { prepared != nil }

    // MARK: Selection

    /// Whether a line of this level is wanted; counts it where the target takes samples.
    @inline(__always)
    func wants(_ level: UInt8) -> Bool {
        guard level <= settings.maxLevel else { return false }
        return settings.sample == nil || isInSample()
    }

    private func isInSample() -> Bool {
        guard let sample = settings.sample, sample.size > 0 else { return true }
        let count = sampled.wrappingAdd(1, ordering: .relaxed).oldValue
        let number = Int(count % UInt(sample.size)) + 1
        return sample.ranges.contains { $0.contains(number) }
    }

    // MARK: Connection

    /// Connects again where the connection was lost, but not too often; false while there is none.
    func isReady(now: Instant) -> Bool {
        isConnected.load(ordering: .acquiring) || reconnect(now: now)
    }

    /// The receiver has gone away.
    func noteLost() { isConnected.store(false, ordering: .releasing) }

    private func reconnect(now: Instant) -> Bool {
        guard let address else { return false }
        let next = nextAttempt.load(ordering: .relaxed)
        guard now.nanoseconds >= next,
            nextAttempt.compareExchange(
                expected: next, desired: (now + LogTarget.attemptInterval).nanoseconds,
                ordering: .relaxed
            ).exchanged
        else { return false }
        if Sockets.connect(descriptor, to: address) == nil {
            isConnected.store(true, ordering: .releasing)
            return true
        }
        lost?(self)
        return false
    }

    /// Puts a connected socket, made by the guard, in the place of ours; takes it over.
    package func adopt(_ fresh: consuming Descriptor) throws(Errno) {
        guard address != nil else { return }
        try Descriptors.replace(descriptor, with: fresh.number)
        isConnected.store(true, ordering: .releasing)
    }

    // MARK: Loss

    /// Lines that were not sent.
    package var dropped: Int { droppedLines.load(ordering: .relaxed) }

    func noteDropped(_ count: Int) { droppedLines.wrappingAdd(count, ordering: .relaxed) }

    /// Lines dropped since the last call; for one thread, which says so.
    func takeNewDrops() -> Int {
        let total = dropped
        return total - reportedLines.exchange(total, ordering: .relaxed)
    }
}
