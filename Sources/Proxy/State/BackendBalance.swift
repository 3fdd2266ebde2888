internal import Balancing
package import Configuration
internal import Core
internal import Synchronization

/// The balance algorithm of one backend, shared by the workers under a short mutex.
package final class BackendBalance: Sendable {
    /// Whether a pick wants a hash.
    let usesHash: Bool
    /// What is hashed is something of the request (`RequestHash`), not the client's address.
    let hashesRequest: Bool
    let method: HashMethod
    /// Whether servers' loads must be reported.
    let usesLoad: Bool
    /// Whether those in a server's queue are part of it.
    let countsQueue: Bool
    private let balancer: Mutex<Balancer>
    private let isBackup: [Bool]
    private let configuredWeights: [Int]
    /// `hash-key` and number of each server; empty: all have the usual one.
    private let ringKeys: [RingKey]

    package init(_ settings: ProxySettings, _ servers: [ServerState]) {
        let algorithm: Balancer.Algorithm =
            switch settings.balance {
            case .roundRobin: .roundRobin
            case .staticRoundRobin: .staticRoundRobin
            case .leastConnections: .leastConnections
            case .first: .first
            case .random: .random
            case .source, .request, .expression, .remoteDesktop:
                settings.hash.isConsistent ? .ringHash : .mapHash
            }
        hashesRequest = settings.balance.hashesRequest
        method = settings.hash
        let draws = if case .random(let draws) = settings.balance { draws } else { 0 }
        var made = Balancer(
            algorithm, allBackups: settings.allBackups, order: settings.servers.map(\.id),
            draws: draws, seed: .random(in: .min ... .max),
            balanceFactor: settings.hashBalanceFactor,
            restsAlone: settings.balance.restsAlone)
        isBackup = settings.servers.map(\.isBackup)
        configuredWeights = settings.servers.map(\.weight)
        usesHash = made.usesHash
        usesLoad = made.usesLoad
        countsQueue = made.countsQueue
        let isUsual = settings.servers.allSatisfy { $0.hashKey == .id }
        ringKeys = isUsual ? [] : settings.servers.map(RingKey.init)
        made.serversChanged(
            BackendBalance.facts(servers, isBackup, configuredWeights, ringKeys))
        balancer = Mutex(made)
    }

    /// Servers came, went or changed their weight.
    package func update(_ servers: [ServerState]) {
        // Read under the lock: of two threads that update at once, the last one must not bring older facts.
        balancer.withLock {
            $0.serversChanged(
                BackendBalance.facts(servers, isBackup, configuredWeights, ringKeys))
        }
    }

    /// Whether any server takes requests at the moment.
    var hasCandidates: Bool { balancer.withLock { $0.candidateCount > 0 } }

    /// Which server a request goes to; nil when none has room, or none is left.
    @inline(__always)
    func pick(hash: UInt32?, avoiding: Int?, hasRoom: (Int) -> Bool) -> Int? {
        balancer.withLock { $0.pick(hash: hash, avoiding: avoiding, hasSlot: hasRoom) }
    }

    /// The number of streams at a server, and with `countsQueue` in its queue, has changed. Only where `usesLoad`.
    func setLoad(_ server: Int, _ load: Int) {
        balancer.withLock { $0.setLoad(server, load) }
    }

    private static func facts(
        _ servers: [ServerState], _ isBackup: [Bool], _ weights: [Int], _ ringKeys: [RingKey]
    ) -> [ServerFacts] {
        servers.indices.map { index in
            let state = servers[index]
            return ServerFacts(
                isUsable: state.isUsable,
                effectiveWeight: state.effectiveWeight * ServerFacts.weightScale,
                configuredWeight: weights[index], isBackup: isBackup[index],
                ringKey: ringKeys.isEmpty ? nil : ringKeys[index].value(at: state.address))
        }
    }
}
