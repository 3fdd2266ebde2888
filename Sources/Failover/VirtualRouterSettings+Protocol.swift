package import Configuration
internal import Core
package import VRRP

/// From the configuration's words to the protocol's.
extension VirtualRouterSettings {
    package var protocolVersion: ProtocolVersion { version == .v2 ? .v2 : .v3 }

    package var protocolSettings: VirtualRouter.Settings {
        var settings = VirtualRouter.Settings(
            name: name, version: protocolVersion, virtualRouterID: virtualRouterID,
            priority: priority, advertisementInterval: advertisementInterval,
            addresses: addresses.map(\.prefix.address).filter { $0.isIPv4 == isIPv4 })
        settings.downTimerAdvertisements = downTimerAdvertisements
        settings.preempts = preempts
        settings.preemptDelay = preemptDelay
        settings.ownerIgnoresRivals = ownerIgnoresAdvertisements || isStrict
        settings.comparesAddresses = !skipsAddressListCheck
        settings.takesOverAtOnce = handsOverFast ?? (unicastPeers.count == 1)
        settings.answersLowerPriority = !lowerPriorityNoAdvertisement && !isStrict
        settings.advertisesBeforeYielding = higherPrioritySendAdvertisement && !isStrict
        settings.announcements.delay = garp.masterDelay
        settings.announcements.rounds = garp.masterRepeat
        settings.announcements.refresh = garp.masterRefresh
        settings.announcements.refreshRounds = garp.masterRefreshRepeat
        settings.announcements.lowerPriorityDelay = garp.lowerPriorityDelay ?? garp.masterDelay
        settings.announcements.lowerPriorityRounds =
            isStrict ? 0 : garp.lowerPriorityRepeat ?? garp.masterRepeat
        return settings
    }

    package var authentication: Authentication {
        guard version == .v2, let password else { return .none }
        return .password(Password(octets: password.bytes))
    }

    /// What is asked of packets; the networks and addresses of the interface are filled in later.
    package func receiveRules(maximumLearned: Duration?) -> ReceiveRules {
        var rules = ReceiveRules(
            version: protocolVersion, authentication: authentication,
            interval: advertisementInterval,
            maximumLearnedInterval: maximumLearned ?? max(advertisementInterval * 10, .seconds(1)),
            transport: unicastPeers.isEmpty
                ? .multicast(group: multicastGroup)
                : .unicast(peers: unicastPeers, checksSource: true))
        rules.peerTimeToLive = unicastPeerTimeToLive
        rules.signature = signature
        return rules
    }

    /// What makes two settings the same router on the wire: without a difference in here a reload keeps the state.
    func isSameRouter(as other: VirtualRouterSettings) -> Bool {
        name == other.name && interface == other.interface && version == other.version
            && virtualRouterID == other.virtualRouterID && isIPv4 == other.isIPv4
            && unicastPeers.isEmpty == other.unicastPeers.isEmpty
            && multicastGroup == other.multicastGroup && virtualMAC == other.virtualMAC
    }
}
