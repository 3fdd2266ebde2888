import ConfigurationLanguage
import Diagnostics

extension KeepalivedResolver {
    /// A line of `track_script`: `NAME [weight N [reverse]]`.
    mutating func trackScript(
        _ item: KeepalivedStatement, in instance: inout VirtualRouterSettings
    ) {
        guard let word = item.words.first else { return }
        let owner = "(\(instance.name))"
        guard let script = settings.scripts.first(where: { $0.name == word.text }) else {
            findings.report(
                word.range, "\(owner) track script \(word.text) not found, ignoring...",
                fix: NearestWord.suggestion(for: word.text, among: settings.scripts.map(\.name))
                    .map { "did you mean '\($0)' maybe ?" })
            return
        }
        guard !instance.trackScripts.contains(where: { $0.name == word.text }) else {
            findings.report(word.range, "\(owner) duplicate track_script \(word.text) - ignoring")
            return
        }
        var tracked = TrackedScript(name: word.text)
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
        var tracked = TrackedInterface(
            name: interface(word, of: "track_interface of \(instance.name)"))
        if let weight = trackedWeight(item, "\(owner) track interface \(word.text):") {
            tracked.weight = weight.value
            tracked.reverse = weight.isReversed
        }
        instance.trackInterfaces.append(tracked)
    }

    /// The `weight` behind a tracked name; nil when there is none, or none that is valid.
    private mutating func trackedWeight(
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
        return weight(item.words[2...], "\(owner) weight")
    }

    /// `track_proxy { … }`
    mutating func trackProxy(
        _ statement: KeepalivedStatement, in instance: inout VirtualRouterSettings
    ) {
        var tracked = instance.trackProxy ?? TrackProxySettings()
        for inner in statement.block ?? [] where isKnown(inner, in: .trackProxy) {
            switch inner.keyword {
            case "weight":
                guard argument(inner) != nil else { break }
                if let weight = weight(inner.arguments.prefix(1), "track_proxy weight") {
                    tracked.weight = weight.value
                }
            case "backend": add(inner, .backend, to: &tracked)
            case "frontend": add(inner, .frontend, to: &tracked)
            default: sayUnhandled(inner)
            }
        }
        instance.trackProxy = tracked
        if proxies.isEmpty {
            findings.mention(
                .warning, statement.range,
                "(\(instance.name)) track_proxy has nothing to track: there is no proxy section")
        }
    }

    /// `backend NAME [weight N]`
    private mutating func add(
        _ statement: KeepalivedStatement, _ kind: TrackProxySettings.Target.Kind,
        to tracked: inout TrackProxySettings
    ) {
        let keyword = statement.keyword
        guard let word = statement.arguments.first else {
            findings.refuse(statement.range, "'\(keyword)' needs a name")
            return
        }
        let names = proxies.filter { kind == .backend ? $0.isBackend : $0.isFrontend }.map(\.name)
        // A name that is not there would never fail: the address would stay on a node without service.
        guard names.contains(word.text) || proxies.isEmpty else {
            findings.refuse(
                word.range, "track_proxy: there is no \(keyword) '\(word.text)'",
                fix: NearestWord.suggestion(for: word.text, among: names)
                    .map { "did you mean '\($0)' maybe ?" })
            return
        }
        var weight = 0
        if statement.words.count > 2 {
            let option = statement.words[2]
            if option.text != "weight" || statement.words.count < 4 {
                findings.report(
                    option.range, "track_proxy: '\(option.text)' is not understood",
                    fix: "\(keyword) \(word.text) weight NUMBER")
            } else if let value = self.weight(
                statement.words[3...].prefix(1), "track_proxy \(keyword) \(word.text) weight")
            {
                weight = value.value
                expectEnd(statement, after: 4)
            }
        }
        tracked.targets.append(
            TrackProxySettings.Target(kind: kind, name: word.text, weight: weight))
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
        let withoutWeight = instance.trackScripts.filter { weight(of: $0) == 0 }
        instance.trackScripts = withoutWeight
        instance.trackInterfaces.removeAll { $0.weight != 0 }
    }

    private func weight(of tracked: TrackedScript) -> Int {
        tracked.weight ?? settings.scripts.first { $0.name == tracked.name }?.weight ?? 0
    }
}
