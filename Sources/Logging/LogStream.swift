internal import Configuration
internal import Core
internal import Linux
internal import Synchronization

/// Log lines on their way to a server over TCP. All threads add to one bounded buffer; whoever finds the socket free
/// sends, and nobody waits for it or for the server. A line that was sent in part when a connection broke is sent
/// again as a whole on the next one.
final class LogStream: Sendable {
    private struct Waiting {
        var bytes: [UInt8] = []
        /// Bytes of each line with its frame.
        var lengths: [Int] = []
    }

    private struct Sender {
        var socket: Int32 = -1
        var nextAttempt = Instant(nanoseconds: 0)
        var lines = Waiting()
        /// What left of `lines`.
        var sent = 0
    }

    private let server: RingServerSettings
    private let bufferBytes: Int
    private let waiting = Mutex(Waiting())
    private let sender = Mutex(Sender())

    init(_ server: RingServerSettings, of ring: RingSettings) {
        self.server = server
        bufferBytes = ring.bufferBytes
    }

    deinit {
        let socket = sender.withLock { $0.socket }
        if socket >= 0 { Descriptors.close(socket) }
    }

    /// Adds lines, each of which ends with a line feed. Returns how many found no room.
    func append(_ lines: RawSpan, _ lengths: [UInt32]) -> Int {
        waiting.withLock { waiting in
            var dropped = 0
            var at = 0
            for length in lengths {
                let end = at + Int(length)
                defer { at = end }
                guard waiting.bytes.count + Int(length) <= bufferBytes else {
                    dropped += 1
                    continue
                }
                let before = waiting.bytes.count
                if server.countsOctets {
                    // RFC 6587 section 3.4.1: the frame is the length, and no line feed ends it.
                    waiting.bytes.append(contentsOf: "\(length - 1) ".utf8)
                    for place in at..<(end - 1) { waiting.bytes.append(lines.byte(at: place)) }
                } else {
                    for place in at..<end { waiting.bytes.append(lines.byte(at: place)) }
                }
                waiting.lengths.append(waiting.bytes.count - before)
            }
            return dropped
        }
    }

    /// Sends what the server takes now.
    func send(now: Instant) {
        // Who finds another thread at it leaves its lines to that one, which therefore looks again before it goes.
        repeat {
            let isDone = sender.withLockIfAvailable { send(&$0, now) }
            guard isDone == true else { return }
        } while waiting.withLock { !$0.bytes.isEmpty }
    }

    /// Whether lines have not left yet.
    var isWaiting: Bool {
        sender.withLock { $0.sent < $0.lines.bytes.count }
            || waiting.withLock { !$0.bytes.isEmpty }
    }

    /// Sends for a moment longer, where lines wait for a server that was there or is being reached: for the end of the
    /// process.
    func finish(until deadline: Instant) {
        while Clock.now() < deadline {
            send(now: Clock.now())
            let socket = sender.withLock { $0.socket }
            guard isWaiting, socket >= 0 else { return }
            let left = (deadline - Clock.now()).milliseconds
            Descriptors.waitWritable(socket, milliseconds: Int32(clamping: max(left, 0)))
        }
    }

    /// False: the server takes nothing now.
    private func send(_ sender: inout Sender, _ now: Instant) -> Bool {
        while true {
            if sender.sent == sender.lines.bytes.count, !takeMore(&sender) { return true }
            guard sender.socket >= 0 || connect(&sender, now: now) else { return false }
            let rest = Array(sender.lines.bytes[sender.sent...])
            switch rest.withBytes({ Descriptors.write(sender.socket, $0) }) {
            case .moved(let count): sender.sent += count
            case .wouldBlock: return false
            case .ended, .failed:
                Descriptors.close(sender.socket)
                sender.socket = -1
                rewind(&sender)
                return false
            }
        }
    }

    private func takeMore(_ sender: inout Sender) -> Bool {
        sender.sent = 0
        sender.lines = waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting
        }
        return !sender.lines.bytes.isEmpty
    }

    /// A server that is absent is tried again, but not too often.
    private func connect(_ sender: inout Sender, now: Instant) -> Bool {
        guard now >= sender.nextAttempt else { return false }
        sender.nextAttempt = now + LogTarget.attemptInterval
        guard
            case .started(let socket) = Sockets.connectStream(
                to: server.address, from: nil, keepAlive: true)
        else { return false }
        sender.socket = socket
        return true
    }

    /// Back to the beginning of the line that was cut.
    private func rewind(_ sender: inout Sender) {
        var whole = 0
        var lines = 0
        for length in sender.lines.lengths {
            guard whole + length <= sender.sent else { break }
            whole += length
            lines += 1
        }
        sender.lines.bytes.removeFirst(whole)
        sender.lines.lengths.removeFirst(lines)
        sender.sent = 0
    }
}
