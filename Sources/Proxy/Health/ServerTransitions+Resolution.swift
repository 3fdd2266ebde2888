internal import Configuration
internal import Core
internal import Logging

/// What the lookups of a server's name do to it.
extension ServerTransitions {
    /// The name leads to this address. `source`: the name server that said so.
    func resolved(
        _ address: SocketAddress, weight: Int?, source: String, _ place: Place, _ work: inout Work
    ) {
        let before = place.state.withMutable { mutable in
            defer { mutable.address = address }
            return mutable.address
        }
        if before != address {
            touch(place, &work)
            if before?.ip != address.ip {
                let old = before?.ip.map { "\($0)" } ?? "(none)"
                let new = address.ip.map { "\($0)" } ?? "\(address)"
                work.effects.say(
                    .notice, "\(place.name) changed its IP from \(old) to \(new) by \(source).",
                    proxy: place.proxy.settings.name)
            }
        }
        if let weight, place.state.weight != weight { setWeight(weight, place, &work) }
        guard place.state.administration.contains(.resolutionMaintenance) else { return }
        removeMaintenance(
            .resolutionMaintenance, title: "\(place.title) ('\(place.settings.hostName ?? "")')",
            because: "resolves again", place, &work)
        work.effects.say(
            .notice, "\(place.title) administratively READY thanks to valid DNS answer.",
            proxy: place.proxy.settings.name)
    }

    /// The name leads nowhere: nobody can be sent there.
    func unresolved(_ reason: String, _ place: Place, _ work: inout Work) {
        addMaintenance(.resolutionMaintenance, via: nil, cause: reason, place, &work)
    }
}
