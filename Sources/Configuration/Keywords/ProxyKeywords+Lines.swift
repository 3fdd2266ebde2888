import ConfigurationLanguage
import Core
import Diagnostics

/// Lines whose words need more than a look.
extension ProxyKeywords {
    static func mode(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let word = statement.next()
        switch word?.text {
        case "tcp": proxy.settings.mode = .tcp
        case "http": proxy.settings.mode = .http
        case "health":
            statement.alert(
                "'mode health' doesn't exist anymore. Please use 'http-request return status 200' instead.",
                at: word)
        case "log", "spop", "haterm", "udp", "syslog":
            let text = word?.text ?? ""
            statement.alert(
                text == "udp"
                    ? "unknown proxy mode 'udp'." : "'mode \(text)' is not part of this product.",
                at: word,
                fix: text == "udp" ? "there is no load balancing of UDP" : Reason.notPlannedWayOut)
        default:
            statement.alert(
                "unknown proxy mode '\(word?.text ?? "")'.", at: word, fix: "use 'tcp' or 'http'")
        }
        statement.finish()
    }

    static func serverNameHeader(
        _ proxy: inout ProxyDraft, _ statement: inout Statement
    ) {
        let complaint = "'http-send-name-header' requires a header string."
        guard let word = statement.argument(or: complaint) else { return }
        let forbidden = ["host", "content-length", "transfer-encoding", "connection", "upgrade"]
        guard !forbidden.contains(word.text.lowercased()) else {
            return statement.alert(
                "'http-send-name-header' cannot be used with the header '\(word.text)'.", at: word,
                fix: "take a field that says nothing of the message, such as 'X-Server-Name'")
        }
        guard LogFormatKeywords.isToken(word.text) else {
            return statement.alert(
                "'http-send-name-header': '\(word.text)' cannot be a field's name.", at: word)
        }
        proxy.settings.serverNameHeader = word.text
        statement.finish()
    }

    static func retryOn(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard statement.peek != nil else {
            return statement.alert(
                "'retry-on' needs at least one keyword to specify when to retry")
        }
        var conditions: RetryConditions = []
        let isAlone = statement.rest.count == 1
        while let word = statement.next() {
            if word.text == "none" {
                if !isAlone {
                    statement.alert("'retry-on' 'none' keyword only usable alone", at: word)
                }
                continue
            }
            guard let condition = RetryConditions.named(word.text) else {
                statement.alert("'retry-on': unknown keyword '\(word.text)'", at: word)
                continue
            }
            conditions.formUnion(condition)
        }
        proxy.settings.retryOn = conditions
    }

    static func log(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        if statement.isNegated {
            proxy.logLines = []
            return statement.finish()
        }
        if let word = statement.peek, word.text == "global" {
            statement.skip(1)
            let isKnown = proxy.logLines.contains {
                if case .global = $0 { true } else { false }
            }
            if !isKnown { proxy.logLines.append(.global(word)) }
            statement.name = "log global"
            return statement.finish()
        }
        if let target = LogLines.target(&statement) { proxy.logLines.append(.target(target)) }
    }
}
