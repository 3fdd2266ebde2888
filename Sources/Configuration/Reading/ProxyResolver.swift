import ConfigurationLanguage
import Core
import Diagnostics
import Expressions

/// Makes the proxies of the model out of their drafts: numbers, references between them, and what does not fit.
struct ProxyResolver {
    var drafts: [ProxyDraft]
    /// Names of `resolvers` sections.
    let resolvers: [String]
    let context: ReadingContext
    private(set) var frontends: [String: Int] = [:]
    private(set) var backends: [String: Int] = [:]

    init(_ drafts: [ProxyDraft], resolvers: [String], context: ReadingContext) {
        self.drafts = drafts
        self.resolvers = resolvers
        self.context = context
    }

    /// The proxies, and what names in expressions stand for.
    func resolved() -> ([ProxySettings], [ExpressionReference]) {
        var copy = self
        return (copy.resolve(), copy.expressionReferences())
    }

    private mutating func resolve() -> [ProxySettings] {
        let hadErrors = context.diagnostics.hasErrors
        registerNames()
        assignIDs()
        TrackResolution.resolve(&drafts, context)
        for index in drafts.indices {
            resolveDefaultBackend(of: index)
            resolveRules(of: index)
            resolveLog(of: index)
            checkServers(of: index)
            checkBalance(of: index)
            drafts[index].settings.check = CheckConversion.settings(
                of: drafts[index].check, &context.diagnostics)
            CheckConversion.settleProgram(
                of: drafts[index].settings,
                areAllowed: context.process.externalChecksAllowed, &context.diagnostics)
            CheckConversion.settleTLS(of: &drafts[index].settings, &context.diagnostics)
            assignBindAndServerIDs(of: index)
            completeBinds(of: index)
            // A line that was refused would only be missed a second time.
            if !hadErrors { checkWhole(drafts[index]) }
            let name = drafts[index].settings.name
            let scope = drafts[index].settings.stats?.scope.map { $0 == "." ? name : $0 }
            if let scope { drafts[index].settings.stats?.scope = scope }
        }
        return drafts.map(\.settings)
    }

    // MARK: Names and numbers

    /// A frontend and a backend may share a name, two of one kind may not.
    private mutating func registerNames() {
        for (index, draft) in drafts.enumerated() {
            let name = draft.settings.name
            var other: Int?
            if draft.settings.isFrontend {
                other = frontends[name]
                if other == nil { frontends[name] = index }
            }
            if draft.settings.isBackend {
                other = other ?? backends[name]
                if backends[name] == nil { backends[name] = index }
            }
            if let other {
                let first = drafts[other].settings
                context.diagnostics.alert(
                    draft.settings.range,
                    "\(draft.settings.kind) '\(name)' has the same name as \(first.kind) '\(name)' declared at \(first.range.file):\(first.range.line).",
                    fix: "give each section a name of its own")
            }
        }
    }

    /// HAProxy's numbers: those that were asked for, then the free ones from 2 on.
    private mutating func assignIDs() {
        var used: [Int: Int] = [:]
        for index in drafts.indices {
            guard let word = drafts[index].forcedID, let id = Int(word.text) else { continue }
            drafts[index].settings.id = id
            if let other = used[id] {
                let first = drafts[other].settings
                context.diagnostics.alert(
                    word.range,
                    "proxy \(drafts[index].settings.name) reuses same custom id as proxy \(first.name) (declared at \(first.range.file):\(first.range.line))."
                )
            } else {
                used[id] = index
            }
        }
        var next = 2
        for index in drafts.indices where drafts[index].settings.id == 0 {
            while used[next] != nil { next += 1 }
            drafts[index].settings.id = next
            next += 1
        }
    }

    private mutating func assignBindAndServerIDs(of index: Int) {
        let usedBinds = drafts[index].bindIDs
        var next = 1
        // As in HAProxy (measured), one with a number of its own takes up a place, too.
        for bind in drafts[index].settings.binds.indices {
            defer { next += 1 }
            guard drafts[index].settings.binds[bind].id == 0 else { continue }
            while usedBinds[next] != nil { next += 1 }
            drafts[index].settings.binds[bind].id = next
        }
        let usedServers = drafts[index].serverIDs
        next = 1
        for server in drafts[index].settings.servers.indices {
            defer { next += 1 }
            guard drafts[index].settings.servers[server].id == 0 else { continue }
            while usedServers[next] != nil { next += 1 }
            drafts[index].settings.servers[server].id = next
        }
    }

    private mutating func completeBinds(of index: Int) {
        let settings = drafts[index].settings
        for bind in settings.binds.indices {
            if settings.options.tcpKeepAliveClient {
                drafts[index].settings.binds[bind].tcp.probes = settings.clientProbes
            }
            drafts[index].settings.binds[bind].tcp.buffers = context.process.clientBuffers
        }
    }

    // MARK: References

