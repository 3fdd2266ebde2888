import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// Collects sections as they come and makes the model of them.
struct ConfigurationBuilder {
    private let context: ReadingContext
    private var proxies: [ProxyDraft] = []
    /// The last `defaults` section without anybody asking for it by name.
    private var currentDefaults: ProxyDraft
    /// Named `defaults` sections; several of one name cannot be asked for.
    private var namedDefaults: [String: [ProxyDraft]] = [:]
    private var resolvers: [ResolversSettings] = []
    /// Which kind of section has inherited rules, by the place of the defaults section.
    private var heirs: [String: String] = [:]
    /// Definitions of keepalived's language live on from one file to the next.
    private var keepalived: KeepalivedParser
    private var keepalivedStatements: [KeepalivedStatement] = []
    private var hasKeepalived = false
    /// What `keepalived -t` would say, once all is read.
    private(set) var keepalivedOutcome = KeepalivedOutcome.valid

    init(context: ReadingContext) {
        self.context = context
        keepalived = KeepalivedParser(
            environment: context.loader.keepalivedEnvironment(hostID: context.options.hostID))
        currentDefaults = ProxyDraft(
            name: "", section: .defaults, range: SourceRange(file: "", line: 0))
    }

    /// Whether other sections refer to it, in whatever order they stand.
    static func isReferred(_ section: Section) -> Bool {
        section.kind == "userlist" || section.kind == "http-errors"
    }

    /// Takes a section of HAProxy's language.
    mutating func add(_ section: Section) {
        switch section.kind {
        case "global":
            if section.header.words.count > 1 {
                complainAboutArgument(section.header.words[1], section)
            }
            for line in ownLines(of: section, knows: { GlobalKeywords.table[$0] != nil }) {
                GlobalKeywords.apply(line, context: context)
            }
        case "defaults": addDefaults(section)
        case "frontend": addProxy(section, .frontend)
        case "backend": addProxy(section, .backend)
        case "listen": addProxy(section, .listen)
        case "resolvers": addResolvers(section)
        case "userlist": UserListSection.read(section, context)
        case "http-errors": ErrorSection.read(section, context)
        case "crt-store": CertificateStore.read(section, context)
        case "ring":
            if let ring = RingKeywords.read(section, context: context) {
                context.rings[ring.name] = ring
            }
        default:
            guard let (reason, wayOut) = OtherSections.reason(for: section.kind) else { return }
            context.diagnostics.alert(
                section.header.range, "'\(section.kind)' sections are not supported: \(reason).",
                fix: wayOut)
        }
    }

    /// Takes lines of keepalived's language.
    mutating func addKeepalived(_ source: SourceFile, lines: Range<Int>) {
        hasKeepalived = true
        keepalivedStatements += keepalived.read(source, lines: lines)
    }

    /// Texts that keepalived sections included.
    var includedFiles: [SourceFile] { keepalived.includedFiles }

    private func complainAboutArgument(_ word: Word, _ section: Section) {
        context.diagnostics.alert(
            word.range, "'\(section.kind)' cannot handle unexpected argument '\(word.text)'.")
    }

    // MARK: Sections

    private mutating func addDefaults(_ section: Section) {
        let header = HeaderWords(section)
        var draft = ProxyDraft(
            name: header.name?.text ?? "", section: .defaults, range: section.header.range)
        if let parent = header.parent {
            guard let found = defaults(parent, for: "defaults '\(draft.settings.name)'") else {
                return
            }
            checkHeir("defaults", of: found, section)
            draft = found.inherited(
                name: draft.settings.name, section: .defaults, range: section.header.range)
        }
        check(header, section)
        apply(section, to: &draft)
        currentDefaults = draft
        if let name = header.name { namedDefaults[name.text, default: []].append(draft) }
    }

    private mutating func addProxy(_ section: Section, _ kind: SectionSet) {
        let header = HeaderWords(section)
        guard let name = header.name else {
            return context.diagnostics.alert(
                section.header.range, "'\(section.kind)' expects an <id> argument",
                fix: "give it a name, for instance '\(section.kind) www'")
        }
        if let wrong = name.text.first(where: { !ReaderNames.isNameCharacter($0) }) {
            context.diagnostics.alert(
                name.range,
                "character '\(wrong)' is not permitted in '\(section.kind)' name '\(name.text)'.")
        }
        check(header, section)
        var base = currentDefaults
        if let parent = header.parent {
            guard let found = defaults(parent, for: "\(section.kind) '\(name.text)'") else {
                return
            }
            base = found
        }
        checkHeir(section.kind, of: base, section)
        var draft = base.inherited(name: name.text, section: kind, range: section.header.range)
        apply(section, to: &draft)
        proxies.append(draft)
    }

