internal import Core
internal import Logging

/// Why sessions are cut while their server still has them.
package enum SessionEnd: Sendable {
    /// `on-marked-down shutdown-sessions`
    case serverDown
    /// `on-marked-up shutdown-backup-sessions`
    case serverUp
    /// A command.
    case command
}

/// What is left to do when a transition is over and its lock is free: lines to write, numbers to publish, engines to tell.
struct TransitionEffects {
    struct Line {
        let level: LogLevel
        let text: String
        let proxy: String
        var consoleText: String?
    }

    private(set) var lines: [Line] = []
    /// Indexes of proxies whose servers changed, each once.
    private(set) var changedProxies: Set<Int> = []
    /// Usable servers by backend, where the number may have changed.
    private(set) var usable: [String: Int] = [:]

    /// Servers whose sessions end with this.
    private(set) var sessionEnds: [(server: ServerState, because: SessionEnd)] = []

    mutating func endSessions(of server: ServerState, because reason: SessionEnd) {
        sessionEnds.append((server, reason))
    }

    mutating func say(_ level: LogLevel, _ text: String, proxy: String) {
        lines.append(Line(level: level, text: text, proxy: proxy))
    }

    mutating func sayNoServer(proxy: String) {
        lines.append(
            Line(
                level: .emergency, text: "backend \(proxy) has no server available!", proxy: proxy,
                consoleText: "backend '\(proxy)' has no server available!"))
    }

    mutating func noteChange(_ proxy: Int, name: String, usable count: Int) {
        changedProxies.insert(proxy)
        usable[name] = count
    }
}
