import Checking
import Core
import Diagnostics
import Expressions

/// Makes check settings of what the lines said.
enum CheckConversion {
    /// Compiles the rules; expressions that do not compile are reported.
    static func settings(
        of draft: CheckDraft, _ diagnostics: inout DiagnosticList
    ) -> CheckSettings {
        var settings = CheckSettings()
        settings.kind = draft.kind
        settings.disablesOn404 = draft.disablesOn404
        settings.sendsState = draft.sendsState
        switch draft.kind {
        case .http:
            settings.script = CheckScript(
                http: withRequests(draft).compactMap { step(of: $0, "http-check", &diagnostics) },
                asking: request(draft.request))
        case .tcpScript:
            settings.script = CheckScript(
                tcp: draft.tcpRules.compactMap { step(of: $0, "tcp-check", &diagnostics) })
        case .smtp, .mysql, .pgsql, .redis, .ldap, .sslHello: settings.script = draft.service
        case .external:
            settings.program = draft.command.map {
                CheckProgram(command: $0, path: draft.searchPath)
            }
        case .connect: break
        }
        return settings
    }

    /// Programs run only where `global` says so.
    static func settleProgram(
        of proxy: ProxySettings, areAllowed: Bool, _ diagnostics: inout DiagnosticList
    ) {
        guard proxy.check.kind == .external, proxy.isBackend else { return }
        let start = "Proxy '\(proxy.name)' : 'option external-check' unable to find required"
        if !areAllowed {
            diagnostics.alert(
                proxy.range, "\(start) 'global.external-check'.",
                fix: "add 'external-check' to the global section")
        }
        if proxy.check.program == nil {
            diagnostics.alert(
                proxy.range, "\(start) 'external-check command'.",
                fix: "add 'external-check command' with the program's path")
        }
    }

    /// Whether rules connect with TLS is known behind the servers' lines: what those say is kept where they do.
    static func settleTLS(of proxy: inout ProxySettings, _ diagnostics: inout DiagnosticList) {
        let isNeeded = proxy.check.script.connectsWithTLS
        let speaksHTTP = proxy.check.script.style == .http
        let offersHTTP2 = proxy.check.script.applicationProtocols.contains("h2")
        if speaksHTTP, offersHTTP2 {
            diagnostics.alert(
                proxy.range,
                "'http-check connect alpn h2' is not supported: HTTP/2 is not in this version.",
                fix: "leave 'h2' out")
        }
        for index in proxy.servers.indices {
            if speaksHTTP,
                proxy.servers[index].check?.tls?.applicationProtocols.contains("h2") == true
            {
                diagnostics.warn(
                    proxy.servers[index].range,
                    "'server \(proxy.name)/\(proxy.servers[index].name)' : 'check-alpn' : 'h2' is left out, HTTP/2 is not in this version"
                )
                proxy.servers[index].check?.tls?.applicationProtocols.removeAll { $0 == "h2" }
            }
            guard let tls = proxy.servers[index].check?.scriptTLS else { continue }
            guard isNeeded else {
                proxy.servers[index].check?.scriptTLS = nil
                continue
            }
            if tls.verification.mode == .required, tls.verification.authorities.isEmpty {
                diagnostics.alert(
                    proxy.servers[index].range,
                    "'server \(proxy.name)/\(proxy.servers[index].name)' : verify is enabled by default but no CA file specified, and a check rule connects with 'ssl'.",
                    fix: "add 'verify none', or 'ca-file' with who signs the server's certificate")
            }
        }
    }

    /// The first `http-check send` completes what the option line says; later ones stand alone.
    private static func withRequests(_ draft: CheckDraft) -> [CheckDraft.Rule] {
        var rules = draft.httpRules
        let first = rules.indices.first { index in
            if case .request = rules[index].action { true } else { false }
        }
        if let first, case .request(let request) = rules[first].action {
            rules[first].action = .request(request.completed(by: draft.request))
        }
        return rules
    }

    private static func request(_ draft: CheckDraft.Request) -> CheckStep.Action {
        var request = CheckRequestFormat()
        request.method = draft.method ?? request.method
        request.uri = draft.uri ?? request.uri
        request.version = draft.version ?? request.version
        request.fields = draft.headers
        request.body = draft.body ?? request.body
        return request.action
    }

