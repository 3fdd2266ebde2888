internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Logging
internal import Synchronization
internal import VRRP

/// What tracked files and processes have come to.
internal struct WatchReport: Sendable {
    var files: [String: TrackerState] = [:]
    var processes: [String: TrackerState] = [:]
}

/// Looks at tracked files and processes on a thread of its own: a file may lie on a server that does not answer, and a
/// process that holds the lock of its memory makes whoever reads its command line wait.
internal final class WatchThread: @unchecked Sendable {
    private enum Command: Sendable {
        case configure([TrackFileSettings], [TrackProcessSettings])
        case end
    }

    private enum Kind: UInt8 { case mailbox = 1, changes }

    private let mailbox: Mailbox<Command>
    private let report: @Sendable (WatchReport) -> Void
    private let log: RouterLog
    /// When the thread began what it is doing, in nanoseconds; 0: it waits.
    private let busySince = Atomic<Int64>(0)

    // These belong to the thread that opens, and then to the one that runs.
    private let loop: Loop
    /// nil: the kernel has none to spare, and files are looked at again and again.
    private let changes: FileChanges?
    private var files: [FileWatch] = []
    private let processes: ProcessScan
    private var isOver = false
    /// Changes are not taken before.
    private var restEnds: Instant?

    // These belong to the vrrp thread.
    private var isRunning = false
    private var saysStall = true

    /// After this time without an end the vrrp thread says so.
    private static let patience = Duration.seconds(2)
    private static let longestWait = Duration.seconds(60)

    /// Opens what is to be watched, while the root directory and the rights are those of the start.
    /// `report` and `log` are called on the thread.
    init(
        _ settings: (files: [TrackFileSettings], processes: [TrackProcessSettings]),
        report: @escaping @Sendable (WatchReport) -> Void, log: @escaping RouterLog
    ) throws(Errno) {
        mailbox = try Mailbox()
        loop = try Loop()
        changes = try? FileChanges()
        self.report = report
        self.log = log
        processes = ProcessScan(now: loop.now)
        try loop.add(mailbox.descriptor, .readable, Token(kind: Kind.mailbox.rawValue))
        if let changes {
            try loop.add(changes.number, .readable, Token(kind: Kind.changes.rawValue))
        }
        apply(settings.files, settings.processes)
    }

    // MARK: The vrrp thread

    /// Starts the thread where there is something to do.
    func begin() {
        guard !files.isEmpty || processes.deadline != nil else { return }
        start()
    }

    private func start() {
        isRunning = true
        do throws(Errno) {
            try Threads.start(name: "watch") { [self] in run() }
        } catch {
            isRunning = false
            log(
                .warning,
                "cannot start the thread that looks at tracked files and processes: \(error)")
        }
    }

    /// New settings; what did not change keeps its state.
    func configure(_ files: [TrackFileSettings], _ processes: [TrackProcessSettings]) {
        guard isRunning || !files.isEmpty || !processes.isEmpty else { return }
        mailbox.post(.configure(files, processes))
        if !isRunning { start() }
    }

    func end() { mailbox.post(.end) }

    /// A line for the log when the thread has been waiting for a file or a process for long, once each time.
    func stall(now: Instant) -> String? {
        let since = busySince.load(ordering: .relaxed)
        let time = now - Instant(nanoseconds: since)
        guard since != 0, time >= WatchThread.patience else {
            if since == 0 { saysStall = true }
            return nil
        }
        guard saysStall else { return nil }
        saysStall = false
        return
            "tracked files and processes were not looked at for \(time.milliseconds / 1000) s: their last"
            + " values count. A file's server does not answer, or a process hangs in the kernel (state D in"
            + " ps)"
    }

    // MARK: The thread

    private func run() {
        // It reads what anybody may read.
        try? Privileges.setCapabilities([])
        loop.refreshClock()
        while !isOver { turn() }
    }

    private func turn() {
        if let end = restEnds, end <= loop.now { listen(true) }
        busySince.store(Clock.now().nanoseconds, ordering: .relaxed)
        var lines: [String] = []
        for file in files where file.deadline <= loop.now {
            if let line = file.look(now: loop.now) { lines.append(line) }
        }
        lines += processes.expire(now: loop.now)
        for line in lines { log(.info, line) }
        tell()
        busySince.store(0, ordering: .relaxed)
        let due = (files.map(\.deadline) + [processes.deadline, restEnds].compactMap { $0 }).min()
        let wait = due.map { max(.zero, $0 - Clock.now()) } ?? WatchThread.longestWait
        for index in 0..<loop.wait(atMost: min(wait, WatchThread.longestWait)) {
            switch Kind(rawValue: loop.event(index).token.kind) {
            case .mailbox: for command in mailbox.take() { obey(command) }
            case .changes: takeChanges()
            case nil: continue
            }
        }
    }

    private func obey(_ command: Command) {
        switch command {
        case .configure(let files, let processes): apply(files, processes)
        case .end: isOver = true
        }
    }

    /// A directory in which much happens is heard once in `FileWatch.settling`: its changes wait, or are lost and told as
    /// such.
    private func listen(_ on: Bool) {
        restEnds = on ? nil : loop.now + FileWatch.settling
        guard let changes else { return }
        try? loop.modify(
            changes.number, on ? .readable : [], Token(kind: Kind.changes.rawValue))
    }

    private func takeChanges() {
        listen(false)
        guard let found = changes?.take() else {
            for file in files { file.noteChange(nil) }
            return
        }
        for change in found {
            for file in files { file.noteChange(change) }
        }
    }

    private func apply(_ settings: [TrackFileSettings], _ tracked: [TrackProcessSettings]) {
        let before = files
        files = settings.map { file in
            if let watch = before.first(where: { $0.settings == file }) { return watch }
            let watch = FileWatch(file, changes, now: loop.now)
            if let error = watch.initialize() {
                log(.warning, "Track file \(file.name): cannot write \(file.path): \(error)")
            }
            return watch
        }
        let used = Set(files.compactMap(\.watch))
        for watch in Set(before.compactMap(\.watch)).subtracting(used) { changes?.unwatch(watch) }
        processes.configure(tracked)
    }

    private var told: WatchReport?

    /// Reports when something is different.
    private func tell() {
        var new = WatchReport()
        for file in files { new.files[file.settings.name] = file.state }
        new.processes = processes.quorums.mapValues(\.state)
        if told?.files == new.files, told?.processes == new.processes { return }
        told = new
        report(new)
    }
}
