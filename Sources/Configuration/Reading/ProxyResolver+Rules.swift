import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// Names in rules, once all sections are known.
extension ProxyResolver {
    mutating func resolveRules(of index: Int) {
        guard let draft = drafts[index].rules else { return }
        let settings = drafts[index].settings
        var rules = draft.rules
        if settings.isFrontend {
            rules.backends = draft.backends.compactMap { route in
                if let template = route.template {
                    return RouteRule(.named(template), if: route.condition)
                }
                guard let target = backend(route.name, of: drafts[index]) else { return nil }
                return RouteRule(.fixed(target), if: route.condition)
            }
        }
        if settings.isBackend {
            rules.servers = draft.servers.compactMap { route in
                if let template = route.template {
                    return RouteRule(.named(template), if: route.condition)
                }
                let found = settings.servers.firstIndex { $0.name == route.name.text }
                guard let found else {
                    report(
                        route.name,
                        "\(drafts[index].title) : unable to find server '\(route.name.text)' referenced in a 'use-server' rule.",
                        among: settings.servers.map(\.name))
                    return nil
                }
                return RouteRule(.fixed(found), if: route.condition)
            }
        }
        if !rules.stats.isEmpty { checkStats(drafts[index]) }
        if settings.mode == .tcp { warnAboutMode(drafts[index], rules) }
        drafts[index].settings.rules = rules.isEmpty ? nil : rules
    }

    /// As HAProxy: the rules say who may see the page, so nothing else does.
    private func checkStats(_ draft: ProxyDraft) {
        guard let stats = draft.settings.stats,
            !stats.credentials.isEmpty || stats.realm != StatsSettings.standardRealm
        else { return }
        var diagnostic = Diagnostic(
            .alert, at: draft.settings.range,
            "proxy '\(draft.settings.name)': stats 'auth'/'realm' and 'http-request' can't be used at the same time.",
            fix:
                "make the users a 'userlist' and ask for it: stats http-request auth unless { http_auth(<userlist>) }"
        )
        diagnostic.namesPlace = false
        context.diagnostics.report(diagnostic)
    }

    private func backend(_ name: Word, of draft: ProxyDraft) -> Int? {
        guard let target = backends[name.text] else {
            report(
                name,
                "Proxy '\(draft.settings.name)': unable to find required use_backend: '\(name.text)'.",
                among: backends.keys.sorted())
            return nil
        }
        let other = drafts[target].settings
        guard other.mode == draft.settings.mode else {
            context.diagnostics.alert(
                name.range,
                "\(draft.title) (\(draft.settings.range.file):\(draft.settings.range.line)) tries to use incompatible backend '\(other.name)' (\(other.range.file):\(other.range.line)) in a 'use_backend' rule (see 'mode').",
                fix: "give both the same 'mode'")
            return nil
        }
        return target
    }

    private func report(_ name: Word, _ message: String, among names: [String]) {
        var diagnostic = Diagnostic(
            .alert, at: name.range, message,
            fix: NearestWord.suggestion(for: name.text, among: names).map {
                "did you mean '\($0)' ?"
            })
        diagnostic.namesPlace = false
        context.diagnostics.report(diagnostic)
    }

    private func warnAboutMode(_ draft: ProxyDraft, _ rules: ProxyRules) {
        let families = [
            ("http-request", rules.httpRequest.isEmpty),
            ("http-response", rules.httpResponse.isEmpty),
            ("http-after-response", rules.httpAfterResponse.isEmpty),
            ("redirect", rules.redirects.isEmpty),
        ]
        for (family, isEmpty) in families where !isEmpty {
            var warning = Diagnostic(
                .warning, at: draft.settings.range,
                "'\(family)' rules ignored for \(draft.title) as they require HTTP mode.")
            warning.namesPlace = false
            context.diagnostics.report(warning)
        }
    }

    /// What the names in expressions stand for.
    func expressionReferences() -> [ExpressionReference] {
        context.expressions.references.map { name in
            var reference = ExpressionReference()
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            reference.frontend = frontends[name]
            reference.backend = backends[parts.first ?? name]
            if parts.count == 2, let backend = reference.backend {
                reference.server = drafts[backend].settings.servers.firstIndex {
                    $0.name == parts[1]
                }
            }
            let isFound =
                parts.count == 2
                ? reference.server != nil : reference.frontend != nil || reference.backend != nil
            if !isFound {
                var problem = Diagnostic(
                    .alert, at: drafts.first?.settings.range ?? SourceRange(file: "", line: 0),
                    parts.count == 2
                        ? "unable to find server '\(name)' referenced in a sample expression."
                        : "unable to find backend '\(name)' referenced in a sample expression.",
                    fix: NearestWord.suggestion(
                        for: parts.first ?? name,
                        among: backends.keys.sorted() + frontends.keys.sorted()
                    ).map { "did you mean '\($0)' ?" })
                problem.namesPlace = false
                context.diagnostics.report(problem)
            }
            return reference
        }
    }
}
