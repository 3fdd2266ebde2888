import ConfigurationLanguage
import Core
import Diagnostics

/// `track_file` and `vrrp_track_process`: the blocks, and the names of them in instances and groups.
extension KeepalivedResolver {
    /// Files or processes of one configuration.
    static let watchLimit = 255

    /// `track_file NAME { … }`
    mutating func addFile(_ statement: KeepalivedStatement) {
        guard let name = newName(of: statement, among: settings.files.map(\.name)) else { return }
        var file = TrackFileSettings(name: name.text, path: "", range: statement.range)
        for inner in statement.block ?? [] where isKnown(inner, in: .trackFile) {
            switch inner.keyword {
            case "file":
                guard let word = argument(inner) else { break }
                file.path = word.text
            case "weight":
                guard let weight = watchWeight(inner, "track file \(name.text)") else { break }
                (file.weight, file.weightReverse) = weight
            case "init_file": apply(initFile: inner, to: &file)
            default: sayUnhandled(inner)
            }
        }
        guard file.path.hasPrefix("/") else {
            findings.report(
                name.range, "No file set for track_file \(name.text) - removing",
                fix: "add 'file \"/PATH\"', from the root directory on")
            return
        }
        settings.files.append(file)
    }

    /// `init_file [NUMBER] [overwrite]`
    private mutating func apply(
        initFile statement: KeepalivedStatement, to file: inout TrackFileSettings
    ) {
        file.initialValue = 0
        for word in statement.arguments {
            if word.text == "overwrite" {
                file.overwrites = true
            } else if let value = Int32(word.text) {
                file.initialValue = Int(value)
            } else {
                findings.report(
                    word.range, "track file \(file.name): init_file value '\(word.text)' invalid",
                    fix: "init_file NUMBER overwrite")
            }
        }
    }

    /// `vrrp_track_process NAME { … }`
    mutating func addProcess(_ statement: KeepalivedStatement) {
        guard let name = newName(of: statement, among: settings.processes.map(\.name)) else {
            return
        }
        var process = TrackProcessSettings(name: name.text, command: [], range: statement.range)
        for inner in statement.block ?? [] where isKnown(inner, in: .trackProcess) {
            if !apply(inner, to: &process) { sayUnhandled(inner) }
        }
        guard !process.command.isEmpty else {
            findings.report(name.range, "No process set for track process \(name.text) - removing")
            return
        }
        if let most = process.quorumMaximum, most < process.quorum {
            // keepalived's own: 0 means that none may run, and a quorum makes no sense then.
            process.quorum = 0
            if most > 0 {
                findings.mention(
                    .warning, name.range,
                    "track process \(name.text): quorum_max \(most) is below quorum",
                    fix: "quorum is taken as 0")
            }
        }
        if process.asksForProxy, !proxies.isEmpty {
            findings.mention(
                .notice, name.range,
                "vrrp_track_process \(process.name) only asks whether haproxy runs: this process "
                    + "knows, and answers without looking at processes",
                fix: "'track_proxy' in the instance says the same and more")
        }
        settings.processes.append(process)
    }

    private mutating func apply(
        _ statement: KeepalivedStatement, to process: inout TrackProcessSettings
    ) -> Bool {
        let owner = "track process \(process.name)"
        switch statement.keyword {
        case "process":
            guard argument(statement, of: .max - 1) != nil else { break }
            process.command = statement.arguments.map(\.text)
        case "param_match":
            guard let word = argument(statement) else { break }
            switch word.text {
            case "initial": process.parameterMatch = .initial
            case "partial": process.parameterMatch = .partial
            default:
                findings.report(
                    word.range, "\(owner): param_match '\(word.text)' unknown - ignoring",
                    fix: "initial or partial")
            }
        case "weight":
            guard let weight = watchWeight(statement, owner) else { break }
            (process.weight, process.weightReverse) = weight
        case "quorum":
            let value = number(statement, in: 1...65535) { "\(owner): quorum '\($0)' invalid" }
            process.quorum = value ?? process.quorum
        case "quorum_max":
            let value = number(statement, in: 0...65535) { "\(owner): quorum_max '\($0)' invalid" }
            process.quorumMaximum = value ?? process.quorumMaximum
        case "delay", "fork_delay", "terminate_delay":
            let value = seconds(statement, in: .zero...(.seconds(3600))) {
                "\(owner): \(statement.keyword) '\($0)' invalid - ignoring"
            }
            guard let value else { break }
            if statement.keyword != "terminate_delay" { process.forkDelay = value }
            if statement.keyword != "fork_delay" { process.terminateDelay = value }
        case "full_command": process.usesFullCommand = true
        default: return false
        }
        return true
    }

