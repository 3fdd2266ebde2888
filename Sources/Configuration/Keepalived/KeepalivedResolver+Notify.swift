import ConfigurationLanguage
import Diagnostics

extension KeepalivedResolver {
    /// `COMMAND [USER [GROUP]]` of a notify keyword.
    mutating func notifyScript(
        _ statement: KeepalivedStatement
    ) -> NotifySettings.Script? {
        guard let word = argument(statement, of: 3) else { return nil }
        let command = KeepalivedResolver.command(word.text)
        guard let program = command.first else {
            findings.report(word.range, "'\(statement.keyword)' has an empty command")
            return nil
        }
        let userWords = statement.arguments.dropFirst()
        let user: ScriptUser
        if let first = userWords.first {
            guard let named = self.user(userWords) else {
                findings.report(
                    first.range, "Unable to set uid/gid for script '\(program)'",
                    fix: "create the user and the group, or put the whole command in quotes")
                return nil
            }
            user = named
        } else {
            guard let common = settings.scriptUser else {
                findings.report(
                    word.range, "Unable to set default user keepalived_script for script",
                    fix: "add 'script_user USER' to 'global_defs'")
                return nil
            }
            user = common
        }
        switch loader.program(program) {
        case .missing, .notExecutable:
            // keepalived says nothing here, and drops it.
            findings.mention(
                .warning, word.range, "\(statement.keyword): '\(program)' cannot be run now",
                fix: "it is tried each time")
        case .changeable(let path):
            guard isSafe(path, user, program, word.range) else { return nil }
        case .usable: break
        }
        return NotifySettings.Script(command: command, user: user)
    }

    /// Handles a notify keyword; false when it has no case here.
    mutating func applyNotify(
        _ statement: KeepalivedStatement, to notify: inout NotifySettings
    ) -> Bool {
        switch statement.keyword {
        case "notify_master": notify.master = notifyScript(statement) ?? notify.master
        case "notify_backup": notify.backup = notifyScript(statement) ?? notify.backup
        case "notify_fault": notify.fault = notifyScript(statement) ?? notify.fault
        case "notify_stop": notify.stop = notifyScript(statement) ?? notify.stop
        case "notify_deleted":
            notify.tellsDeletion = true
            if !statement.arguments.isEmpty {
                notify.deleted = notifyScript(statement) ?? notify.deleted
            }
        case "notify_master_rx_lower_pri":
            notify.masterRxLowerPriority = notifyScript(statement) ?? notify.masterRxLowerPriority
        case "notify": notify.any = notifyScript(statement) ?? notify.any
        default: return false
        }
        return true
    }
}
