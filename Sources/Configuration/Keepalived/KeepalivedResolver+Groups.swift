import ConfigurationLanguage
import Diagnostics

extension KeepalivedResolver {
    /// `vrrp_sync_group NAME { … }`; instances are known by now.
    mutating func addSyncGroup(_ statement: KeepalivedStatement) {
        guard let name = name(of: statement) else { return }
        guard !settings.syncGroups.contains(where: { $0.name == name.text }) else {
            findings.report(
                name.range, "vrrp sync group \(name.text) already defined",
                fix: "rename one of the two; the first one is used")
            return
        }
        var group = SyncGroupSettings(name: name.text, members: [], range: statement.range)
        // What a group tracks is written as in an instance.
        var tracking = VirtualRouterSettings(
            name: name.text, virtualRouterID: 0, range: statement.range)
        var keepsWeights = false
        for inner in statement.block ?? [] where isKnown(inner, in: .syncGroup) {
            switch inner.keyword {
            case "group":
                for item in inner.block ?? [] { addMember(item, to: &group) }
            case "track_script":
                for item in inner.block ?? [] { trackScript(item, in: &tracking) }
            case "track_file":
                for item in inner.block ?? [] { trackFile(item, in: &tracking) }
            case "track_process":
                for item in inner.block ?? [] { trackProcess(item, in: &tracking) }
            case "track_interface":
                for item in inner.block ?? [] { trackInterface(item, in: &tracking) }
            case "track_proxy": trackProxy(inner, in: &tracking)
            case "sync_group_tracking_weight", "global_tracking": keepsWeights = true
            default: if !applyNotify(inner, to: &group.notify) { sayUnhandled(inner) }
            }
        }
        guard !group.members.isEmpty else {
            findings.report(
                name.range,
                "Sync group \(name.text), no matching virtual router found in group declaration - removing",
                fix: "name the members in 'group { … }'")
            return
        }
        if group.members.count == 1 {
            findings.mention(
                .warning, name.range,
                "Sync group \(name.text) has only 1 virtual router(s) - this probably isn't what you want"
            )
        }
        for index in settings.instances.indices
        where group.members.contains(settings.instances[index].name) {
            if !keepsWeights { dropWeights(of: index) }
            share(tracking, with: index)
        }
        settings.syncGroups.append(group)
    }

    private mutating func addMember(
        _ item: KeepalivedStatement, to group: inout SyncGroupSettings
    ) {
        for word in item.words {
            guard settings.instances.contains(where: { $0.name == word.text }) else {
                findings.report(
                    word.range,
                    "Virtual router \(word.text) specified in sync group \(group.name) doesn't exist - "
                        + "ignoring",
                    fix: suggestion(for: word.text, among: settings.instances.map(\.name)))
                continue
            }
            let others = settings.syncGroups + [group]
            if let other = others.first(where: { $0.members.contains(word.text) }) {
                findings.report(
                    word.range,
                    "Virtual router \(word.text) cannot exist in more than one sync group; ignoring \(group.name)",
                    fix: "it is in \(other.name)")
                continue
            }
            group.members.append(word.text)
        }
    }

    /// Members whose priorities move one by one would not be elected together.
    private mutating func dropWeights(of index: Int) {
        let instance = settings.instances[index]
        let owner = "(\(instance.name))"
        let fix = "track it without weight, or add 'sync_group_tracking_weight' to the group"
        settings.instances[index].trackScripts.removeAll { tracked in
            let own = scriptIndices[tracked.name].map { settings.scripts[$0].weight }
            guard (tracked.weight ?? own ?? 0) != 0 else { return false }
            findings.report(
                instance.range,
                "\(owner) ignoring tracked script \(tracked.name) with weights due to SYNC group",
                fix: fix)
            return true
        }
        var changed = settings.instances[index]
        dropWeightedNames(of: &changed, "due to SYNC group", fix: fix)
        settings.instances[index] = changed
        settings.instances[index].trackInterfaces.removeAll { tracked in
            guard tracked.weight != 0 else { return false }
            findings.report(
                instance.range,
                "\(owner) ignoring tracked interface \(tracked.name) with weights due to SYNC group",
                fix: fix)
            return true
        }
    }

    /// What the group tracks, each member tracks.
    private mutating func share(_ tracking: VirtualRouterSettings, with index: Int) {
        var instance = settings.instances[index]
        for tracked in tracking.trackScripts
        where !instance.trackScripts.contains(where: { $0.name == tracked.name }) {
            instance.trackScripts.append(tracked)
        }
        for list in [\VirtualRouterSettings.trackFiles, \.trackProcesses] {
            let known = Set(instance[keyPath: list].map(\.name))
            instance[keyPath: list] += tracking[keyPath: list].filter { !known.contains($0.name) }
        }
        for tracked in tracking.trackInterfaces
        where tracked.name != instance.interface
            && !instance.trackInterfaces.contains(where: { $0.name == tracked.name })
        {
            instance.trackInterfaces.append(tracked)
        }
        if let tracked = tracking.trackProxy {
            var own = instance.trackProxy ?? TrackProxySettings()
            own.weight = instance.trackProxy?.weight ?? tracked.weight
            own.targets += tracked.targets.filter { !own.targets.contains($0) }
            instance.trackProxy = own
        }
        settings.instances[index] = instance
    }
}