    private mutating func resolveDefaultBackend(of index: Int) {
        let draft = drafts[index]
        guard draft.settings.isFrontend else { return }
        guard let word = draft.defaultBackendName else {
            if draft.settings.isBackend { drafts[index].settings.defaultBackend = index }
            return
        }
        guard let target = backends[word.text] else {
            let nearest = NearestWord.suggestion(for: word.text, among: backends.keys.sorted())
            var message = Diagnostic(
                .alert, at: word.range,
                "Proxy '\(draft.settings.name)': unable to find required default_backend: '\(word.text)'.",
                fix: nearest.map { "did you mean '\($0)' ?" }
                    ?? "add a section 'backend \(word.text)'",
                cause: "backend \(word.text)")
            message.namesPlace = false
            return context.diagnostics.report(message)
        }
        if target == index {
            var message = Diagnostic(
                .alert, at: word.range,
                "Proxy '\(draft.settings.name)': loop detected for default_backend: '\(word.text)'.",
                fix: "remove the line: a 'listen' section is its own backend")
            message.namesPlace = false
            return context.diagnostics.report(message)
        }
        drafts[index].settings.defaultBackend = target
        let other = drafts[target].settings
        if other.mode != draft.settings.mode {
            let places =
                "\(draft.title) (\(draft.settings.range.file):\(draft.settings.range.line)) tries to use incompatible backend '\(other.name)' (\(other.range.file):\(other.range.line)) in a 'default_backend' rule (see 'mode')."
            // HAProxy turns such connections into HTTP ones when they arrive in the backend.
            let isUpgrade = draft.settings.mode == .tcp
            context.diagnostics.alert(
                word.range,
                isUpgrade ? "\(places) The upgrade from TCP to HTTP is not supported." : places,
                fix: "give both the same 'mode'")
        }
    }

    private mutating func resolveLog(of index: Int) {
        var targets: [LogTargetSettings] = []
        for line in drafts[index].logLines {
            switch line {
            case .global: targets += context.process.logTargets
            case .target(let target): targets.append(context.withRing(target))
            }
        }
        drafts[index].settings.logTargets = targets
        var style = drafts[index].logStyle
        let draft = drafts[index]
        if style.needsHTTP, draft.settings.mode == .tcp, draft.settings.isFrontend {
            context.diagnostics.warn(
                draft.logStyleRange,
                "'option \(style == .https ? "httpslog" : "httplog")' not usable with \(draft.title) (needs 'mode http'). Falling back to 'option tcplog'."
            )
            style = .tcp
        }
        drafts[index].settings.logFormat = format(style, of: draft)
        checkLogLines(draft)
    }

    private func format(_ style: ProxyDraft.LogStyle, of draft: ProxyDraft) -> LogFormatSettings {
        switch style {
        case .none: return .connect
        case .tcp: return LogFormatConversion.tcp
        case .http: return LogFormatConversion.http
        case .clf: return LogFormatConversion.clf
        case .json: return LogFormatConversion.json
        case .custom(let format): return .compiled(format)
        case .https:
            do throws(LogFormatProblem) {
                return .compiled(try LogFormat(LogFormatText.https, in: context.expressions))
            } catch {
                context.diagnostics.alert(
                    draft.logStyleRange ?? draft.settings.range,
                    "'option httpslog' : \(error.message).", fix: error.fix)
                return .connect
            }
        }
    }

    private func checkLogLines(_ draft: ProxyDraft) {
        let settings = draft.settings
        if settings.mode == .tcp, settings.isFrontend, case .custom(let format) = draft.logStyle {
            for field in format.fieldsOfHTTP {
                context.diagnostics.warn(
                    draft.logStyleRange ?? settings.range,
                    "'log-format' : format variable '\(field.rawValue)' is reserved for HTTP mode."
                )
            }
        }
        let lines = settings.logLines
        if settings.isFrontend, lines.uniqueIDHeader != nil, lines.uniqueIDFormat == nil {
            warn(draft, "'unique-id-header' of \(draft.title) needs 'unique-id-format'.")
        }
    }

    // MARK: Servers

    private mutating func checkServers(of index: Int) {
        for (server, section) in drafts[index].resolversNames
        where !resolvers.contains(section.text) {
            let names = (drafts[index].settings.name, drafts[index].settings.servers[server].name)
            context.diagnostics.report(
                Diagnostic(
                    .alert, at: section.range,
                    "backend '\(names.0)', server '\(names.1)': unable to find required resolvers '\(section.text)'",
                    fix: NearestWord.suggestion(for: section.text, among: resolvers).map {
                        "did you mean '\($0)' ?"
                    } ?? "add a section 'resolvers \(section.text)'",
                    cause: "resolvers \(section.text)"))
        }
        let names = drafts[index].pendingNames
        for (server, pending) in names.sorted(by: { $0.key < $1.key }) {
            resolve(pending, server: server, of: index)
        }
        let settings = drafts[index].settings
        var known: [String: Int] = [:]
        for (position, server) in settings.servers.enumerated() {
            if let first = known[server.name] {
                context.diagnostics.alert(
                    server.range,
                    "backend '\(settings.name)', another server named '\(server.name)' was already defined at line \(settings.servers[first].range.line), please use distinct names."
                )
            } else {
                known[server.name] = position
            }
            checkPorts(of: server, in: drafts[index])
            if server.tcp.connectsFast, !settings.retryOn.isSuperset(of: .fastOpen) {
                context.diagnostics.warn(
                    server.range,
                    "'server \(settings.name)/\(server.name)' : 'tfo' is not used: a failed connection could not be repeated.",
                    fix: "add 'retry-on conn-failure empty-response response-timeout'")
            }
        }
    }

