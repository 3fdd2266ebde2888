import ConfigurationLanguage
import Diagnostics

/// `notify_fifo`, `vrrp_notify_fifo` and the scripts that read them.
extension KeepalivedResolver {
    /// What `global_defs` says of one pipe; its parts stand in two lines.
    struct FIFODraft {
        var pipe: KeepalivedStatement?
        var script: KeepalivedStatement?
    }

    /// Handles a keyword of that family; false when it has no case here.
    mutating func applyFIFO(_ statement: KeepalivedStatement) -> Bool {
        switch statement.keyword {
        case "notify_fifo": fifoDrafts["notify_fifo", default: FIFODraft()].pipe = statement
        case "vrrp_notify_fifo":
            fifoDrafts["vrrp_notify_fifo", default: FIFODraft()].pipe = statement
        case "notify_fifo_script":
            fifoDrafts["notify_fifo", default: FIFODraft()].script = statement
        case "vrrp_notify_fifo_script":
            fifoDrafts["vrrp_notify_fifo", default: FIFODraft()].script = statement
        case "vrrp_notify_priority_changes":
            if let value = flag(statement) { globals.notifiesPriorityChanges = value }
        case "fifo_write_vrrp_states_on_reload":
            if let value = flag(statement) { settings.fifoTellsStatesOnReload = value }
        default: return false
        }
        return true
    }

    /// When it is known whom scripts run as.
    mutating func finishFIFOs() {
        for (keyword, draft) in fifoDrafts.sorted(by: { $0.key < $1.key }) {
            guard let pipe = draft.pipe else {
                findings.report(
                    draft.script?.range, "\(keyword)_script without \(keyword) - ignoring",
                    fix: "add '\(keyword) /run/NAME'")
                continue
            }
            guard var fifo = fifo(pipe) else { continue }
            if let script = draft.script { fifo.script = notifyScript(script) }
            settings.fifos.append(fifo)
        }
    }

    /// `PATH [USER [GROUP]]`
    private mutating func fifo(_ statement: KeepalivedStatement) -> NotifyFIFOSettings? {
        guard let word = argument(statement, of: 3) else { return nil }
        guard word.text.hasPrefix("/") else {
            findings.report(
                word.range, "\(statement.keyword) '\(word.text)' is not a whole path - ignoring",
                fix: "begin it with '/'")
            return nil
        }
        guard !settings.fifos.contains(where: { $0.path == word.text }) else {
            findings.report(
                word.range, "\(statement.keyword): FIFO \(word.text) is used already - ignoring",
                fix: "the names of pipes must differ")
            return nil
        }
        var fifo = NotifyFIFOSettings(path: word.text)
        if statement.arguments.count > 1 {
            guard let user = user(statement.arguments.dropFirst()) else {
                findings.report(
                    word.range, "Unable to set uid/gid for \(statement.keyword) \(word.text)",
                    fix: "create the user and the group, or name others")
                return nil
            }
            fifo.user = user
        }
        return fifo
    }
}
