internal import Core
internal import Linux
internal import Proxy

/// Scripts that run for the process, by the numbers that the process gave them. Each leads a group of its own, so
/// that a timeout ends its children too.
internal struct ScriptChildren {
    /// At once: scripts of virtual routers, and the health thread's own limit of programs.
    static let limit = 64 + CheckLaunch.limit

    private var pids: [Int: Int32] = [:]
    private var ids: [Int32: Int] = [:]
    /// When those are killed that were told to end.
    private var deadlines: [Int32: Instant] = [:]
    /// Those that were told to end and have not.
    private var told: Set<Int32> = []

    /// How long a program of a check may take to end when it was told to, and any script when its process is gone. The
    /// vrrp thread looks after its own ones.
    static let grace = Duration.seconds(2)

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

    mutating func signal(id: Int, _ signal: Int32, now: Instant) {
        guard let pid = pids[id] else { return }
        Processes.signal(-pid, signal)
        if signal == Signals.terminate || signal == Signals.kill { told.insert(pid) }
        if signal == Signals.terminate, id >= CheckLaunch.firstID, deadlines[pid] == nil {
            deadlines[pid] = now + ScriptChildren.grace
        }
    }

    /// Kills those that did not end in time. To be called each second or so.
    mutating func killOverdue(now: Instant) {
        for (pid, deadline) in deadlines where deadline <= now {
            Processes.signal(-pid, Signals.kill)
            deadlines[pid] = nil
        }
    }

    /// The number of the script that ran as `pid`.
    mutating func ended(_ pid: Int32) -> Int? {
        deadlines[pid] = nil
        // A shell dies of the signal that its child ignores, and nobody would know the group any more. A script that
        // ends by itself may leave something behind on purpose.
        if told.remove(pid) != nil { Processes.signal(-pid, Signals.kill) }
        guard let id = ids.removeValue(forKey: pid) else { return nil }
        pids[id] = nil
        return id
    }

    mutating func endAll(now: Instant) {
        for pid in pids.values {
            Processes.signal(-pid, Signals.terminate)
            told.insert(pid)
            deadlines[pid] = now + ScriptChildren.grace
        }
        pids = [:]
        ids = [:]
    }
}
