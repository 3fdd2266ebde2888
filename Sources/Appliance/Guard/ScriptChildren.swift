internal import Linux
internal import Proxy

/// Scripts that run for the process, by the numbers that the process gave them. Each leads a group of its own, so
/// that a timeout ends its children too.
internal struct ScriptChildren {
    /// At once: scripts of virtual routers, and the health thread's own limit of programs.
    static let limit = 64 + CheckLaunch.limit

    private var pids: [Int: Int32] = [:]
    private var ids: [Int32: Int] = [:]

    init() {}

    /// False when it could not be started.
    mutating func start(
        id: Int, command: [String], _ script: GuardPermissions.Script, environment: [String]
    ) -> Bool {
        guard let program = command.first, pids.count < ScriptChildren.limit, pids[id] == nil else {
            return false
        }
        guard let path = script.path(of: program) else { return false }
        var child = Processes.Child(path: path, arguments: command, environment: environment)
        child.newProcessGroup = true
        child.diesWithParent = true
        // -1: as we are.
        if script.user >= 0, script.group >= 0 {
            child.identity = (
                UInt32(truncatingIfNeeded: script.user), UInt32(truncatingIfNeeded: script.group)
            )
        }
        guard let pid = try? Processes.spawn(child) else { return false }
        pids[id] = pid
        ids[pid] = id
        return true
    }

    func signal(id: Int, _ signal: Int32) {
        if let pid = pids[id] { Processes.signal(-pid, signal) }
    }

    /// The number of the script that ran as `pid`.
    mutating func ended(_ pid: Int32) -> Int? {
        guard let id = ids.removeValue(forKey: pid) else { return nil }
        pids[id] = nil
        return id
    }

    mutating func endAll() {
        for pid in pids.values { Processes.signal(-pid, Signals.terminate) }
        pids = [:]
        ids = [:]
    }
}
