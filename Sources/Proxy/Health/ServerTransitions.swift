internal import Checking
package import Configuration
package import Core
package import EventLoop
package import Logging
internal import Synchronization

/// The one place where servers go up, down, into maintenance and out of it: for checks and for commands alike.
///
/// A lock keeps two threads from changing servers at once. It is held for loads and stores only: lines are written and
/// others are told when it is free again.
package final class ServerTransitions: Sendable {
    /// A server in the snapshot that is being worked on.
    struct Place {
        let reference: ServerReference
        let snapshot: Snapshot
        let state: ServerState

        // Not kept: copying them whole would count dozens of references for each check.
        var proxy: Snapshot.Proxy { snapshot.proxies[reference.proxy] }
        var settings: ServerSettings { proxy.settings.servers[reference.server] }

        /// `be/s`, as commands and lines name it.
        var name: String { "\(proxy.settings.name)/\(settings.name)" }
        /// How lines begin.
        var title: String { "\(settings.isBackup ? "Backup Server" : "Server") \(name)" }
    }

    /// What one change works with.
    struct Work {
        let snapshot: Snapshot
        let tracks: TrackMap
        let now: Instant
        var effects = TransitionEffects()

        func place(_ reference: ServerReference) -> Place? {
            guard let state = snapshot.server(reference) else { return nil }
            return Place(reference: reference, snapshot: snapshot, state: state)
        }

        func followers(of place: Place) -> [Place] {
            tracks.followers(of: place.reference).compactMap { self.place($0) }
        }
    }

    private struct Current {
        var snapshot: Snapshot
        var tracks: TrackMap
        /// Servers that have been seen before; the snapshot keeps them alive.
        var known: Set<ObjectIdentifier> = []
    }

    private let board: HealthBoard
    private let log: SystemLog
    private let stateChanged: @Sendable (Int) -> Void
    private let endSessions: @Sendable (ServerState, SessionEnd) -> Void
    private let current: Mutex<Current>

    /// `stateChanged` gets the index in the latest snapshot of each proxy whose servers changed, after the change, on the thread that made it.
    package init(
        snapshot: Snapshot, board: HealthBoard, log: SystemLog,
        stateChanged: @escaping @Sendable (Int) -> Void,
        endSessions: @escaping @Sendable (ServerState, SessionEnd) -> Void = { _, _ in },
        now: Instant
    ) {
        self.board = board
        self.log = log
        self.stateChanged = stateChanged
        self.endSessions = endSessions
        current = Mutex(
            Current(snapshot: snapshot, tracks: TrackMap(snapshot.configuration)))
        adopt(snapshot, now: now)
    }

    /// Takes a new snapshot over: servers that kept their names keep what they are.
    package func adopt(_ snapshot: Snapshot, now: Instant) {
        let effects = current.withLock { current in
            var work = Work(
                snapshot: snapshot, tracks: TrackMap(snapshot.configuration), now: now)
            var known: Set<ObjectIdentifier> = []
            for (proxy, entry) in snapshot.proxies.enumerated() where entry.settings.isBackend {
                for (server, state) in entry.servers.enumerated() {
                    let identity = ObjectIdentifier(state)
                    known.insert(identity)
                    guard let place = work.place(ServerReference(proxy: proxy, server: server))
                    else { continue }
                    if current.known.contains(identity) {
                        adopt(place, &work)
                    } else {
                        prepare(place, now: now)
                    }
                }
            }
            for (proxy, entry) in snapshot.proxies.enumerated() where entry.settings.isBackend {
                for server in entry.servers.indices {
                    let reference = ServerReference(proxy: proxy, server: server)
                    if let place = work.place(reference),
                        !current.known.contains(ObjectIdentifier(place.state))
                    {
                        follow(place, &work)
                    }
                }
                work.effects.noteChange(
                    proxy, name: entry.settings.name, usable: entry.usableServers.total)
            }
            current = Current(snapshot: snapshot, tracks: work.tracks, known: known)
            return work.effects
        }
        perform(effects, on: snapshot, tellsEngine: true)
    }

    // MARK: Entry points

    /// What an operator wants. The caller has checked that it makes sense for this server.
    package func apply(
        _ change: ServerChange, to server: ServerReference, in snapshot: Snapshot, now: Instant
    ) {
        self.change(server, in: snapshot, now: now, tellEngine: true) { place, work in
            switch change {
            case .state(.ready): ready(place, &work)
            case .state(.drain): drain(place, &work)
            case .state(.maintenance): maintain(place, &work)
            case .health(let health): setHealth(health, place, &work)
            case .agentHealth(let health): setAgentHealth(health, place, &work)
            case .weight(let weight): setWeight(weight, place, &work)
            case .maxConnections(let limit):
                place.state.setMaxConnections(limit)
                touch(place, &work)
            case .address(let address):
                place.state.withMutable { $0.address = address }
                touch(place, &work)
                removeMaintenance(.resolutionMaintenance, place, &work)
            case .resolved(let address, let weight, let source):
                resolved(address, weight: weight, source: source, place, &work)
            case .unresolved(let reason): unresolved(reason, place, &work)
            case .checks(let enabled): place.state.withMutable { $0.check.isEnabled = enabled }
            case .agent(let enabled): place.state.withMutable { $0.agent.isEnabled = enabled }
            case .overrides(let overrides): place.state.withMutable { $0.overrides = overrides }
            }
        }
    }

    /// A health check has ended. Returns the proxies that changed; the caller tells the engine.
    func checkEnded(
        _ verdict: CheckVerdict, duration: Duration, of server: ServerReference,
        in snapshot: Snapshot, now: Instant
    ) -> Set<Int> {
        change(server, in: snapshot, now: now, tellEngine: false) { place, work in
            record(verdict, duration, place, &work)
        }
    }

    /// An agent has spoken, or was not reached. Returns the proxies that changed; the caller tells the engine.
    func agentEnded(
        _ verdict: CheckVerdict, _ reply: AgentReply?, duration: Duration,
        of server: ServerReference, in snapshot: Snapshot, now: Instant
    ) -> Set<Int> {
        change(server, in: snapshot, now: now, tellEngine: false) { place, work in
            record(verdict, reply, duration, place, &work)
        }
    }

    /// Traffic failed so often in a row that it counts; `snapshot` is the one that the traffic ran on.
    func observed(
        _ verdict: CheckVerdict, of server: ServerReference, in snapshot: Snapshot, now: Instant
    ) {
        change(server, in: snapshot, now: now, tellEngine: true) { place, work in
            recordObservation(verdict, place, &work)
        }
    }

    /// The next step of a slow start. Returns the proxies that changed.
    func warmUp(_ server: ServerReference, in snapshot: Snapshot, now: Instant) -> Set<Int> {
        change(server, in: snapshot, now: now, tellEngine: false) { place, work in
            warmUp(place, &work)
        }
    }

    @discardableResult
    private func change(
        _ server: ServerReference, in snapshot: Snapshot, now: Instant, tellEngine: Bool,
        _ body: (Place, inout Work) -> Void
    ) -> Set<Int> {
        let effects = current.withLock { current in
            let isCurrent = current.snapshot === snapshot
            var work = Work(
                snapshot: snapshot,
                tracks: isCurrent ? current.tracks : TrackMap(snapshot.configuration), now: now)
            if let place = work.place(server) { body(place, &work) }
            return work.effects
        }
        perform(effects, on: snapshot, tellsEngine: tellEngine)
        return effects.changedProxies
    }

    /// `snapshot`: whose indexes the changes have. Unless `tellsEngine` the caller tells the engine.
    private func perform(
        _ effects: TransitionEffects, on snapshot: Snapshot, tellsEngine: Bool
    ) {
        // Before the lines: who reads that a server is down finds no request that is given to it later.
        for index in effects.changedProxies where snapshot.proxies.indices.contains(index) {
            let proxy = snapshot.proxies[index]
            proxy.balance.update(proxy.servers)
        }
        for (name, count) in effects.usable where board.usableServers(backend: name) != count {
            board.setUsableServers(count, backend: name)
        }
        for line in effects.lines {
            log.send(
                line.level, line.text, proxy: line.proxy,
                console: line.level == .emergency ? .alert : .warning,
                consoleText: line.consoleText)
        }
        for end in effects.sessionEnds { endSessions(end.server, end.because) }
        if tellsEngine { tell(effects.changedProxies, of: snapshot) }
    }

    /// Tells the engine of proxies that changed, given by their indexes in the snapshot that was worked on: a reload may
    /// have moved them meanwhile. One that has gone needs no telling.
    func tell(_ proxies: Set<Int>, of snapshot: Snapshot) {
        guard !proxies.isEmpty else { return }
        let latest = current.withLock { $0.snapshot }
        for index in proxies {
            if latest === snapshot {
                stateChanged(index)
            } else if snapshot.proxies.indices.contains(index),
                let moved = latest.proxies.firstIndex(where: {
                    $0.state === snapshot.proxies[index].state
                })
            {
                stateChanged(moved)
            }
        }
    }

    // MARK: Snapshots

    /// A server that nobody has seen before.
    private func prepare(_ place: Place, now: Instant) {
        prepareCheck(place, now: now)
        if let saved = place.snapshot.configuration.savedServers[
            "\(place.state.backend)/\(place.state.name)"]
        {
            restore(saved, place, now: now)
        }
    }

    private func prepareCheck(_ place: Place, now: Instant) {
        guard let settings = place.settings.check else { return }
        var counter = HealthCounter(rise: settings.rise, fall: settings.fall)
        switch place.settings.initialState {
        case .up: break
        case .fullyUp: counter.makeUp()
        case .fullyDown: counter.makeDown()
        case .down:
            counter = HealthCounter(
                rise: settings.rise, fall: settings.fall, health: settings.rise - 1)
        }
        if !counter.isUp { place.state.setOperation(.stopped, now: now) }
        place.state.withMutable { mutable in
            mutable.check.rise = counter.rise
            mutable.check.fall = counter.fall
            mutable.check.health =
                place.state.administration.isDisjoint(with: .maintenance) ? counter.health : 0
        }
    }

    /// A server that was there before the reload, with perhaps other settings.
    private func adopt(_ place: Place, _ work: inout Work) {
        if let settings = place.settings.check {
            place.state.withMutable { mutable in
                var counter = mutable.check.counter
                counter.adopt(rise: settings.rise, fall: settings.fall)
                mutable.check.counter = counter
            }
        }
        if place.settings.agent == nil {
            place.state.withMutable { $0.agent.counter.restart() }
        }
        if place.settings.tracks == nil, place.state.operation == .stopped, checksAllow(place),
            agentAllows(place)
        {
            // Nobody says any more that it is down: without a check every server counts as up.
            setRunning(place, .silent, &work)
        }
    }

    /// A new server takes over what the one that it tracks is, in silence.
    private func follow(_ place: Place, _ work: inout Work) {
        guard let reference = place.settings.tracks, let followed = work.place(reference) else {
            return
        }
        var administration = place.state.administration
        if !followed.state.administration.isDisjoint(with: .maintenance) {
            administration.insert(.inheritedMaintenance)
        }
        if !followed.state.administration.isDisjoint(with: .drain) {
            administration.insert(.inheritedDrain)
        }
        place.state.setAdministration(administration, now: work.now)
        place.state.setOperation(followed.state.operation, now: work.now)
    }
}

extension CheckReport {
    /// The rise and fall machine that the numbers belong to.
    var counter: HealthCounter {
        get { HealthCounter(rise: rise, fall: fall, health: health) }
        set {
            rise = newValue.rise
            fall = newValue.fall
            health = newValue.health
        }
    }
}

extension Snapshot.Proxy {
    /// Servers that streams may be sent to now.
    var usableServers: (active: Int, backup: Int, total: Int) {
        var (active, backup) = (0, 0)
        for (settings, state) in zip(settings.servers, servers) where state.isUsable {
            if settings.isBackup { backup += 1 } else { active += 1 }
        }
        return (active, backup, active + backup)
    }
}
