package import Configuration
internal import Core
package import Linux
package import Resolver
internal import Synchronization

/// Keeps servers with `resolvers` where their names say: asks for the names, and moves the servers.
package final class ServerNames: Sendable {
    /// Servers of one backend that follow one name.
    private struct Group {
        let proxy: Int
        var servers: [Int] = []
    }

    private struct State {
        var snapshot: Snapshot
        var groups: [LookupKey: [Group]] = [:]
        /// Servers by the service that they were given; states keep their identity over reloads.
        var services: [ObjectIdentifier: DNSReply.Service] = [:]
        /// Servers that wait for the address of their service's target, which the answer did not bring.
        var targets: [LookupKey: [ServerReference]] = [:]
        var isRunning = false
    }

    /// One server and what becomes of it.
    private struct Move {
        let server: ServerReference
        let change: ServerChange
    }

    private let state: Mutex<State>
    private let apply: @Sendable (ServerChange, ServerReference, Snapshot) -> Void
    private let findings: Findings
    private let service: NameService

    /// Lets the service reach what is made after it.
    private final class Findings: Sendable {
        let handler = Mutex<(@Sendable (LookupKey, Finding) -> Void)?>(nil)
    }

    /// `apply` moves a server of the given snapshot; it is called on the resolver's thread.
    package init(
        snapshot: Snapshot,
        apply: @escaping @Sendable (ServerChange, ServerReference, Snapshot) -> Void
    ) throws(Errno) {
        state = Mutex(State(snapshot: snapshot))
        self.apply = apply
        let findings = Findings()
        self.findings = findings
        service = try NameService { key, finding in
            findings.handler.withLock { $0 }?(key, finding)
        }
        findings.handler.withLock { handler in
            handler = { [weak self] key, finding in self?.found(finding, key) }
        }
    }

    /// Begins with the snapshot of the start.
    package func start() throws(Errno) { try follow(state.withLock { $0.snapshot }) }

    /// After a reload.
    package func adopt(_ snapshot: Snapshot) throws(Errno) { try follow(snapshot) }

    /// For `show resolvers`.
    package var report: [NameService.SectionReport] { service.report }

    package func stop() { service.stop() }

    // MARK: What is followed

    private func follow(_ snapshot: Snapshot) throws(Errno) {
        let groups = ServerNames.groups(snapshot)
        let (mustStart, keys) = state.withLock { state in
            let mustStart = !state.isRunning && !groups.isEmpty
            if mustStart { state.isRunning = true }
            state.snapshot = snapshot
            state.groups = groups
            state.targets = [:]
            let known = Set(snapshot.proxies.flatMap(\.servers).map { ObjectIdentifier($0) })
            state.services = state.services.filter { known.contains($0.key) }
            return (mustStart, Set(groups.keys))
        }
        service.apply(snapshot.configuration.resolvers)
        service.lookUp(keys)
        if mustStart { try service.start() }
    }

    private static func groups(_ snapshot: Snapshot) -> [LookupKey: [Group]] {
        var groups: [LookupKey: [Group]] = [:]
        for (proxy, entry) in snapshot.proxies.enumerated() where !entry.settings.isDisabled {
            for (index, server) in entry.settings.servers.enumerated() {
                guard let key = server.lookupKey else { continue }
                var list = groups[key] ?? []
                if list.last?.proxy != proxy { list.append(Group(proxy: proxy)) }
                list[list.count - 1].servers.append(index)
                groups[key] = list
            }
        }
        return groups
    }

    // MARK: What was found

    private func found(_ finding: Finding, _ key: LookupKey) {
        if finding.status != .valid, finding.holds { return }
        let (moves, snapshot, keys) = state.withLock { state in
            var moves: [Move] = []
            for group in state.groups[key] ?? [] {
                switch key.subject {
                case .addresses: moves += share(finding, group, state.snapshot)
                case .services: moves += shareServices(finding, group, key, &state)
                }
            }
            for server in state.targets[key] ?? [] {
                if let move = settle(server, on: finding.addresses.first, finding, state) {
                    moves.append(move)
                }
            }
            return (moves, state.snapshot, Set(state.groups.keys).union(state.targets.keys))
        }
        for move in moves { apply(move.change, move.server, snapshot) }
        if case .services = key.subject { service.lookUp(keys) }
    }

    private func share(_ finding: Finding, _ group: Group, _ snapshot: Snapshot) -> [Move] {
        let proxy = snapshot.proxies[group.proxy]
        let references = group.servers.map { ServerReference(proxy: group.proxy, server: $0) }
        guard finding.status == .valid else {
            return references.map { Move(server: $0, change: .unresolved(finding.status.reason)) }
        }
        let followers = group.servers.map { index in
            AnswerShares.Follower(
                resolution: proxy.settings.servers[index].resolution
                    ?? ServerResolution(section: ""),
                address: proxy.servers[index].address?.ip)
        }
        let shares = AnswerShares.addresses(finding.addresses, for: followers)
        return zip(references, shares).map { reference, address in
            guard let address else {
                return Move(server: reference, change: .unresolved(Lookup.Status.noAddress))
            }
            let port = proxy.settings.servers[reference.server].port
            return Move(
                server: reference,
                change: .resolved(.ip(address, port: port), weight: nil, source: finding.source))
        }
    }

    private func shareServices(
        _ finding: Finding, _ group: Group, _ key: LookupKey, _ state: inout State
    ) -> [Move] {
        let proxy = state.snapshot.proxies[group.proxy]
        let references = group.servers.map { ServerReference(proxy: group.proxy, server: $0) }
        guard finding.status == .valid else {
            return references.map { Move(server: $0, change: .unresolved(finding.status.reason)) }
        }
        for (key, waiting) in state.targets {
            let left = waiting.filter { !references.contains($0) }
            state.targets[key] = left.isEmpty ? nil : left
        }
        let identities = group.servers.map { ObjectIdentifier(proxy.servers[$0]) }
        let shares = AnswerShares.services(
            finding.services, bound: identities.map { state.services[$0] })
        var moves: [Move] = []
        for (position, service) in shares.enumerated() {
            let reference = references[position]
            state.services[identities[position]] = service
            guard let service else {
                moves.append(
                    Move(server: reference, change: .unresolved("entry removed from SRV record")))
                continue
            }
            if let address = finding.targets[service.target]?.first {
                if let move = settle(reference, on: address, finding, state) { moves.append(move) }
            } else {
                let prefersIPv4 =
                    proxy.settings.servers[reference.server].resolution?.prefersIPv4 ?? false
                let target = LookupKey(
                    section: key.section, .addresses(service.target, prefersIPv4: prefersIPv4))
                state.targets[target, default: []].append(reference)
            }
        }
        return moves
    }

    /// The server goes where its service's target is.
    private func settle(
        _ server: ServerReference, on address: IPAddress?, _ finding: Finding, _ state: State
    ) -> Move? {
        let proxy = state.snapshot.proxies[server.proxy]
        guard let service = state.services[ObjectIdentifier(proxy.servers[server.server])] else {
            return nil
        }
        guard let address, finding.status == .valid else {
            return Move(
                server: server,
                change: .unresolved(
                    finding.status == .valid
                        ? Lookup.Status.noAddress : finding.status.reason))
        }
        let ignoresWeight =
            proxy.settings.servers[server.server].resolution?.ignoresWeight == true
        return Move(
            server: server,
            change: .resolved(
                .ip(address, port: service.port),
                weight: ignoresWeight ? nil : AnswerShares.weight(of: service),
                source: finding.source))
    }
}

extension ServerSettings {
    /// What is looked up for the server; nil: nothing.
    var lookupKey: LookupKey? {
        guard let resolution, let name = hostName.flatMap({ DNSName($0) }) else { return nil }
        return LookupKey(
            section: resolution.section,
            followsServiceRecord
                ? .services(name) : .addresses(name, prefersIPv4: resolution.prefersIPv4))
    }
}

extension Lookup.Status {
    /// HAProxy's words for a server that goes down for maintenance, with their final blank.
    static let noAddress = "No IP for server "

    fileprivate var reason: String {
        switch self {
        case .nameError: "DNS NX status"
        case .timeout: "DNS timeout status"
        case .refused: "DNS refused status"
        case .none, .valid, .other: "unspecified DNS error"
        }
    }
}
