import ConfigurationLanguage
import Diagnostics
import Expressions

/// `option forwarded` (HAProxy manual, section 4.2; RFC 7239)
enum ForwardedKeyword {
    static let keyword = Keyword<ProxyDraft>(
        "forwarded", in: .serverSide,
        "[ proto ] [ host | host-expr <expr> ] [ by | by-expr <expr> ] [ by_port | by_port-expr <expr> ] [ for | for-expr <expr> ] [ for_port | for_port-expr <expr> ]",
        "Tells servers by 'Forwarded' where a request comes from; alone as 'proto for'. A field that came is extended where each of its elements is one that this option could write."
    ) { proxy, statement in
        proxy.settings.options.forwarded =
            statement.isNegated ? nil : settings(proxy, &statement)
        statement.finish()
    }

    private static func settings(
        _ proxy: ProxyDraft, _ statement: inout Statement
    ) -> ForwardedSettings? {
        var settings = ForwardedSettings()
        guard statement.peek != nil else {
            settings.tellsProtocol = true
            settings.client.name = .own
            return settings
        }
        while let word = statement.nextKeyword() {
            if word.text == "proto" {
                settings.tellsProtocol = true
                continue
            }
            let takesSample = word.text.hasSuffix("-expr")
            let name = takesSample ? String(word.text.dropLast(5)) : word.text
            guard let path = places[name] else {
                statement.alert(
                    "'option forwarded' only supports optional values: 'proto', 'host', 'host-expr', 'by', 'by-expr', 'by_port', 'by_port-expr', 'for', 'for-expr', 'for_port' and 'for_port-expr'.",
                    at: word)
                statement.skipRest()
                return nil
            }
            if takesSample {
                var draft = RuleLines.makeDraft(proxy, statement, .httpRequest)
                draft.title = "option forwarded"
                guard
                    let expression = statement.expression(
                        draft, or: "'\(word.text)' expects <expr> as argument")
                else {
                    statement.skipRest()
                    return nil
                }
                settings[keyPath: path] = .sample(expression)
            } else {
                settings[keyPath: path] = .own
            }
        }
        dropLonePort(\.by, "by", &settings, statement)
        dropLonePort(\.client, "for", &settings, statement)
        return settings
    }

    /// A port says nothing without the node that it belongs to.
    private static func dropLonePort(
        _ node: WritableKeyPath<ForwardedSettings, ForwardedSettings.Node>, _ name: String,
        _ settings: inout ForwardedSettings, _ statement: Statement
    ) {
        guard settings[keyPath: node].name == nil, let port = settings[keyPath: node].port else {
            return
        }
        settings[keyPath: node].port = nil
        let word = port == .own ? "\(name)_port" : "\(name)_port-expr"
        statement.warn(
            "'option forwarded' : '\(word)' will be ignored because both '\(name)' and '\(name)-expr' are unset."
        )
    }

    private typealias Place =
        any WritableKeyPath<ForwardedSettings, ForwardedSettings.Source?> & Sendable

    private static let places: [String: Place] = [
        "host": \.host, "by": \.by.name, "by_port": \.by.port, "for": \.client.name,
        "for_port": \.client.port,
    ]
}
