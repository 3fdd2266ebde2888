internal import Configuration
internal import Core
internal import Linux
internal import Proxy

/// What the process may ask of the guard: only what the current configuration names. The process may have been taken over
/// by an attacker, and the guard is root: users come from here, never from the process.
internal struct GuardPermissions: Sendable, Equatable {
    /// A command of vrrp_script or of a notify_* line.
    struct Script: Sendable, Equatable {
        let command: [String]
        let user: Int
        let group: Int
        /// `notify`: gets keepalived's four words behind its own.
        let takesTransition: Bool
        /// The program of a health check, and its `PATH`: gets addresses and ports of a proxy and a server.
        var checkPath: String?
        /// `external-check preserve-env`: it gets our environment, too.
        var preservesEnvironment = false
    }

    /// Datagram sockets of `log` lines.
    var logPaths: [String] = []
    var scripts: [Script] = []
    /// Files of TLS that the process gets when they change: `crt-watch`.
    var watchedFiles: [String] = []
    /// 0: they are not looked at.
    var watchMilliseconds = 0
    /// Names of virtual routers and sync groups, which `notify` may be told of.
    var routerNames: [String] = []

    /// The words that keepalived uses for states.
    private static let stateWords = ["MASTER", "BACKUP", "FAULT", "STOP", "DELETED"]

    init() {}

    init(_ configuration: ServiceConfiguration) {
        let targets =
            configuration.process.logTargets + configuration.proxies.flatMap(\.logTargets)
        for case .unix(let path) in targets.map(\.destination) where !logPaths.contains(path) {
            logPaths.append(path)
        }
        if let interval = configuration.process.tls.watchInterval {
            watchedFiles = configuration.tlsFiles.map(\.path)
            watchMilliseconds = Int(interval.milliseconds)
        }
        addChecks(configuration)
        guard let vrrp = configuration.vrrp else { return }
        routerNames = vrrp.instances.map(\.name) + vrrp.syncGroups.map(\.name)
        for script in vrrp.scripts where !(script.asksForProxy && configuration.hasProxySection) {
            add(script.command, script.user, takesTransition: false)
        }
        for fifo in vrrp.fifos {
            if let script = fifo.script {
                add(script.command + [fifo.path], script.user, takesTransition: false)
            }
        }
        for notify in vrrp.instances.map(\.notify) + vrrp.syncGroups.map(\.notify) {
            let special = [
                notify.master, notify.backup, notify.fault, notify.stop, notify.deleted,
                notify.masterRxLowerPriority,
            ]
            for script in special {
                if let script { add(script.command, script.user, takesTransition: false) }
            }
            if let any = notify.any { add(any.command, any.user, takesTransition: true) }
        }
    }

    private mutating func add(_ command: [String], _ user: ScriptUser?, takesTransition: Bool) {
        // Without a user nothing may run: the configuration said so.
        guard let user, !command.isEmpty else { return }
        scripts.append(
            Script(
                command: command, user: Int(user.userID), group: Int(user.groupID),
                takesTransition: takesTransition))
    }

    /// Programs of checks run as the process does: as its user, but outside its `chroot`.
    private mutating func addChecks(_ configuration: ServiceConfiguration) {
        let process = configuration.process
        let hasIdentity = Processes.isRoot && (process.userID != nil || process.groupID != nil)
        for program in configuration.proxies.compactMap(\.check.program) {
            let script = Script(
                command: [program.command],
                user: hasIdentity ? Int(process.userID ?? 0) : -1,
                group: hasIdentity ? Int(process.groupID ?? 0) : -1, takesTransition: false,
                checkPath: program.path,
                preservesEnvironment: process.externalChecksPreserveEnvironment)
            if !scripts.contains(script) { scripts.append(script) }
        }
    }

    /// The script that a command is, word by word; nil: it is none of the configuration's.
    /// `environment`: what it is to find there; programs of checks are told apart by their `PATH`.
    func script(for command: [String], environment: [String] = []) -> Script? {
        scripts.first { script in
            if let path = script.checkPath {
                return environment.contains("PATH=\(path)") && script.takes(command)
            }
            guard script.takesTransition else { return command == script.command }
            return command.starts(with: script.command)
                && isTransition(command.dropFirst(script.command.count))
        }
    }

    /// `INSTANCE|GROUP name state priority`
    private func isTransition(_ words: ArraySlice<String>) -> Bool {
        let words = Array(words)
        guard words.count == 4, ["INSTANCE", "GROUP"].contains(words[0]),
            routerNames.contains(words[1]), GuardPermissions.stateWords.contains(words[2]),
            let priority = UInt8(words[3])
        else { return false }
        return words[3] == "\(priority)"
    }
}
