internal import Configuration
internal import VRRP

/// Which scripts a change of state calls, and with what arguments: keepalived's, to the word.
internal enum Notification {
    case state(VirtualRouter.State)
    case lowerPriorityHeard

    /// In order: `notify_<state>` first, then `notify` with its four more arguments.
    func launches(
        _ notify: NotifySettings, of kind: String, _ name: String, priority: UInt8
    ) -> [ScriptLaunch] {
        let special: NotifySettings.Script?
        let word: String?
        switch self {
        case .state(.master): (special, word) = (notify.master, "MASTER")
        case .state(.backup): (special, word) = (notify.backup, "BACKUP")
        case .state(.fault): (special, word) = (notify.fault, "FAULT")
        case .state(.initialize): (special, word) = (notify.stop, "STOP")
        case .state(.releasing): (special, word) = (nil, nil)
        case .lowerPriorityHeard: (special, word) = (notify.masterRxLowerPriority, nil)
        }
        var launches: [ScriptLaunch] = []
        if let special {
            launches.append(ScriptLaunch(command: special.command, user: special.user))
        }
        if let any = notify.any, let word {
            launches.append(
                ScriptLaunch(
                    command: any.command + [kind, name, word, "\(priority)"],
                    user: any.user))
        }
        return launches
    }
}
