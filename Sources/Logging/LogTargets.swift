package import Configuration
internal import Core
package import Linux
internal import Synchronization

/// All open targets of the process. Equal `log` lines share one, and what stays in the configuration stays open
/// over a reload: nothing has to be opened again from inside a chroot.
package final class LogTargets: Sendable {
    private let open = Mutex<[LogTarget]>([])
    private let lost: (@Sendable (LogTarget) -> Void)?

    /// `lost`: see `LogTarget`.
    package init(lost: (@Sendable (LogTarget) -> Void)? = nil) { self.lost = lost }

    /// The target of a `log` line; opened at its first use.
    package func target(_ settings: LogTargetSettings) -> Result<LogTarget, Errno> {
        if let known = open.withLock({ $0.first { $0.settings == settings } }) {
            return .success(known)
        }
        do {
            let target = try LogTarget(settings, lost: lost)
            open.withLock { $0.append(target) }
            return .success(target)
        } catch {
            return .failure(error)
        }
    }

    /// Forgets targets that the configuration no longer names. Threads that still hold one finish with it.
    package func keep(_ wanted: [LogTargetSettings]) {
        open.withLock { $0.removeAll { !wanted.contains($0.settings) } }
    }

    /// Lines dropped since the start, for `show info`.
    package var dropped: Int { open.withLock { $0.reduce(0) { $0 + $1.dropped } } }

    /// Sends what waits for servers that took nothing when the lines came; for a thread that has a timer.
    func sendWaiting(now: Instant) {
        for stream in open.withLock({ $0.flatMap(\.streams) }) { stream.send(now: now) }
    }

    /// The end of the process: lines that wait for a server over TCP get this much longer, all together.
    private static let lastMoment = Duration.milliseconds(250)

    func finish() {
        let deadline = Clock.now() + LogTargets.lastMoment
        for stream in open.withLock({ $0.flatMap(\.streams) }) { stream.finish(until: deadline) }
    }

    /// Targets that dropped lines since the last call, and how many; for one thread.
    func takeNewDrops() -> [(target: LogTarget, count: Int)] {
        open.withLock { targets in
            targets.compactMap { target in
                let count = target.takeNewDrops()
                return count > 0 ? (target, count) : nil
            }
        }
    }
}
