package import Core
internal import Linux
internal import Synchronization

/// What the daemon says about itself: state changes, reloads, virtual routers. For every thread; nobody waits.
///
/// Lines go into a queue. Whoever finds the writer free empties it; who finds it taken leaves, because the one who has it
/// looks at the queue again. So the vrrp thread never waits for a slow syslog.
package final class SystemLog: Sendable {
    /// Lines that wait at most; more are dropped and counted.
    package static let queueLimit = 16_384
    /// How often the same target's losses are told.
    package static let lossInterval = Duration.seconds(60)

    private enum Entry: Sendable {
        case line(LogLevel, String, list: String?)
        case lists(SystemLogLists)
    }

    private struct Queue {
        var entries: [Entry] = []
        var dropped = 0
    }

    private struct Sink: ~Copyable {
        var writer: LogWriter
        /// Places of the proxies' lists in `writer`; the global one is 0.
        var places: [String: Int] = [:]
        var hasPending = false
    }

    private let console: LogConsole?
    private let process: Int32
    private let hostname: String?
    private let targets: LogTargets
    private let queue = Mutex(Queue())
    private let sink: Mutex<Sink>
    private let lastLoss = Mutex<[String: Instant]>([:])

    /// `console`: where messages are also shown when we run in the foreground. `hostname`: `log-send-hostname`.
    package init(
        targets: LogTargets, lists: SystemLogLists, process: Int32, hostname: String?,
        console: LogConsole?
    ) {
        self.console = console
        self.process = process
        self.hostname = hostname
        self.targets = targets
        sink = Mutex(
            Sink(writer: LogWriter(lists: [], process: process, hostname: hostname)))
        enqueue(.lists(lists))
    }

    /// After a reload.
    package func setLists(_ lists: SystemLogLists) {
        enqueue(.lists(lists))
        drain()
    }

    // MARK: Messages

    package func alert(_ text: String) { send(.alert, text, console: .alert) }
    package func warning(_ text: String) { send(.warning, text, console: .warning) }
    package func notice(_ text: String) { send(.notice, text, console: .notice) }
    package func info(_ text: String) { send(.info, text, console: nil) }

    /// A line for the targets of `proxy`, or those of `global`. `console`: how the console shows it; nil: not at all;
    /// `consoleText`: where its words differ there.
    package func send(
        _ level: LogLevel, _ text: String, proxy: String? = nil, console word: LogConsole.Word?,
        consoleText: String? = nil
    ) {
        if let word { console?.show(word, consoleText ?? text, process: process) }
        enqueue(.line(level, text, list: proxy))
        drain()
    }

    /// A line of the virtual router module, shown as keepalived does.
    package func vrrp(_ level: LogLevel, _ text: String) {
        console?.showDated(text)
        enqueue(.line(level, text, list: nil))
        drain()
    }

    /// Sends again what full targets did not take, and tells of lost lines. For the control thread, each second or so,
    /// and for others as often as they like.
    package func tick(now: Instant) {
        targets.sendWaiting(now: now)
        for (target, count) in targets.takeNewDrops() {
            let isDue = lastLoss.withLock { lastLoss in
                let last = lastLoss[target.name]
                if let last, now - last < SystemLog.lossInterval || count == 1 { return false }
                lastLoss[target.name] = now
                return true
            }
            // A single line after a report is the report itself, which met the same fate.
            if isDue { warning("log \(target.name) dropped \(count) line\(count == 1 ? "" : "s")") }
        }
        drain()
    }

    /// The last call: what still waits for a server over TCP leaves, or is lost in a moment.
    package func finish() {
        drain()
        targets.finish()
    }

    /// Lines that never reached a target.
    package var dropped: Int { targets.dropped + queue.withLock { $0.dropped } }

    // MARK: Queue

    private func enqueue(_ entry: Entry) {
        queue.withLock { queue in
            if queue.entries.count < SystemLog.queueLimit {
                queue.entries.append(entry)
            } else {
                queue.dropped += 1
            }
        }
    }

    private func drain() {
        repeat {
            let didDrain: Void? = sink.withLockIfAvailable { sink in
                let entries = queue.withLock { queue in
                    defer { queue.entries = [] }
                    return queue.entries
                }
                for entry in entries { handle(entry, &sink) }
                sink.writer.flush(now: Clock.now())
            }
            if didDrain == nil { return }
        } while queue.withLock { !$0.entries.isEmpty }
    }

    private func handle(_ entry: Entry, _ sink: inout Sink) {
        switch entry {
        case .lists(let lists):
            sink.writer.flush(now: Clock.now())
            var all = [lists.global]
            sink.places = [:]
            for (name, list) in lists.proxies {
                sink.places[name] = all.count
                all.append(list)
            }
            sink.writer = LogWriter(lists: all, process: process, hostname: hostname)
        case .line(let level, let text, let proxy):
            let list = proxy.map { sink.places[$0] } ?? 0
            guard let list else { return }
            let writer = sink.writer
            Array(text.utf8).withBytes { line in
                writer.write(
                    list: list, level: level, line: line, realtime: Clock.realtime(),
                    now: Clock.now())
            }
        }
    }
}

/// The targets of `global` and of each proxy.
package struct SystemLogLists: Sendable {
    package let global: LogList
    /// By the proxy's name.
    package let proxies: [String: LogList]

    package init(global: LogList, proxies: [String: LogList] = [:]) {
        self.global = global
        self.proxies = proxies
    }
}
