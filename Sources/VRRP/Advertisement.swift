package import Core

/// One VRRP advertisement, free of its wire form.
package struct Advertisement: Sendable, Equatable {
    package var version: ProtocolVersion
    /// The number that routers of one group share on a link, 1 to 255.
    package var virtualRouterID: UInt8
    /// 255 is the owner of the addresses; 0 says that the master gives up.
    package var priority: UInt8
    /// Time between two advertisements of the sender.
    package var interval: Duration
    /// The virtual addresses, all of the family that carries the packet.
    package var addresses: [IPAddress]
    package var authentication: Authentication
    /// Form of the checksum that the packet had, or is to get.
    package var checksumForm: ChecksumForm
    /// The number that a signed one had (`auth_hmac`).
    package var sequence: UInt64?

    package init(
        version: ProtocolVersion, virtualRouterID: UInt8, priority: UInt8, interval: Duration,
        addresses: [IPAddress], authentication: Authentication = .none,
        checksumForm: ChecksumForm = .pseudoHeader
    ) {
        self.version = version
        self.virtualRouterID = virtualRouterID
        self.priority = priority
        self.interval = interval
        self.addresses = addresses
        self.authentication = authentication
        self.checksumForm = checksumForm
    }

    /// IP protocol number of VRRP.
    package static let protocolNumber: UInt8 = 112
    /// TTL or hop limit of every multicast advertisement; a router on the way would have lowered it.
    package static let timeToLive: UInt8 = 255
    /// 224.0.0.18
    package static let ipv4Group = IPv4Address(rawValue: 0xe000_0012)
    /// ff02::12
    package static let ipv6Group = IPv6Address(high: 0xff02_0000_0000_0000, low: 0x12)
    /// The count is one octet.
    package static let maximumAddresses = 255
    /// Twelve bits of centiseconds.
    package static let maximumIntervalV3 = Duration.milliseconds(40_950)
    /// One octet of seconds.
    package static let maximumIntervalV2 = Duration.seconds(255)
    /// Octets before the addresses.
    static let headerLength = 8
    /// Octets behind the addresses in version 2, there even without authentication.
    static let authenticationLength = 8
    /// Low half of the first octet; the only type there is.
    static let type: UInt8 = 1
}

/// What the IP layer says about a packet.
package struct PacketFacts: Sendable, Equatable {
    package var source: IPAddress
    package var destination: IPAddress
    /// TTL or hop limit as received.
    package var timeToLive: UInt8
    /// Octets of VRRP that the IP header promises.
    package var messageLength: Int

    package init(
        source: IPAddress, destination: IPAddress, timeToLive: UInt8, messageLength: Int
    ) {
        self.source = source
        self.destination = destination
        self.timeToLive = timeToLive
        self.messageLength = messageLength
    }
}
