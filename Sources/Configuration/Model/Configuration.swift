package import Diagnostics
package import Expressions
package import StickTables

/// Everything that the configuration files said, resolved and validated. Immutable; a reload makes a new one.
/// Runtime state (health, counters, tables) lives elsewhere, keyed by name.
package struct ServiceConfiguration: Sendable {
    /// HAProxy's `global` section.
    package var process = ProcessSettings()
    /// In the order of the files; `proxies[i].id` is what tools see.
    package var proxies: [ProxySettings] = []
    /// `resolvers` sections.
    package var resolvers: [ResolversSettings] = []
    /// The keepalived half; nil when no file has a keepalived section.
    package var vrrp: VRRPSettings?
    /// Known keywords that were accepted and change nothing, for `-c -V`.
    package var keywordsWithoutEffect: [KeywordUse] = []
    /// Every file that was read, in order: the reload reads the same ones.
    package var files: [String] = []

    /// What servers were before the process started, by `backend/server`: `load-server-state-from-file`.
    package var savedServers: [String: SavedServerState] = [:]
    /// What `setenv` and its relatives set, and what HAProxy defines for files.
    package var environment: [String: String] = [:]

    /// Places of variables.
    package var ruleLayout = RuleLayout()
    /// All names of variables, for commands, and `set-var` lines of `global` in their order.
    package var variableNames = VariableNames()
    package var processVariables: [ProcessVariable] = []
    /// Whether rules read the request line of requests that are gone.
    package var keepsRequestLine = false
    /// Whether samples read what PROXY headers say beside the addresses.
    package var keepsProxyHeaders = false
    /// Proxies and servers that expressions name, by the index that the expressions hold.
    package var expressionReferences: [ExpressionReference] = []

    /// Files of ACLs and maps, for commands that change them. A change lasts until a reload reads the files again.
    package var patternFiles: [PatternFile] = []

    /// In the order of the files.
    package var stickTables: [StickTableSettings] = []
    /// Tables that rules and expressions name, by the index that those hold: indexes in `stickTables`.
    package var tableReferences: [Int] = []

    package init() {}

    /// Whether any proxy section was read: only then does VRRP track the engine by itself.
    package var hasProxySection: Bool { !proxies.isEmpty }

    /// Whether anything listens for traffic. Without it, and without a virtual router, there is nothing to start;
    /// HAProxy 2.6 says so under `-c` with exit code 2.
    package var hasListener: Bool { proxies.contains { !$0.isDisabled && !$0.binds.isEmpty } }
}

/// A keyword at its place.
package struct KeywordUse: Sendable, Hashable {
    package var keyword: String
    package var range: SourceRange
    /// Why it changes nothing, one clause.
    package var reason: String

    package init(keyword: String, range: SourceRange, reason: String) {
        self.keyword = keyword
        self.range = range
        self.reason = reason
    }
}

/// What a name in an expression stands for: `nbsrv(app)`, `srv_is_up(app/web1)`.
package struct ExpressionReference: Sendable, Hashable {
    package var frontend: Int?
    package var backend: Int?
    /// Index in the backend's servers.
    package var server: Int?

    package init() {}
}
