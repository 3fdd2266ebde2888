import ConfigurationLanguage
import Diagnostics

/// `track_proxy` is ours: what is wrong in it is refused, since a check that is left out would keep the
/// addresses on a node that cannot serve.
extension KeepalivedResolver {
    /// `track_proxy { … }`
    mutating func trackProxy(
        _ statement: KeepalivedStatement, in instance: inout VirtualRouterSettings
    ) {
        var tracked = instance.trackProxy ?? TrackProxySettings()
        for inner in statement.block ?? [] where isKnown(inner, in: .trackProxy) {
            switch inner.keyword {
            case "weight":
                guard let word = argument(inner) else { break }
                tracked.weight = proxyWeight(word) ?? tracked.weight
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
            findings.refuse(statement.range, "track_proxy: '\(keyword)' needs a name")
            return
        }
        let names = proxies.filter { kind == .backend ? $0.isBackend : $0.isFrontend }.map(\.name)
        guard names.contains(word.text) || proxies.isEmpty else {
            findings.refuse(
                word.range, "track_proxy: there is no \(keyword) '\(word.text)'",
                fix: suggestion(for: word.text, among: names))
            return
        }
        var target = TrackProxySettings.Target(kind: kind, name: word.text, weight: 0)
        let options = statement.arguments.dropFirst()
        if let option = options.first {
            guard option.text == "weight", options.count == 2, let number = options.last else {
                findings.refuse(
                    option.range, "track_proxy: '\(option.text)' is not understood",
                    fix: "\(keyword) \(word.text) weight NUMBER")
                return
            }
            guard let weight = proxyWeight(number) else { return }
            target.weight = weight
        }
        tracked.targets.append(target)
    }

    private mutating func proxyWeight(_ word: Word) -> Int? {
        if let value = Int(word.text), (-253...253).contains(value) { return value }
        findings.refuse(
            word.range, "track_proxy: weight \(word.text) must be in [-253, 253]",
            fix: hint(for: word))
        return nil
    }
}