    private static func step(
        of rule: CheckDraft.Rule, _ family: String, _ diagnostics: inout DiagnosticList
    ) -> CheckStep? {
        switch rule.action {
        case .connect(let connection):
            return CheckStep(.connect(connection), comment: rule.comment)
        case .request(let draft): return CheckStep(request(draft), comment: rule.comment)
        case .send(let bytes): return CheckStep(.send(bytes), comment: rule.comment)
        case .sendFormat(let format): return CheckStep(.sendFormat(format), comment: rule.comment)
        case .set(let variable, let value):
            return CheckStep(.set(variable, value), comment: rule.comment)
        case .comment: return CheckStep(.comment, comment: rule.comment)
        case .expect(let expectation):
            guard let pattern = pattern(of: expectation, rule, family, &diagnostics) else {
                return nil
            }
            var result = CheckExpectation(pattern, isNegated: expectation.isNegated)
            result.minimumReceived = expectation.minimumReceived
            result.passedStatus = expectation.passedStatus
            result.failedStatus = expectation.failedStatus
            result.timeoutStatus = expectation.timeoutStatus
            result.passedText = expectation.passedText
            result.failedText = expectation.failedText
            result.code = expectation.code
            return CheckStep(.expect(result), comment: rule.comment)
        }
    }

    private static func pattern(
        of expectation: CheckDraft.Expectation, _ rule: CheckDraft.Rule, _ family: String,
        _ diagnostics: inout DiagnosticList
    ) -> CheckExpectation.Pattern? {
        switch expectation.pattern {
        case .string(let bytes): return .string(bytes)
        case .binary(let bytes): return .binary(bytes)
        case .statuses(let ranges): return .statuses(ranges)
        case .expression(let text):
            return compiled(text, rule, family, &diagnostics).map { .expression($0) }
        case .binaryExpression(let text):
            return compiled(text, rule, family, &diagnostics).map { .binaryExpression($0) }
        case .format(let format): return .format(format)
        case .statusExpression(let text):
            return compiled(text, rule, family, &diagnostics).map { .statusExpression($0) }
        case .field(let name, let value, let isFull):
            guard let nameMatch = fieldText(name, isName: true, rule, family, &diagnostics) else {
                return nil
            }
            var valueMatch: CheckFieldMatch.Text?
            if let value {
                guard let match = fieldText(value, isName: false, rule, family, &diagnostics)
                else { return nil }
                valueMatch = match
            }
            return .field(CheckFieldMatch(name: nameMatch, value: valueMatch, isFull: isFull))
        }
    }

    /// Names are compared without regard to case.
    private static func fieldText(
        _ text: CheckDraft.Expectation.FieldText, isName: Bool, _ rule: CheckDraft.Rule,
        _ family: String,
        _ diagnostics: inout DiagnosticList
    ) -> CheckFieldMatch.Text? {
        switch (text.method, text.format) {
        case (.str, nil): .equal(text.text)
        case (.beg, nil): .begins(text.text)
        case (.end, nil): .ends(text.text)
        case (.sub, nil): .contains(text.text)
        case (.reg, _):
            compiled(text.text, ignoringCase: isName, rule, family, &diagnostics).map {
                .expression($0)
            }
        case (.str, let format?): .format(format, .equal)
        case (.beg, let format?): .format(format, .begins)
        case (.end, let format?): .format(format, .ends)
        case (.sub, let format?): .format(format, .contains)
        }
    }

    private static func compiled(
        _ text: String, ignoringCase: Bool = false, _ rule: CheckDraft.Rule, _ family: String,
        _ diagnostics: inout DiagnosticList
    ) -> CheckPattern? {
        do throws(Regex.Problem) {
            let regex = try Regex(text, ignoringCase: ignoringCase)
            return CheckPattern(text) { bytes in
                let scratch = Regex.Scratch()
                return regex.match(bytes, with: scratch) == .matches
            }
        } catch {
            diagnostics.alert(
                rule.range,
                "'\(family) expect' : regex '\(text)' is invalid (error=\(error.message), erroffset=\(error.offset))."
            )
            return nil
        }
    }
}
