import ConfigurationLanguage
import Diagnostics

extension KeepalivedResolver {
    /// `vrrp_script NAME { … }`
    mutating func addScript(_ statement: KeepalivedStatement) {
        guard let name = name(of: statement) else { return }
        guard settings.scripts.count < KeepalivedResolver.scriptLimit else {
            findings.refuse(name.range, "more than \(KeepalivedResolver.scriptLimit) scripts")
            return
        }
        guard scriptIndices[name.text] == nil else {
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
            disabledScripts.insert(name.text)
            return
        }
        guard !hasUnknownUser, canRun(&script, name) else {
            disabledScripts.insert(name.text)
            return
        }
        scriptIndices[name.text] = settings.scripts.count
        settings.scripts.append(script)
    }

    /// Finds out whom a script runs as, and whether it may; reports why not.
    private mutating func canRun(_ script: inout VRRPScriptSettings, _ name: Word) -> Bool {
        if script.asksForProxy, !proxies.isEmpty {
            findings.mention(
                .notice, name.range,
                "vrrp_script \(script.name) only asks whether haproxy runs: this process knows, and "
                    + "answers without running '\(script.command.joined(separator: " "))'",
                fix: "'track_proxy' in the instance says the same and more")
            return true
        }
        guard let user = script.user ?? settings.scriptUser else {
            findings.report(
                name.range, "Unable to set default user for vrrp script \(script.name) - removing",
                fix: "add 'script_user USER' to 'global_defs'")
            return false
        }
        script.user = user
        switch loader.program(script.command[0]) {
        case .missing, .notExecutable:
            findings.report(
                name.range,
                "Disabling track script \(script.name) since not found/accessible",
                fix: "'\(script.command[0])' must be a program that can be run")
            return false
        case .changeable(let path):
            return isSafe(path, user, script.command[0], name.range)
        case .usable: return true
        }
    }

    /// Whether a program that others can change may run as this user.
    mutating func isSafe(
        _ path: String, _ user: ScriptUser, _ program: String, _ range: SourceRange
    ) -> Bool {
        guard user.userID == 0, settings.scriptSecurity else { return true }
        findings.add(
            Diagnostic(
                .warning, at: range,
                "Unsafe permissions found for script '\(program)' - disabling.",
                fix: "only root may be able to write to '\(path)', or run it as another user"),
            outcome: .scriptSecurity)
        return false
    }

    private mutating func apply(
        _ statement: KeepalivedStatement, to script: inout VRRPScriptSettings
    ) -> Bool {
        let owner = script.name
        switch statement.keyword {
        case "script":
            // Measured: keepalived runs the first word alone.
            let word = argument(statement, fix: "put the whole command in quotes")
            guard let word else { break }
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
            guard
                let weight = weight(
                    statement.arguments, of: statement, "vrrp_script \(owner) weight")
            else {
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
        guard argument(statement, of: 2) != nil else { return false }
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
}