    private mutating func addResolvers(_ section: Section) {
        guard let settings = ResolversKeywords.read(section, context: context) else { return }
        if resolvers.contains(where: { $0.name == settings.name }) {
            context.diagnostics.alert(
                section.header.range,
                "resolvers '\(settings.name)' has same name as another resolvers section.")
        }
        resolvers.append(settings)
    }

    /// Rules of a defaults section mean something only where they are carried out (HAProxy manual, section 4.1).
    private mutating func checkHeir(_ kind: String, of base: ProxyDraft, _ section: Section) {
        guard let rules = base.rules?.rules, !rules.isEmpty else { return }
        let place = "\(base.settings.range.file):\(base.settings.range.line)"
        let complaint: String
        switch kind {
        case "defaults", "listen":
            complaint =
                "a \(kind) section cannot inherit from a defaults section defining TCP/HTTP rules"
        case "backend" where !rules.tcpConnection.isEmpty || !rules.tcpSession.isEmpty:
            complaint =
                "a backend section cannot inherit from a defaults section defining 'tcp-request connection' or 'tcp-request session' rules"
        case "frontend" where !rules.tcpResponse.isEmpty:
            complaint =
                "a frontend section cannot inherit from a defaults section defining 'tcp-response content' rules"
        default:
            guard let other = heirs[place], other != kind else {
                heirs[place] = kind
                return
            }
            complaint =
                "frontends and backends cannot inherit from the same defaults section if it defines TCP/HTTP rules"
        }
        context.diagnostics.alert(
            section.header.range, "\(complaint) (defaults section at \(place)).",
            fix:
                "write the rules into the sections themselves, or give them another defaults section"
        )
    }

    private func apply(_ section: Section, to draft: inout ProxyDraft) {
        context.expressions.section = draft.settings.name
        context.expressions.lists = draft.rules?.lists
        for line in ownLines(of: section, knows: { ProxyKeywords.table[$0] != nil }) {
            let place = line.keyword.range
            context.expressions.place = "file '\(place.file)' line \(place.line)"
            ProxyKeywords.apply(line, to: &draft, word: section.kind, context: context)
        }
    }

    /// The lines up to one that looks like a misspelt header: what stands below it belongs to a section that
    /// was never opened, and each of its lines would be one more error.
    private func ownLines(
        of section: Section, knows isKnown: (String) -> Bool
    ) -> ArraySlice<Line> {
        let headers = ["global", "defaults", "frontend", "backend", "listen"]
        for (index, line) in section.lines.enumerated() {
            let word = line.keyword
            guard word.range.columns.lowerBound == 0, !isKnown(word.text), line.words.count <= 4,
                let meant = NearestWord.suggestion(for: word.text, among: headers)
            else { continue }
            let below = section.lines.count - index - 1
            context.diagnostics.alert(
                word.range,
                "unknown keyword '\(word.text)' in '\(section.kind)' section; did you mean '\(meant)' maybe ?",
                fix: below > 0
                    ? "the \(below) lines below it were not read: they seem to belong to a section '\(meant)'"
                    : nil)
            return section.lines[..<index]
        }
        return section.lines[...]
    }

    private func check(_ header: HeaderWords, _ section: Section) {
        guard let extra = header.extra else { return }
        if section.kind == "defaults" {
            return complainAboutArgument(extra, section)
        }
        context.diagnostics.alert(
            extra.range, "please use the 'bind' keyword for listening addresses.",
            fix: "write 'bind \(extra.text)' on a line of its own")
    }

    private func defaults(_ name: Word, for owner: String) -> ProxyDraft? {
        let found = namedDefaults[name.text] ?? []
        if found.count == 1 { return found[0] }
        if found.isEmpty {
            let nearest = NearestWord.suggestion(for: name.text, among: namedDefaults.keys.sorted())
            context.diagnostics.alert(
                name.range, "defaults section '\(name.text)' not found for \(owner).",
                fix: nearest.map { "did you mean '\($0)' ?" })
        } else {
            let places = found.prefix(2).map {
                "\($0.settings.range.file):\($0.settings.range.line)"
            }
            context.diagnostics.alert(
                name.range,
                "ambiguous defaults section name '\(name.text)' referenced by \(owner) exists at least at \(places[0]) and \(places[1])."
            )
        }
        return nil
    }

