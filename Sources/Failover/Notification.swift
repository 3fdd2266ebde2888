internal import Configuration
internal import VRRP

/// Which scripts a change of state calls, and with what arguments: keepalived's, to the word.
internal enum Notification {
    case state(VirtualRouter.State)
    /// A reload removed the instance.
    case deleted
    case lowerPriorityHeard
    /// FIFOs only: the priority of a master or a backup.
    case priority(VirtualRouter.State)

    /// In order: `notify_<state>` first, then `notify` with its four more arguments.
    func launches(
        _ notify: NotifySettings, of kind: String, _ name: String, priority: UInt8
    ) -> [ScriptLaunch] {
        let special: NotifySettings.Script?
        switch self {
        case .state(.master): special = notify.master
        case .state(.backup): special = notify.backup
        case .state(.fault): special = notify.fault
        case .state(.initialize): special = notify.stop
        case .deleted: special = notify.tellsDeletion ? notify.deleted : notify.fault
        case .lowerPriorityHeard: special = notify.masterRxLowerPriority
        case .state(.releasing), .priority: special = nil
        }
        var launches: [ScriptLaunch] = []
        if let special {
            launches.append(ScriptLaunch(command: special.command, user: special.user))
        }
        if let any = notify.any, let word = word(notify) {
            launches.append(
                ScriptLaunch(
                    command: any.command + [kind, name, word, "\(priority)"],
                    user: any.user))
        }
        return launches
    }

    /// The line for named pipes: `INSTANCE "VI_1" MASTER 101`; nil: there is none.
    func line(
        _ notify: NotifySettings, of kind: String, _ name: String, priority: UInt8
    ) -> String? {
        let word: String?
        switch self {
        case .lowerPriorityHeard: word = "MASTER_RX_LOWER_PRI"
        case .priority(.master) where notify.tellsPriorities: word = "MASTER_PRIORITY"
        case .priority(.backup) where notify.tellsPriorities: word = "BACKUP_PRIORITY"
        default: word = self.word(notify)
        }
        return word.map { "\(kind) \"\(name)\" \($0) \(priority)\n" }
    }

    /// What `notify` scripts get; nil: they are not called.
    private func word(_ notify: NotifySettings) -> String? {
        switch self {
        case .state(.master): "MASTER"
        case .state(.backup): "BACKUP"
        case .state(.fault): "FAULT"
        case .state(.initialize): "STOP"
        case .deleted: notify.tellsDeletion ? "DELETED" : "FAULT"
        case .state(.releasing), .lowerPriorityHeard, .priority: nil
        }
    }
}
