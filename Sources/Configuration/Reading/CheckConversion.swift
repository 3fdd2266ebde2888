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
                request: request(draft.request))
        case .tcpScript:
            settings.script = CheckScript(
                tcp: draft.tcpRules.compactMap { step(of: $0, "tcp-check", &diagnostics) })
        case .smtp, .mysql, .pgsql, .redis, .ldap, .sslHello: settings.script = draft.service
        case .connect, .external: break
        }
        return settings
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

    private static func request(_ draft: CheckDraft.Request) -> CheckRequest {
        CheckRequest(
            method: draft.method ?? "OPTIONS", uri: draft.uri ?? "/",
            version: draft.version ?? "HTTP/1.0", fields: draft.headers, body: draft.body ?? [])
    }

    private static func step(
        of rule: CheckDraft.Rule, _ family: String, _ diagnostics: inout DiagnosticList
    ) -> CheckStep? {
        switch rule.action {
        case .connect(let port): return CheckStep(.connect(port: port), comment: rule.comment)
        case .request(let draft):
            return CheckStep(.request(request(draft)), comment: rule.comment)
        case .send(let bytes): return CheckStep(.send(bytes), comment: rule.comment)
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
            result.passedText = expectation.passedText.map { .literal($0) }
            result.failedText = expectation.failedText.map { .literal($0) }
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
        case .statusExpression(let text):
            return compiled(text, rule, family, &diagnostics).map { .statusExpression($0) }
        case .field(let name, let value, let isFull):
            guard let nameMatch = fieldText(name, rule, family, &diagnostics) else { return nil }
            var valueMatch: CheckFieldMatch.Text?
            if let value {
                guard let match = fieldText(value, rule, family, &diagnostics) else { return nil }
                valueMatch = match
            }
            return .field(CheckFieldMatch(name: nameMatch, value: valueMatch, isFull: isFull))
        }
    }

    private static func fieldText(
        _ text: CheckDraft.Expectation.FieldText, _ rule: CheckDraft.Rule, _ family: String,
        _ diagnostics: inout DiagnosticList
    ) -> CheckFieldMatch.Text? {
        switch text.method {
        case .str: .equal(text.text)
        case .beg: .begins(text.text)
        case .end: .ends(text.text)
        case .sub: .contains(text.text)
        case .reg: compiled(text.text, rule, family, &diagnostics).map { .expression($0) }
        }
    }

    private static func compiled(
        _ text: String, _ rule: CheckDraft.Rule, _ family: String,
        _ diagnostics: inout DiagnosticList
    ) -> CheckPattern? {
        do throws(Regex.Problem) {
            let regex = try Regex(text)
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
