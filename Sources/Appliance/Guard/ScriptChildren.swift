internal import Linux

/// Scripts that run for the process, by the numbers that the process gave them. Each leads a group of its own, so
/// that a timeout ends its children too.
internal struct ScriptChildren {
    /// At once.
    static let limit = 64

    private var pids: [Int: Int32] = [:]
    private var ids: [Int32: Int] = [:]

    init() {}

    /// False when it could not be started. `user` and `group` -1: as we are.
    mutating func start(id: Int, command: [String], user: Int, group: Int) -> Bool {
        guard let program = command.first, pids.count < ScriptChildren.limit, pids[id] == nil else {
            return false
        }
        guard let path = Programs.path(of: program) else { return false }
        var child = Processes.Child(
            path: path, arguments: command,
            environment: ["PATH=" + Programs.searchPath.joined(separator: ":")])
        child.newProcessGroup = true
        child.diesWithParent = true
        if user >= 0, group >= 0 {
            child.identity = (UInt32(truncatingIfNeeded: user), UInt32(truncatingIfNeeded: group))
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