    // MARK: The whole

    /// The model; what does not fit together is reported.
    mutating func finish(files: [String]) -> ServiceConfiguration {
        var configuration = ServiceConfiguration()
        configuration.files = files
        resolveRings()
        configuration.process = context.process
        configuration.resolvers = allResolvers()
        var saved = ServerStateLoading(context: context)
        configuration.savedServers = saved.states(of: proxies)
        (configuration.proxies, configuration.expressionReferences) =
            ProxyResolver(
                proxies, resolvers: configuration.resolvers.map(\.name), context: context
            ).resolved()
        (configuration.stickTables, configuration.tableReferences) =
            StickTableResolution.resolve(proxies, context)
        configuration.ruleLayout = RuleLayout(context.expressions.variables)
        configuration.variableNames = context.expressions.variables
        configuration.processVariables = context.processVariables
        configuration.keepsRequestLine = context.expressions.keepsRequestLine
        configuration.keepsProxyHeaders = context.expressions.keepsProxyHeaders
        configuration.patternFiles = context.expressions.patternFiles
        resolveKeepalived(into: &configuration)
        markVirtualAddresses(in: &configuration)
        configuration.keywordsWithoutEffect = context.withoutEffect
        return configuration
    }

    /// HAProxy has a section `default` with the system's name servers where nobody writes one.
    private func allResolvers() -> [ResolversSettings] {
        let name = "default"
        let isWanted = proxies.contains { proxy in
            proxy.resolversNames.contains { $0.section.text == name }
        }
        guard isWanted, !resolvers.contains(where: { $0.name == name }) else { return resolvers }
        return resolvers + [ResolversKeywords.systemSection(name, context)]
    }

    private func resolveRings() {
        for use in context.ringUses where context.rings[use.text] == nil {
            context.diagnostics.alert(
                use.range, "log : cannot find ring named '\(use.text)'.",
                fix: NearestWord.suggestion(for: use.text, among: context.rings.keys.sorted()).map {
                    "did you mean '\($0)' ?"
                })
        }
        context.process.logTargets = context.process.logTargets.map(context.withRing)
    }

    private mutating func resolveKeepalived(into configuration: inout ServiceConfiguration) {
        guard hasKeepalived else { return }
        let resolution = KeepalivedResolver.resolve(
            keepalivedStatements, loader: context.loader, proxies: configuration.proxies)
        var findings = keepalived.findings
        findings.append(contentsOf: resolution.findings)
        keepalivedOutcome = findings.outcome
        context.diagnostics.append(
            contentsOf: findings.diagnostics(strictly: context.options.isChecking))
        context.withoutEffect += resolution.keywordsWithoutEffect
        configuration.vrrp = resolution.settings
    }

    /// A listener on one of our own virtual addresses must bind also while the other node holds it.
    private func markVirtualAddresses(in configuration: inout ServiceConfiguration) {
        let routers = configuration.vrrp?.instances ?? []
        let virtual = Set(
            routers.flatMap { $0.addresses + $0.excludedAddresses }.map(\.prefix.address))
        guard !virtual.isEmpty else { return }
        for proxy in configuration.proxies.indices {
            for bind in configuration.proxies[proxy].binds.indices {
                guard
                    case .address(.ip(let address, _)) = configuration.proxies[proxy].binds[bind]
                        .address
                else { continue }
                configuration.proxies[proxy].binds[bind].isVirtualAddress = virtual.contains(
                    address)
            }
        }
    }
}

/// `<kind> [name] [from <defaults>]`
private struct HeaderWords {
    var name: Word?
    var parent: Word?
    var extra: Word?

    init(_ section: Section) {
        var rest = section.header.words.dropFirst()
        if let first = rest.first, first.text != "from" || rest.count < 2 {
            name = first
            rest = rest.dropFirst()
        }
        if rest.first?.text == "from", rest.count >= 2 {
            parent = rest.dropFirst().first
            rest = rest.dropFirst(2)
        }
        extra = rest.first
    }
}
