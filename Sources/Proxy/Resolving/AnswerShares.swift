internal import Configuration
internal import Core
internal import Resolver

/// How the servers of a backend share what a name server answered (HAProxy manual, sections 5.2 and 5.3).
enum AnswerShares {
    /// A server that follows the name.
    struct Follower {
        let resolution: ServerResolution
        /// Where it is now.
        let address: IPAddress?
    }

    /// The address of each follower; nil: none is left for it.
    ///
    /// A server stays where it is as long as the answer names the place. Otherwise it takes one that no other has, of
    /// the networks and then of the family that it prefers, in the answer's order.
    static func addresses(_ answer: [IPAddress], for followers: [Follower]) -> [IPAddress?] {
        let named = Set(answer)
        var taken: Set<IPAddress> = []
        var shares = followers.map { follower -> IPAddress? in
            guard let address = follower.address, named.contains(address),
                taken.insert(address).inserted || follower.resolution.allowsDuplicates
            else { return nil }
            return address
        }
        for (index, follower) in followers.enumerated() where shares[index] == nil {
            let open = answer.filter {
                follower.resolution.allowsDuplicates || !taken.contains($0)
            }
            // The first of the best: `max` would give the last one.
            let best = open.map { rank($0, follower.resolution) }.max()
            guard let address = open.first(where: { rank($0, follower.resolution) == best }) else {
                continue
            }
            taken.insert(address)
            shares[index] = address
        }
        return shares
    }

    private static func rank(_ address: IPAddress, _ resolution: ServerResolution) -> Int {
        let isNear = resolution.networks.contains { $0.contains(address) }
        return (isNear ? 2 : 0) + (address.isIPv4 == resolution.prefersIPv4 ? 1 : 0)
    }

    /// The service of each follower, of which `bound` had one each; nil: none is left for it.
    static func services(
        _ answer: [DNSReply.Service], bound: [DNSReply.Service?]
    ) -> [DNSReply.Service?] {
        func place(_ service: DNSReply.Service) -> String { "\(service.target):\(service.port)" }
        // Weights and priorities may change without moving anybody.
        var open = Dictionary(
            answer.map { (place($0), $0) }, uniquingKeysWith: { first, _ in first })
        var shares = bound.map { service in
            service.flatMap { open.removeValue(forKey: place($0)) }
        }
        var rest = answer.filter { open[place($0)] == $0 }[...]
        for index in shares.indices where shares[index] == nil { shares[index] = rest.popFirst() }
        return shares
    }

    /// A record's weight, 0 to 65535, as a server's, 1 to 256.
    static func weight(of service: DNSReply.Service) -> Int { Int(service.weight) / 256 + 1 }
}
