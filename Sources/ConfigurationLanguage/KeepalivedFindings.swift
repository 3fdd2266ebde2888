package import Diagnostics

/// Diagnostics about keepalived sections. What keepalived tolerates is a warning at run time and an error
/// under `-c`, so each diagnostic keeps its outcome.
package struct KeepalivedFindings: Sendable {
    package struct Finding: Sendable {
        package let diagnostic: Diagnostic
        package let outcome: KeepalivedOutcome
    }

    package private(set) var all: [Finding] = []
    /// Findings beyond `DiagnosticList.limit`.
    package private(set) var dropped = 0
    /// The gravest one so far, counting what was dropped.
    package private(set) var outcome = KeepalivedOutcome.valid

    /// Never rendered.
    package var secrets = SecretValues()

    package init() {}

    /// Reports what keepalived tolerates: it runs without the words in question.
    package mutating func report(
        _ range: SourceRange?, _ message: String, fix: String? = nil, cause: String? = nil
    ) {
        add(
            Diagnostic(.warning, at: range, message, fix: fix, cause: cause),
            outcome: .configurationError)
    }

    /// Reports what we do not run.
    package mutating func refuse(
        _ range: SourceRange?, _ message: String, fix: String? = nil, cause: String? = nil
    ) {
        add(Diagnostic(.alert, at: range, message, fix: fix, cause: cause), outcome: .cannotRun)
    }

    /// Says something that is wrong for nobody: no exit code follows from it.
    package mutating func mention(
        _ severity: Diagnostic.Severity, _ range: SourceRange?, _ message: String,
        fix: String? = nil
    ) {
        add(Diagnostic(severity, at: range, message, fix: fix), outcome: .valid)
    }

    package mutating func add(_ diagnostic: Diagnostic, outcome: KeepalivedOutcome) {
        self.outcome = max(self.outcome, outcome)
        if all.count < DiagnosticList.limit {
            all.append(Finding(diagnostic: diagnostic, outcome: outcome))
        } else {
            dropped += 1
        }
    }

    package mutating func append(contentsOf other: KeepalivedFindings) {
        for finding in other.all { add(finding.diagnostic, outcome: finding.outcome) }
        dropped += other.dropped
        secrets.append(contentsOf: other.secrets)
        outcome = max(outcome, other.outcome)
    }

    /// The findings for the one list that is shown; `strictly`, as under `-c`, makes an error of each
    /// configuration error.
    package func diagnostics(strictly: Bool) -> DiagnosticList {
        var list = DiagnosticList()
        list.secrets = secrets
        for finding in all {
            var diagnostic = finding.diagnostic
            if strictly, finding.outcome == .configurationError { diagnostic.severity = .alert }
            list.report(diagnostic)
        }
        return list
    }
}
