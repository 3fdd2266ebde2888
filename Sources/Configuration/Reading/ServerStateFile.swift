import ConfigurationLanguage
import Core
import Diagnostics

/// What a server was when `show servers state` was written to a file.
package struct SavedServerState: Sendable, Hashable {
    /// The numbers of that table.
    package var operation = 2
    package var administration = 0
    package var weight = 1
    package var initialWeight = 1
    /// Since its state changed, when the file was written.
    package var secondsSinceChange = 0
    package var checkHealth = 0
    package var checkState = 0
    package var agentState = 0

    package init() {}
}

/// A server-state file (HAProxy manual, `show servers state`, version 1).
enum ServerStateFile {
    /// Lines that are read at most.
    private static let lineLimit = 1 << 20
    /// Fields that a line has at least; the names of checks' ports and later ones may be missing.
    private static let fieldCount = 19
    private static let columns = 9...14

    /// The states by `backend/server`; nil: it is no such file.
    static func parse(_ bytes: [UInt8]) -> [String: SavedServerState]? {
        var lines = bytes.split(separator: 0x0a, maxSplits: lineLimit).makeIterator()
        guard let version = lines.next(), Array(version) == [0x31] else { return nil }
        var states: [String: SavedServerState] = [:]
        while let line = lines.next() {
            if line.first == UInt8(ascii: "#") { continue }
            let fields = line.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            guard fields.count >= fieldCount, let state = state(fields) else { continue }
            states["\(fields[1])/\(fields[3])"] = state
        }
        return states
    }

    /// nil: a number is none, or out of its range. HAProxy leaves the server alone then, too.
    private static func state(_ fields: [String]) -> SavedServerState? {
        let numbers = fields[5...14].map { Int($0) ?? -1 }
        guard numbers.allSatisfy({ $0 >= 0 }), numbers[0] <= 3, numbers[2] <= 256,
            numbers[3] <= 256
        else { return nil }
        var state = SavedServerState()
        state.operation = numbers[0]
        state.administration = numbers[1]
        state.weight = numbers[2]
        state.initialWeight = numbers[3]
        state.secondsSinceChange = min(numbers[4], Int(Int32.max))
        state.checkHealth = numbers[7]
        state.checkState = numbers[8]
        state.agentState = numbers[9]
        return state
    }
}

/// Where a proxy takes the states of its servers from: `load-server-state-from-file`.
enum ServerStateSource { case none, global, local }

/// Reads the files that proxies name, each once.
struct ServerStateLoading {
    let context: ReadingContext
    private var tables: [String: [String: SavedServerState]] = [:]

    init(context: ReadingContext) { self.context = context }

    /// The states that the backends' servers begin with, by `backend/server`.
    mutating func states(of drafts: [ProxyDraft]) -> [String: SavedServerState] {
        // Whoever only checks the files has no use for it, and the states may not be there yet.
        guard !context.options.isChecking else { return [:] }
        var all: [String: SavedServerState] = [:]
        for draft in drafts where draft.settings.isBackend && !draft.settings.isDisabled {
            let name = draft.settings.name
            guard let path = path(for: draft), let table = table(path, draft) else { continue }
            for server in draft.settings.servers {
                all["\(name)/\(server.name)"] = table["\(name)/\(server.name)"]
            }
        }
        return all
    }

    private func path(for draft: ProxyDraft) -> String? {
        switch draft.serverStates {
        case .none: return nil
        case .global: return context.process.serverStateFile.map(whole)
        case .local: return whole(draft.serverStateFile ?? draft.settings.name)
        }
    }

    /// Relative names lie in `server-state-base`.
    private func whole(_ name: String) -> String {
        guard !name.hasPrefix("/"), let base = context.process.serverStateBase else { return name }
        return base + (base.hasSuffix("/") ? "" : "/") + name
    }

    private mutating func table(
        _ path: String, _ draft: ProxyDraft
    ) -> [String: SavedServerState]? {
        if let known = tables[path] { return known }
        let owner = draft.serverStates == .global ? nil : draft.settings.name
        var table: [String: SavedServerState] = [:]
        switch context.file(path) {
        case .failure(let failure):
            context.diagnostics.warn(
                nil,
                owner.map {
                    "config : Proxy '\($0)': Can't open server state file '\(path)': \(failure.reason)."
                }
                    ?? "config : config: Can't open global server state file '\(path)': \(failure.reason)"
            )
        case .success(let bytes):
            if let found = ServerStateFile.parse(bytes) {
                table = found
            } else {
                context.diagnostics.warn(
                    nil,
                    "config : server state file '\(path)' ignored: its first line is not the version that is understood, 1."
                )
            }
        }
        tables[path] = table
        return table
    }
}