    /// Checks come from us and have no client's port to follow.
    private func checkPorts(of server: ServerSettings, in draft: ProxyDraft) {
        guard server.port == 0, server.followsClient, let check = server.check, check.port == nil,
            !draft.check.hasOwnPorts
        else { return }
        context.diagnostics.alert(
            server.range,
            "proxy '\(draft.settings.name)': server '\(server.name)' has neither service port nor check port.",
            fix: "write the port behind the address, or 'port <number>'")
    }

    private mutating func resolve(_ pending: PendingName, server: Int, of index: Int) {
        // Copying the settings here would copy all servers once for each of them.
        let names = (drafts[index].settings.name, drafts[index].settings.servers[server].name)
        let subject = "'server \(names.0)/\(names.1)'"
        // Only a name server can say where a service is.
        if drafts[index].settings.servers[server].followsServiceRecord { return }
        var hasTried = false
        for method in context.options.resolvesNames ? pending.methods : [.none] {
            switch method {
            case .last: continue
            case .none:
                if hasTried {
                    context.diagnostics.warn(
                        pending.word.range,
                        "\(subject) : could not resolve address '\(pending.host)', disabling server."
                    )
                }
                return
            case .address(let address):
                drafts[index].settings.servers[server].address = .ip(address, port: pending.port)
                return
            case .libc:
                hasTried = true
                guard let address = context.resolve(pending.host, family: pending.family).first
                else { continue }
                drafts[index].settings.servers[server].address = .ip(address, port: pending.port)
                return
            }
        }
        context.diagnostics.report(
            Diagnostic(
                .alert, at: pending.word.range,
                "\(subject) : could not resolve address '\(pending.host)'.",
                fix:
                    "add the name to DNS or /etc/hosts, write an address, or add 'init-addr libc,none' to start without it",
                cause: "name \(pending.host)"))
    }

    // MARK: The whole section

    /// A TCP session has no head that could be hashed.
    private mutating func checkBalance(of index: Int) {
        let settings = drafts[index].settings
        guard settings.isBackend, settings.mode == .tcp, case .request = settings.balance else {
            return
        }
        drafts[index].settings.balance = .roundRobin
        warn(
            drafts[index],
            "Layer 7 hash not possible for \(drafts[index].title) (needs 'mode http'). Falling back to round robin."
        )
    }

    private func checkWhole(_ draft: ProxyDraft) {
        let settings = draft.settings
        guard !settings.isDisabled else { return }
        if settings.isFrontend, settings.binds.isEmpty {
            warn(
                draft,
                "\(draft.title) has no 'bind' directive. Please declare it as a backend if this was intended."
            )
        }
        if settings.mode == .tcp {
            if settings.stats != nil {
                warn(
                    draft, "'stats' statement ignored for \(draft.title) as it requires HTTP mode.")
            }
            if settings.options.forwardFor != nil {
                warn(
                    draft,
                    "'option forwardfor' ignored for \(draft.title) as it requires HTTP mode.")
            }
            if settings.options.forwarded != nil {
                warn(
                    draft,
                    "'option forwarded' ignored for \(draft.title) as it requires HTTP mode.")
            }
        }
        if draft.logStyle != .none, settings.isFrontend, settings.logTargets.isEmpty {
            warn(draft, "log format ignored for \(draft.title) since it has no log address.")
        }
        let timeouts = settings.timeouts
        let lacksClient =
            settings.isFrontend && !settings.binds.isEmpty && timeouts.client == nil
        let lacksServer =
            settings.isBackend && !settings.servers.isEmpty
            && (timeouts.connect == nil
                || (timeouts.server == nil && (settings.mode == .http || timeouts.tunnel == nil)))
        if lacksClient || lacksServer {
            warn(
                draft,
                """
                missing timeouts for \(draft.title).
                While not properly invalid, you will certainly encounter various problems
                with such a configuration. To fix this, please ensure that all following
                timeouts are set to a non-zero value: 'client', 'connect', 'server'.
                """)
        }
    }

    /// HAProxy names no line where it speaks of a whole section.
    private func warn(_ draft: ProxyDraft, _ message: String) {
        var diagnostic = Diagnostic(.warning, at: draft.settings.range, message)
        diagnostic.namesPlace = false
        context.diagnostics.report(diagnostic)
    }
}
