internal import Checking
internal import Configuration
internal import Core

/// `load-server-state-from-file`: a server begins as it was when the file was written.
extension ServerTransitions {
    /// Bits of `srv_check_state` and `srv_agent_state`.
    private static let isConfigured = 0x02
    private static let isEnabled = 0x04

    func restore(_ saved: SavedServerState, _ place: Place, now: Instant) {
        let state = place.state
        let settings = place.settings
        // What the configuration says of the weight wins where it has changed since.
        if saved.initialWeight == settings.weight { state.setWeight(saved.weight) }
        state.setAdministration(
            administration(saved, startsDisabled: settings.startsDisabled, state.administration),
            now: now)
        let began = Instant(
            nanoseconds: now.nanoseconds - Int64(saved.secondsSinceChange) * 1_000_000_000)
        if let operation = ServerState.Operation(rawValue: saved.operation) {
            restore(operation, saved, place, now: now)
        }
        let isPaused = !state.administration.isDisjoint(with: .maintenance)
        state.withMutable { mutable in
            mutable.lastChange = began
            mutable.check.isEnabled =
                settings.check != nil && ServerTransitions.runs(saved.checkState)
            mutable.agent.isEnabled =
                settings.agent != nil && ServerTransitions.runs(saved.agentState)
            if isPaused { mutable.check.health = 0 }
        }
    }

    private static func runs(_ bits: Int) -> Bool {
        bits & isConfigured == 0 || bits & isEnabled != 0
    }

    /// An operator's word stays; `disabled` in the file of the configuration counts where it is new, and goes with its line.
    private func administration(
        _ saved: SavedServerState, startsDisabled: Bool, _ now: ServerState.Administration
    ) -> ServerState.Administration {
        let before = ServerState.Administration(rawValue: saved.administration)
        let wasDisabled = before.contains(.configuredMaintenance)
        var result = now.intersection(.resolutionMaintenance)
        result.formUnion(before.intersection(.forcedDrain))
        if startsDisabled {
            result.insert(.configuredMaintenance)
            if !wasDisabled || before.contains(.forcedMaintenance) {
                result.insert(.forcedMaintenance)
            } else {
                // The operator has enabled it.
                result.remove(.configuredMaintenance)
            }
        } else if before.contains(.forcedMaintenance), !wasDisabled {
            result.insert(.forcedMaintenance)
        }
        return result
    }

    private func restore(
        _ operation: ServerState.Operation, _ saved: SavedServerState, _ place: Place, now: Instant
    ) {
        let isMaintained =
            saved.administration & ServerState.Administration.maintenance.rawValue != 0
        // In maintenance the table says that a server is stopped, whatever its checks have said.
        if !isMaintained {
            // A slow start does not go on where it was: the server is up.
            place.state.setOperation(operation == .starting ? .running : operation, now: now)
        }
        guard let check = place.settings.check, !isMaintained else { return }
        let most = check.rise + check.fall - 1
        var health = min(saved.checkHealth, most)
        // One that is up passed its checks, one that is down did not, also under other `rise` and `fall`.
        if operation == .stopped { health = min(health, check.rise - 1) }
        if operation != .stopped { health = max(health, check.rise) }
        place.state.withMutable { $0.check.health = max(0, health) }
    }
}
