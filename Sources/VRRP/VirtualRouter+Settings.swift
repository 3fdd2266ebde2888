package import Core

extension VirtualRouter {
    /// What the configuration says about one virtual router, as far as the protocol cares.
    package struct Settings: Sendable, Equatable {
        package var name: String
        package var version: ProtocolVersion
        package var virtualRouterID: UInt8
        /// Before tracking.
        package var priority: UInt8
        package var advertisementInterval: Duration
        /// Advertisements that may be missed: 3 in the RFC, `down_timer_adverts` in keepalived.
        package var downTimerAdvertisements = 3
        package var preempts = true
        /// How long a lower master is left alone after it was first heard.
        package var preemptDelay = Duration.zero
        /// The advertised addresses, in their order.
        package var addresses: [IPAddress]
        package var announcements = AnnouncementSettings()
        /// Whether a master answers lower advertisements at once (RFC 9568 section 6.4.3).
        package var answersLowerPriority = true
        /// Whether lists of addresses that differ are told; `skip_check_adv_addr` is silent.
        package var comparesAddresses = true
        /// Whether a master that yields advertises once more, so that the winner announces again.
        package var advertisesBeforeYielding = true
        /// `owner_ignore_adverts`: priority 255 never yields, not even to another router with 255.
        package var ownerIgnoresRivals = false
        /// Whether priority 0 of the master ends its time at once: with one peer there is nobody to race with,
        /// and the skew would only be an outage.
        package var takesOverAtOnce = false

        package init(
            name: String, version: ProtocolVersion = .v2, virtualRouterID: UInt8,
            priority: UInt8 = 100, advertisementInterval: Duration = .seconds(1),
            addresses: [IPAddress]
        ) {
            self.name = name
            self.version = version
            self.virtualRouterID = virtualRouterID
            self.priority = priority
            self.advertisementInterval = advertisementInterval
            self.addresses = addresses
        }

        /// RFC 9568 section 6.1; RFC 3768 has a skew that does not depend on the interval.
        package func skewTime(priority: UInt8, masterInterval: Duration) -> Duration {
            let unit = version == .v2 ? Duration.seconds(1) : masterInterval
            return unit * (256 - Int(priority)) / 256
        }

        /// How long a backup believes in a master that it does not hear.
        package func masterDownTime(priority: UInt8, masterInterval: Duration) -> Duration {
            masterInterval * downTimerAdvertisements
                + skewTime(priority: priority, masterInterval: masterInterval)
        }
    }
}

/// When and how often a master tells the link where its addresses are: keepalived's `garp_*`.
package struct AnnouncementSettings: Sendable, Equatable {
    /// A second round this long after the first one; zero: none.
    package var delay = Duration.seconds(5)
    /// Announcements of each address in a round.
    package var rounds = 5
    /// Again and again; zero: never.
    package var refresh = Duration.zero
    package var refreshRounds = 1
    /// The same for a master that heard a rival; rounds 0: never.
    package var lowerPriorityDelay = Duration.seconds(5)
    package var lowerPriorityRounds = 5

    package init() {}
}
