import ConfigurationLanguage
import Diagnostics

extension KeepalivedResolver {
    /// What only shows when everything is known.
    mutating func validate() {
        refuseSharedNumbers()
        mentionUnusedScripts()
        checkScriptSecurity()
        crossCheck()
    }

    /// Two virtual routers with one number on one link would hear each other.
    private mutating func refuseSharedNumbers() {
        struct Place: Hashable {
            let interface: String?
            let number: UInt8
            let isIPv4: Bool
        }

        var kept: [VirtualRouterSettings] = []
        var owners: [Place: String] = [:]
        for instance in settings.instances {
            let place = Place(
                interface: instance.interface, number: instance.virtualRouterID,
                isIPv4: instance.isIPv4)
            if let other = owners[place] {
                findings.report(
                    instance.range,
                    "\(other) and \(instance.name) both use VRID \(instance.virtualRouterID) "
                        + "with IPv\(instance.isIPv4 ? 4 : 6) on interface \(instance.interface ?? "")",
                    fix: "choose another 'virtual_router_id'; \(instance.name) is left out")
            } else {
                owners[place] = instance.name
                kept.append(instance)
            }
        }
        settings.instances = kept
    }

    private mutating func mentionUnusedScripts() {
        let used = Set(settings.instances.flatMap { $0.trackScripts.map(\.name) })
        for script in settings.scripts where !used.contains(script.name) {
            findings.mention(
                .warning, script.range, "Warning - script \(script.name) is not used",
                fix: "name it in 'track_script', or remove it")
        }
    }

    private mutating func checkScriptSecurity() {
        guard !settings.scriptSecurity else { return }
        let runsCheck = settings.scripts.contains { !$0.asksForProxy || proxies.isEmpty }
        let runsNotify = settings.instances.contains { !$0.notify.scripts.isEmpty }
        guard runsCheck || runsNotify else { return }
        findings.add(
            Diagnostic(
                .warning, at: nil,
                "SECURITY VIOLATION - scripts are being executed but script_security not enabled.",
                fix: "add 'enable_script_security' and 'script_user USER' to 'global_defs'"),
            outcome: .scriptSecurity)
    }
}

extension NotifySettings {
    /// Every script that there is.
    package var scripts: [Script] {
        [master, backup, fault, stop, deleted, masterRxLowerPriority, any].compactMap { $0 }
    }
}
