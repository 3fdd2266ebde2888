import ConfigurationLanguage
import Diagnostics

extension KeepalivedResolver {
    /// `vrrp_script NAME { … }`
    mutating func addScript(_ statement: KeepalivedStatement) {
        guard let name = name(of: statement) else { return }
        guard !settings.scripts.contains(where: { $0.name == name.text }) else {
            findings.report(
                name.range, "vrrp script \(name.text) already defined",
                fix: "rename one of the two; the first one is used")
            return
        }
        var script = VRRPScriptSettings(name: name.text, command: [], range: statement.range)
        var hasUnknownUser = false
        for inner in statement.block ?? [] where isKnown(inner, in: .script) {
            if inner.keyword == "user" {
                hasUnknownUser = !applyUser(inner, to: &script)
            } else if !apply(inner, to: &script) {
                sayUnhandled(inner)
            }
        }
        guard !script.command.isEmpty else {
            findings.report(name.range, "No script set for vrrp_script \(name.text) - removing")
            return
        }
        guard !hasUnknownUser else { return }
        if script.asksForProxy, !proxies.isEmpty {
            findings.mention(
                .notice, name.range,
                "vrrp_script \(name.text) only asks whether haproxy runs: this process knows and "
                    + "answers it without running '\(script.command.joined(separator: " "))'",
                fix: "'track_proxy' in the instance says the same and more")
        } else if script.user == nil, !globals.hasScriptUser {
            findings.report(
                name.range, "Unable to set default user for vrrp script \(name.text) - removing",
                fix: "add 'script_user USER' to 'global_defs'")
            return
        }
        settings.scripts.append(script)
    }

    private mutating func apply(
        _ statement: KeepalivedStatement, to script: inout VRRPScriptSettings
    ) -> Bool {
        let owner = script.name
        switch statement.keyword {
        case "script":
            guard let word = argument(statement) else { break }
            script.command = KeepalivedResolver.command(word.text)
        case "interval", "timeout":
            let value = seconds(statement, in: .zero...(.seconds(4294))) {
                "(\(owner)): vrrp script \(statement.keyword) '\($0)' must be between 1 and 4294 - "
                    + "ignoring"
            }
            guard var value else { break }
            if value == .zero {
                findings.report(
                    statement.range,
                    "(\(owner)): vrrp script \(statement.keyword) must be greater than 0, "
                        + "setting to 1")
                value = .seconds(1)
            }
            if statement.keyword == "interval" {
                script.interval = value
            } else {
                script.timeout = value
            }
        case "weight":
            guard let weight = weight(statement.arguments, "vrrp_script \(owner) weight") else {
                break
            }
            script.weight = weight.value
            script.weightReverse = weight.isReversed
        case "rise", "fall":
            let value = number(statement, in: 1...Int(Int32.max)) {
                "(\(owner)): vrrp script \(statement.keyword) value '\($0)' invalid, defaulting to 1"
            }
            if statement.keyword == "rise" {
                script.rise = value ?? 1
            } else {
                script.fall = value ?? 1
            }
        case "init_fail": script.initFail = true
        default: return false
        }
        return true
    }

    /// False when there is no such user or group: the script is left out.
    private mutating func applyUser(
        _ statement: KeepalivedStatement, to script: inout VRRPScriptSettings
    ) -> Bool {
        expectEnd(statement, after: 3)
        if let user = user(statement.arguments) {
            script.user = user
            return true
        }
        findings.report(
            statement.range,
            "Unable to set uid/gid for script '\(script.command.first ?? script.name)'",
            fix: "create the user and the group, or name others")
        return false
    }

    /// `COMMAND [USER [GROUP]]` of a notify keyword.
    mutating func notifyScript(_ statement: KeepalivedStatement) -> NotifySettings.Script? {
        guard argument(KeepalivedStatement(words: Array(statement.words.prefix(2)))) != nil,
            let word = statement.arguments.first
        else { return nil }
        expectEnd(statement, after: 4)
        let command = KeepalivedResolver.command(word.text)
        guard !command.isEmpty else {
            findings.report(word.range, "'\(statement.keyword)' has an empty command")
            return nil
        }
        let userWords = statement.arguments.dropFirst()
        guard !userWords.isEmpty else {
            if !globals.hasScriptUser {
                findings.report(
                    word.range, "Unable to set default user keepalived_script for script",
                    fix: "add 'script_user USER' to 'global_defs'")
                return nil
            }
            return NotifySettings.Script(command: command, user: settings.scriptUser)
        }
        guard let user = user(userWords) else {
            findings.report(
                userWords.first?.range, "Unable to set uid/gid for script '\(command[0])'",
                fix: "create the user and the group, or put the whole command in quotes")
            return nil
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

    /// The name behind the keyword of a block.
    mutating func name(of statement: KeepalivedStatement) -> Word? {
        guard let word = statement.arguments.first else {
            findings.report(statement.range, "\(statement.keyword) must have a name")
            return nil
        }
        expectEnd(statement, after: 2)
        return word
    }

    /// `N [reverse|noreverse]`; nil, after a report, when it is not that.
    mutating func weight(
        _ words: ArraySlice<Word>, _ owner: String
    ) -> (value: Int, isReversed: Bool)? {
        guard let word = words.first else {
            findings.report(nil, "\(owner) has no number")
            return nil
        }
        let value = number(word, in: -253...253) { "\(owner) \($0) must be in [-253, 253]" }
        guard let value else { return nil }
        var isReversed = false
        for option in words.dropFirst() {
            switch option.text {
            case "reverse": isReversed = true
            case "noreverse", "no_reverse": isReversed = false
            default:
                findings.report(
                    option.range, "\(owner) has an unknown option '\(option.text)'",
                    fix: "reverse or noreverse")
            }
        }
        return (value, isReversed)
    }
}