    // MARK: In instances and groups

    /// A line of `track_file`: `NAME [weight N [reverse]]`.
    mutating func trackFile(_ item: KeepalivedStatement, in instance: inout VirtualRouterSettings) {
        track(item, "track_file", settings.files.map(\.name), \.trackFiles, in: &instance)
    }

    /// A line of `track_process`, likewise.
    mutating func trackProcess(
        _ item: KeepalivedStatement, in instance: inout VirtualRouterSettings
    ) {
        track(
            item, "track_process", settings.processes.map(\.name), \.trackProcesses, in: &instance)
    }

    private mutating func track(
        _ item: KeepalivedStatement, _ keyword: String, _ known: [String],
        _ list: WritableKeyPath<VirtualRouterSettings, [TrackedName]>,
        in instance: inout VirtualRouterSettings
    ) {
        guard let word = item.words.first else { return }
        let owner = "(\(instance.name))"
        guard known.contains(word.text) else {
            findings.report(
                word.range, "\(owner) \(keyword) \(word.text) not found, ignoring...",
                fix: suggestion(for: word.text, among: known))
            return
        }
        guard !instance[keyPath: list].contains(where: { $0.name == word.text }) else {
            findings.report(word.range, "\(owner) duplicate \(keyword) \(word.text) - ignoring")
            return
        }
        var tracked = TrackedName(name: word.text)
        if let weight = trackedWeight(item, "\(owner) \(keyword) \(word.text):") {
            tracked.weight = weight.value
            tracked.reverse = weight.isReversed
        }
        instance[keyPath: list].append(tracked)
    }

    /// What moves a priority that must not move, for this reason.
    mutating func dropWeightedNames(
        of instance: inout VirtualRouterSettings, _ reason: String, fix: String?
    ) {
        let files = settings.files.filter { $0.weight != 0 }.map(\.name)
        drop(&instance, \.trackFiles, "file", reason, fix, weighted: files)
        let processes = settings.processes.filter { $0.weight != 0 }.map(\.name)
        drop(&instance, \.trackProcesses, "process", reason, fix, weighted: processes)
    }

    /// `weighted`: names whose own weight is not 0.
    private mutating func drop(
        _ instance: inout VirtualRouterSettings,
        _ list: WritableKeyPath<VirtualRouterSettings, [TrackedName]>, _ kind: String,
        _ reason: String, _ fix: String?, weighted names: [String]
    ) {
        let weighted = instance[keyPath: list].filter {
            $0.weight.map { $0 != 0 } ?? names.contains($0.name)
        }
        for tracked in weighted {
            findings.report(
                instance.range,
                "(\(instance.name)) ignoring tracked \(kind) \(tracked.name) with weights \(reason)",
                fix: fix)
        }
        instance[keyPath: list].removeAll { weighted.contains($0) }
    }

    // MARK: Parts

    private mutating func newName(
        of statement: KeepalivedStatement, among known: [String]
    ) -> Word? {
        guard let name = name(of: statement) else { return nil }
        guard !known.contains(name.text) else {
            findings.report(
                name.range, "\(statement.keyword) \(name.text) already defined",
                fix: "rename one of the two; the first one is used")
            return nil
        }
        guard known.count < KeepalivedResolver.watchLimit else {
            findings.refuse(
                name.range, "more than \(KeepalivedResolver.watchLimit) of \(statement.keyword)")
            return nil
        }
        return name
    }

    private mutating func watchWeight(
        _ statement: KeepalivedStatement, _ owner: String
    ) -> (Int, Bool)? {
        weight(statement.arguments, of: statement, "\(owner) weight", in: -254...254)
            .map { ($0.value, $0.isReversed) }
    }
}
