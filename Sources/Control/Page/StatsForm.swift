internal import Configuration
internal import Core
internal import Proxy

/// What the page's form asks for: servers of one backend and what to do with them (HAProxy manual, `stats admin`).
struct StatsForm {
    /// The word behind `st=` in the address that the browser is sent to.
    enum Outcome: String {
        case done = "DONE"
        case partly = "PART"
        case nothing = "NONE"
        case unknown = "UNKN"
        case faulty = "ERRP"
        case tooLarge = "EXCD"
        case denied = "DENY"
    }

    private static let fieldLimit = 4096

    private var action: StatsAction?
    private var hasUnknownAction = false
    private var backend: String?
    private var servers: [String] = []

    /// Reads `s=srv1&s=srv2&action=maint&b=%233`.
    init(_ body: [UInt8]) {
        for field in body.split(separator: UInt8(ascii: "&")).prefix(StatsForm.fieldLimit) {
            let parts = field.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let value = StatsAddress.decoded(Substring(decoding: parts[1], as: UTF8.self))
            switch String(decoding: parts[0], as: UTF8.self) {
            case "s": servers.append(value)
            case "b": backend = value
            case "action":
                action = StatsAction(rawValue: value)
                hasUnknownAction = action == nil && !value.isEmpty
            default: break
            }
        }
    }

    /// Carries it out.
    func apply(_ snapshot: Snapshot, _ control: any ServiceControl) -> Outcome {
        if hasUnknownAction { return .unknown }
        guard let action, let backend, !servers.isEmpty else { return .nothing }
        var changed = 0
        var missing = 0
        for name in servers {
            switch ServerArgument.find("\(backend)/\(name)", in: snapshot) {
            case .failure(.noBackend), .failure(.incomplete): return .faulty
            case .failure(.noServer): missing += 1
            case .success(let server):
                if action.apply(to: server, snapshot, control) { changed += 1 }
            }
        }
        if changed == 0 { return missing > 0 ? .faulty : .nothing }
        return missing > 0 ? .partly : .done
    }
}

/// The form's actions, by the words that it sends.
private enum StatsAction: String {
    case ready, drain, maint
    /// Health checks: off, on, and what they would say.
    case disableHealth = "dhlth"
    case enableHealth = "ehlth"
    case healthUp = "hrunn"
    case healthStopping = "hnolb"
    case healthDown = "hdown"
    /// The same of agents.
    case disableAgent = "dagent"
    case enableAgent = "eagent"
    case agentUp = "arunn"
    case agentDown = "adown"
    /// End all sessions.
    case shutdown
    /// Older names.
    case disable, enable, stop, start

    /// False: it makes no sense for this server.
    func apply(
        to server: ServerArgument, _ snapshot: Snapshot, _ control: any ServiceControl
    ) -> Bool {
        let hasCheck = server.settings.check != nil
        let hasAgent = server.settings.agent != nil
        let isFree = server.settings.tracks == nil
        let change: ServerChange
        switch self {
        case .ready, .enable, .start: change = .state(.ready)
        case .drain: change = .state(.drain)
        case .maint, .disable, .stop: change = .state(.maintenance)
        case .disableHealth where hasCheck: change = .checks(enabled: false)
        case .enableHealth where hasCheck: change = .checks(enabled: true)
        case .healthUp where isFree: change = .health(.up)
        case .healthStopping where isFree: change = .health(.stopping)
        case .healthDown where isFree: change = .health(.down)
        case .disableAgent where hasAgent: change = .agent(enabled: false)
        case .enableAgent where hasAgent: change = .agent(enabled: true)
        case .agentUp where hasAgent && isFree: change = .agentHealth(.up)
        case .agentDown where hasAgent && isFree: change = .agentHealth(.down)
        case .shutdown:
            control.shutSessions(of: server.reference, in: snapshot)
            return true
        case .disableHealth, .enableHealth, .healthUp, .healthStopping, .healthDown, .disableAgent,
            .enableAgent, .agentUp, .agentDown:
            return false
        }
        control.apply(change, to: server.reference, in: snapshot)
        return true
    }
}
