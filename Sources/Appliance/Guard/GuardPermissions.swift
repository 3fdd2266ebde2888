internal import Configuration

/// What the process may ask of the guard: only what the current configuration names.
internal struct GuardPermissions: Sendable, Equatable {
    /// Datagram sockets of `log` lines.
    var logPaths: [String] = []
    /// Commands of vrrp_script, notify_* lines, word by word.
    var scripts: [[String]] = []

    /// keepalived's `notify` gets this many words behind its own.
    private static let extraWords = 4

    init() {}

    init(_ configuration: ServiceConfiguration) {
        let targets =
            configuration.process.logTargets + configuration.proxies.flatMap(\.logTargets)
        for case .unix(let path) in targets.map(\.destination) where !logPaths.contains(path) {
            logPaths.append(path)
        }
        guard let vrrp = configuration.vrrp else { return }
        scripts += vrrp.scripts.map(\.command)
        for notify in vrrp.instances.map(\.notify) + vrrp.syncGroups.map(\.notify) {
            let all = [
                notify.master, notify.backup, notify.fault, notify.stop, notify.deleted,
                notify.masterRxLowerPriority, notify.any,
            ]
            scripts += all.compactMap { $0?.command }
        }
    }

    /// Whether the command is one of the configuration's, with at most keepalived's extra words behind it.
    func allows(script command: [String]) -> Bool {
        scripts.contains { script in
            !script.isEmpty && command.starts(with: script)
                && command.count - script.count <= GuardPermissions.extraWords
        }
    }
}
