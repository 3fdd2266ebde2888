internal import Core
internal import EventLoop
internal import Linux

/// Scripts that run: children of our own, or of the guard.
internal final class ScriptRunner {
    private struct Running {
        let pid: Int32
        let descriptor: Int32
    }

    private let launcher: (any ScriptLauncher)?
    private let loop: Loop
    private var children: [Int: Running] = [:]
    private var remote: Set<Int> = []
    private var nextID = 1

    /// Scripts at once; notifications beyond it are dropped and said.
    static let limit = 64
    /// Exit status of a script that could not be started, as the shell has it.
    static let notStarted = 127

    init(loop: Loop, launcher: (any ScriptLauncher)?) {
        self.loop = loop
        self.launcher = launcher
    }

    var count: Int { children.count + remote.count }

    /// A name for the next script.
    func makeID() -> Int {
        defer { nextID += 1 }
        return nextID
    }

    /// Starts a script; an error when it ended before it began.
    func start(_ launch: ScriptLaunch, id: Int) -> Errno? {
        if let launcher {
            remote.insert(id)
            launcher.start(launch, id: id)
            return nil
        }
        guard let child = launch.child else { return .noEntry }
        do throws(Errno) {
            let pid = try Processes.spawn(child)
            let descriptor = try Processes.descriptor(of: pid)
            try loop.add(
                descriptor, .readable, TokenKind.script.token(UInt32(truncatingIfNeeded: id)))
            children[id] = Running(pid: pid, descriptor: descriptor)
            return nil
        } catch {
            return error
        }
    }

    /// To a script and everything that it started.
    func signal(_ id: Int, _ signal: Int32) {
        if let child = children[id] {
            Processes.signal(-child.pid, signal)
        } else if remote.contains(id) {
            launcher?.signal(id: id, signal)
        }
    }

    /// A child's descriptor became readable; its status, or nil when it still runs.
    func reap(_ id: Int) -> Int? {
        guard let child = children[id], let ending = Processes.reap(child.pid) else { return nil }
        children[id] = nil
        loop.remove(child.descriptor)
        Descriptors.close(child.descriptor)
        switch ending {
        case .exited(let status): return Int(status)
        case .killed(let signal): return 128 + Int(signal)
        }
    }

    /// The guard's answer.
    func ended(_ id: Int) -> Bool { remote.remove(id) != nil }
}
