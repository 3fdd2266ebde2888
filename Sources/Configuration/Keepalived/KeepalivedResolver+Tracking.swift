import ConfigurationLanguage
import Diagnostics
import VRRP

extension KeepalivedResolver {
    /// A line of `track_script`: `NAME [weight N [reverse]]`.
    mutating func trackScript(
        _ item: KeepalivedStatement, in instance: inout VirtualRouterSettings
    ) {
        guard let word = item.words.first else { return }
        let owner = "(\(instance.name))"
        // Why it is gone was said already.
        guard !disabledScripts.contains(word.text) else { return }
        guard let script = script(named: word.text) else {
            findings.report(
                word.range, "\(owner) track script \(word.text) not found, ignoring...",
                fix: suggestion(for: word.text, among: settings.scripts.map(\.name)))
            return
        }
        guard !instance.trackScripts.contains(where: { $0.name == word.text }) else {
            findings.report(word.range, "\(owner) duplicate track_script \(word.text) - ignoring")
            return
        }
        var tracked = TrackedName(name: word.text)
        tracked.reverse = script.weightReverse
        if let weight = trackedWeight(item, "\(owner) track script \(word.text):") {
            tracked.weight = weight.value
            tracked.reverse = weight.isReversed
        }
        instance.trackScripts.append(tracked)
    }

    /// A line of `track_interface`: `NAME [weight N [reverse]]`.
    mutating func trackInterface(
        _ item: KeepalivedStatement, in instance: inout VirtualRouterSettings
    ) {
        guard let word = item.words.first else { return }
        let owner = "(\(instance.name))"
        guard !instance.trackInterfaces.contains(where: { $0.name == word.text }) else {
            findings.report(
                word.range, "\(owner) duplicate track_interface \(word.text) - ignoring")
            return
        }
        guard instance.trackInterfaces.count < KeepalivedResolver.trackedInterfaceLimit else {
            findings.refuse(
                word.range,
                "\(owner) more than \(KeepalivedResolver.trackedInterfaceLimit) tracked interfaces")
            return
        }
        var tracked = TrackedInterface(
            name: interface(word, of: "track_interface of \(instance.name)"))
        if let weight = trackedWeight(item, "\(owner) track interface \(word.text):") {
            tracked.weight = weight.value
            tracked.reverse = weight.isReversed
        }
        instance.trackInterfaces.append(tracked)
    }

    /// The `weight` behind a tracked name; nil when there is none, or none that is valid.
    mutating func trackedWeight(
        _ item: KeepalivedStatement, _ owner: String
    ) -> (value: Int, isReversed: Bool)? {
        guard let option = item.arguments.first else { return nil }
        guard option.text == "weight" else {
            findings.report(
                option.range, "\(owner) unknown option '\(option.text)' - ignoring",
                fix: "weight NUMBER [reverse]")
            return nil
        }
        guard item.words.count > 2 else {
            findings.report(option.range, "\(owner) weight without value - ignoring")
            return nil
        }
        return weight(item.words[2...], of: item, "\(owner) weight")
    }

    mutating func finishTracking(of instance: inout VirtualRouterSettings, _ range: SourceRange) {
        let owner = "(\(instance.name))"
        if let own = instance.trackInterfaces.firstIndex(where: { $0.name == instance.interface }),
            !instance.dontTrackPrimary
        {
            findings.report(
                range,
                "\(owner) Ignoring track_interface \(instance.trackInterfaces[own].name) since own "
                    + "interface")
            instance.trackInterfaces.remove(at: own)
        }
        // Its interface, its address and the proxy engine are tracked by themselves.
        let trackers =
            3 + instance.trackInterfaces.count + instance.trackScripts.count
            + instance.trackFiles.count + instance.trackProcesses.count
            + (instance.trackProxy?.targets.count ?? 0)
        if trackers > TrackerBoard.limit {
            findings.refuse(
                range,
                "\(owner) tracks \(trackers) things, its interface, address and proxy engine among"
                    + " them; at most \(TrackerBoard.limit) can be",
                fix: "track fewer: one script may look at several things")
        }
        guard instance.priority == 255 else { return }
        // An owner's priority does not change.
        for script in instance.trackScripts where weight(of: script) != 0 {
            findings.report(
                range,
                "\(owner) ignoring tracked script \(script.name) with weights due to address_owner")
        }
        for interface in instance.trackInterfaces where interface.weight != 0 {
            findings.report(
                range,
                "\(owner) ignoring tracked interface \(interface.name) with weights due to "
                    + "address_owner")
        }
        dropWeightedNames(of: &instance, "due to address_owner", fix: nil)
        let withoutWeight = instance.trackScripts.filter { weight(of: $0) == 0 }
        instance.trackScripts = withoutWeight
        instance.trackInterfaces.removeAll { $0.weight != 0 }
    }

    private func weight(of tracked: TrackedName) -> Int {
        tracked.weight ?? script(named: tracked.name)?.weight ?? 0
    }

    private func script(named name: String) -> VRRPScriptSettings? {
        scriptIndices[name].map { settings.scripts[$0] }
    }
}
