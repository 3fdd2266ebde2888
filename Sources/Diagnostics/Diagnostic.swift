/// Something to tell a person about a configuration.
package struct Diagnostic: Sendable {
    package enum Severity: String, Sendable, Comparable {
        case notice = "NOTICE"
        case warning = "WARNING"
        /// The configuration cannot be used.
        case alert = "ALERT"

        package static func < (left: Severity, right: Severity) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int {
            switch self {
            case .notice: 0
            case .warning: 1
            case .alert: 2
            }
        }
    }

    package var severity: Severity
    /// Where it is; nil for the configuration as a whole.
    package var range: SourceRange?
    /// One sentence, in HAProxy's or keepalived's words where those exist.
    package var message: String
    /// The way out, where it is known: shown below the quoted line.
    package var fix: String?
    /// Name of what is at fault when others follow from it, for instance `backend app`: those that name
    /// the same cause are shown below the first.
    package var cause: String?
    /// Whether the first line says `parsing [file:line]`; HAProxy does not where it speaks of a whole section.
    package var namesPlace = true

    package init(
        _ severity: Severity, at range: SourceRange?, _ message: String, fix: String? = nil,
        cause: String? = nil
    ) {
        self.severity = severity
        self.range = range
        self.message = message
        self.fix = fix
        self.cause = cause
    }
}

/// Collects diagnostics while a configuration is read; the readers go on after an error.
package struct DiagnosticList: Sendable {
    /// More than these are counted, not kept.
    package static let limit = 1000

    package private(set) var all: [Diagnostic] = []
    package private(set) var dropped = 0
    /// Alerts, those that were dropped included.
    package private(set) var errorCount = 0
    /// Never rendered.
    package var secrets = SecretValues()

    package init() {}

    package mutating func report(_ diagnostic: Diagnostic) {
        if diagnostic.severity == .alert { errorCount += 1 }
        if all.count < DiagnosticList.limit { all.append(diagnostic) } else { dropped += 1 }
    }

    package mutating func alert(_ range: SourceRange?, _ message: String, fix: String? = nil) {
        report(Diagnostic(.alert, at: range, message, fix: fix))
    }

    package mutating func warn(_ range: SourceRange?, _ message: String, fix: String? = nil) {
        report(Diagnostic(.warning, at: range, message, fix: fix))
    }

    package mutating func append(contentsOf other: DiagnosticList) {
        let errorsDropped = other.errorCount - other.all.count { $0.severity == .alert }
        for diagnostic in other.all { report(diagnostic) }
        dropped += other.dropped
        secrets.append(contentsOf: other.secrets)
        errorCount += errorsDropped
    }

    /// The gravest severity; nil when there is nothing to tell.
    package var worst: Diagnostic.Severity? { all.map(\.severity).max() }
    package var hasErrors: Bool { errorCount > 0 }
}
