package import ConfigurationLanguage
import Diagnostics

/// Makes `VRRPSettings` of the statements of keepalived sections. What is wrong is reported and left out, as
/// keepalived does; it goes on after every error.
package struct KeepalivedResolver {
    /// Instances of one configuration: a link has 255 numbers.
    static let instanceLimit = 4096
    /// Scripts of one configuration.
    static let scriptLimit = 1024
    /// Addresses of one instance: their count is one byte of an advertisement.
    static let addressLimit = 255
    /// Interfaces that one instance tracks.
    static let trackedInterfaceLimit = 255

    let loader: Loader
    /// The proxy half, for names in `track_proxy` and for the scripts that we answer ourselves.
    let proxies: [ProxySettings]
    var settings = VRRPSettings()
    var globals = KeepalivedGlobals()
    var findings = KeepalivedFindings()
    var keywordsWithoutEffect: [KeywordUse] = []
    /// Where each script is in `settings.scripts`.
    var scriptIndices: [String: Int] = [:]
    /// Scripts that were left out after a report.
    var disabledScripts: Set<String> = []
    var instanceNames: Set<String> = []
    /// The number of the next rule that names none.
    var nextPreference: UInt32?
    /// By the keyword of the pipe.
    var fifoDrafts: [String: FIFODraft] = [:]

    private init(loader: Loader, proxies: [ProxySettings]) {
        self.loader = loader
        self.proxies = proxies
    }

    /// The meaning of statements of all files, in their order.
    package static func resolve(
        _ statements: [KeepalivedStatement], loader: Loader, proxies: [ProxySettings] = []
    ) -> KeepalivedResolution {
        var resolution = KeepalivedResolution()
        guard !statements.isEmpty else { return resolution }
        var resolver = KeepalivedResolver(loader: loader, proxies: proxies)
        resolver.resolve(statements)
        resolution.settings = resolver.settings
        resolution.findings = resolver.findings
        resolution.keywordsWithoutEffect = resolver.keywordsWithoutEffect
        return resolution
    }

    private mutating func resolve(_ statements: [KeepalivedStatement]) {
        // Defaults first, scripts next: an instance may stand before what it refers to.
        let known = statements.filter { isKnown($0, in: .top) }
        for statement in known where statement.keyword == "global_defs" {
            for inner in statement.block ?? [] { apply(inner, in: .globalDefinitions) }
        }
        finishGlobals()
        finishFIFOs()
        for statement in known where statement.keyword == "vrrp_script" { addScript(statement) }
        for statement in known where statement.keyword == "vrrp_track_process" {
            addProcess(statement)
        }
        for statement in known where statement.keyword.hasSuffix("track_file") {
            addFile(statement)
        }
        for statement in known where statement.keyword == "vrrp_instance" { addInstance(statement) }
        for statement in known where statement.keyword == "vrrp_sync_group" {
            addSyncGroup(statement)
        }
        for statement in known { addFixed(statement) }
        validate()
    }

    /// Handles a statement of `global_defs`.
    private mutating func apply(_ statement: KeepalivedStatement, in block: KeepalivedKeyword.Block)
    {
        guard isKnown(statement, in: block) else { return }
        if !applyGlobal(statement) { sayUnhandled(statement) }
    }

    // MARK: Keywords

    /// Looks a statement up in the table and says what is to be said about it. False: nothing is to be done
    /// for it.
    mutating func isKnown(
        _ statement: KeepalivedStatement, in block: KeepalivedKeyword.Block
    ) -> Bool {
        let name = statement.keyword
        let range = statement.words.first?.range
        guard let keyword = KeepalivedKeyword.find(name, in: block) else {
            sayUnknown(statement, in: block)
            return false
        }
        if statement.block != nil, keyword.content == .none {
            findings.report(range, "Unexpected '{' - ignoring", fix: "'\(name)' has no block")
        }
        switch keyword.status {
        case .implemented: break
        case .accepted(let reason):
            if let range {
                keywordsWithoutEffect.append(
                    KeywordUse(keyword: name, range: range, reason: reason))
            }
            return false
        case .ignored(let reason):
            if let range {
                keywordsWithoutEffect.append(
                    KeywordUse(keyword: name, range: range, reason: reason))
            }
            findings.mention(.warning, range, "\(name) ignored: \(reason)")
            return false
        case .refused(let reason, let wayOut):
            // What a switch is set to off for is what we do anyway.
            if statement.arguments.count == 1, readBoolean(statement) == false { return false }
            findings.refuse(range, "'\(name)' is not supported: \(reason)", fix: wayOut)
            return false
        }
        if statement.block == nil, keyword.content != .none {
            findings.report(
                range, "Missing '{' at beginning of configuration block",
                fix: "write '\(statement.words.map(\.text).joined(separator: " ")) { … }'")
            return false
        }
        return true
    }

    private mutating func sayUnknown(
        _ statement: KeepalivedStatement, in block: KeepalivedKeyword.Block
    ) {
        let name = statement.keyword
        var fix = suggestion(for: name, among: KeepalivedKeyword.names(in: block))
        if fix == nil, let other = KeepalivedKeyword.blocks(for: name).first {
            fix =
                other == .top
                ? "it stands outside all blocks" : "it stands in '\(other.rawValue)' blocks"
        }
        findings.report(statement.words.first?.range, "Unknown keyword '\(name)'", fix: fix)
    }

    /// What somebody probably meant.
    func suggestion(for word: String, among candidates: [String]) -> String? {
        // Nobody will see it then, and to look for each of many words takes time.
        guard findings.all.count < DiagnosticList.limit else { return nil }
        return NearestWord.suggestion(for: word, among: candidates)
            .map { "did you mean '\($0)' maybe ?" }
    }

    /// A gap between the table and the code that follows it: found by the tests, not by a trap.
    mutating func sayUnhandled(_ statement: KeepalivedStatement) {
        findings.refuse(
            statement.range, "'\(statement.keyword)' is known but not handled here",
            fix: "report this as a bug")
    }

    /// Says that words behind the last one in use do nothing.
    mutating func expectEnd(
        _ statement: KeepalivedStatement, after count: Int, fix: String? = nil
    ) {
        guard statement.words.count > count else { return }
        let extra = statement.words[count]
        findings.mention(
            .warning, extra.range, "'\(extra.text)' behind '\(statement.keyword)' has no effect",
            fix: fix)
    }
}
