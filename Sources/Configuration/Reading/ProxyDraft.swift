import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import StickTables

/// A `defaults`, `frontend`, `backend` or `listen` section while it is read. What inherits starts as a copy of
/// its defaults.
struct ProxyDraft {
    /// A `log` line of a proxy.
    enum LogLine {
        case global(Word)
        case target(LogTargetSettings)
    }

    /// `option httplog` and its relatives, and `log-format`.
    enum LogStyle: Equatable { case none, tcp, http, clf, json, https, custom(LogFormat) }

    var settings: ProxySettings
    var section: SectionSet
    var defaultServer: ServerDraft
    var logLines: [LogLine] = []
    var logStyle = LogStyle.none
    var logStyleRange: SourceRange?
    var check = CheckDraft()
    /// Rules, ACLs and routes; nil: none.
    var rules: RuleDrafts?
    /// `stick-table`
    var stickTable: StickTableSettings?
    /// The argument of `default_backend`.
    var defaultBackendName: Word?
    var forcedID: Word?
    var bindIDs: [Int: SourceRange] = [:]
    var serverIDs: [Int: SourceRange] = [:]
    /// `track` by the index of the server.
    var tracks: [(server: Int, target: Word)] = []
    /// `resolvers` by the index of the server.
    var resolversNames: [(server: Int, section: Word)] = []
    /// Names of servers that have to be looked up, by the index of the server.
    var pendingNames: [Int: PendingName] = [:]

    /// `load-server-state-from-file` and `server-state-file-name`; the name of the backend without the latter.
    var serverStates = ServerStateSource.none
    var serverStateFile: String?

    /// A section that inherits nothing.
    init(name: String, section: SectionSet, range: SourceRange) {
        self.section = section
        settings = ProxySettings(
            name: name, id: 0,
            isFrontend: !section.isDisjoint(with: .frontends),
            isBackend: !section.isDisjoint(with: .backends), range: range)
        defaultServer = ServerDraft(range: range)
    }

    /// The same settings under another name.
    func inherited(name: String, section: SectionSet, range: SourceRange) -> ProxyDraft {
        var copy = self
        copy.section = section
        copy.settings.name = name
        copy.settings.range = range
        // ACLs are seen only where they stand, and rules are handed on once.
        copy.rules?.isClosed = [:]
        copy.rules?.lists.removeAll()
        if section == .defaults { copy.rules = nil }
        copy.settings.isFrontend = !section.isDisjoint(with: .frontends)
        copy.settings.isBackend = !section.isDisjoint(with: .backends)
        copy.forcedID = nil
        copy.check.rulesAreInherited = true
        copy.check.requestIsInherited = true
        // HAProxy does not hand these on.
        copy.settings.description = nil
        if section != .defaults, !copy.settings.isFrontend {
            copy.defaultBackendName = nil
            copy.settings.maxConnections = nil
        }
        return copy
    }

    mutating func setLogStyle(_ style: LogStyle, _ statement: Statement) {
        logStyle = style
        logStyleRange = statement.line.range
    }

    /// How messages call the section: `frontend 'www'`.
    var title: String { "\(settings.kindWord) '\(settings.name)'" }
}

extension ProxySettings {
    /// HAProxy's word where it speaks of a proxy: `proxy` for a `listen` section.
    var kindWord: String { isFrontend && isBackend ? "proxy" : kind }
}

extension ProxyDraft.LogStyle {
    /// Whether it only makes sense in `mode http`; a custom format is looked at field by field.
    var needsHTTP: Bool {
        switch self {
        case .http, .clf, .json, .https: true
        case .none, .tcp, .custom: false
        }
    }
}
