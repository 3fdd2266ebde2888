internal import Core
internal import Linux

/// Gratuitous ARP and unsolicited neighbour advertisements: tells every host and switch of a link where an
/// address is now.
internal final class Announcer {
    private struct Waiting {
        var due: Instant
        let frame: [UInt8]
        let index: Int32
    }

    private let socket: FrameSocket
    /// Paced frames (`garp_interval`), earliest first.
    private var waiting: [Waiting] = []

    /// Frames that may wait; more would come too late to be of use.
    private static let waitingLimit = 4096

    init() throws(Errno) { socket = try FrameSocket() }

    /// When `sendDue` has something to do.
    var deadline: Instant? { waiting.first?.due }

    /// Announces an address by a frame, at once or behind the frames that wait for this interface.
    func announce(_ frame: [UInt8], index: Int32, interval: Duration, now: Instant) {
        guard interval > .zero else {
            // A full queue of the driver is no reason to fail: there are more rounds.
            _ = socket.send(frame, interface: index)
            return
        }
        guard waiting.count < Announcer.waitingLimit else { return }
        let last = waiting.last { $0.index == index }?.due
        let due = last.map { $0 + interval } ?? now
        let place = waiting.firstIndex { $0.due > due } ?? waiting.endIndex
        waiting.insert(Waiting(due: due, frame: frame, index: index), at: place)
        sendDue(now: now)
    }

    func sendDue(now: Instant) {
        let count = waiting.prefix { $0.due <= now }.count
        for frame in waiting.prefix(count) { _ = socket.send(frame.frame, interface: frame.index) }
        waiting.removeFirst(count)
    }

    /// Forgets what waits for an interface that lost its addresses.
    func cancel(index: Int32) { waiting.removeAll { $0.index == index } }
}
