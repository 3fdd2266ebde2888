package import Core

/// What a virtual router asks of a packet before it believes it.
package struct ReceiveRules: Sendable, Equatable {
    package enum Transport: Sendable, Equatable {
        case multicast(group: IPAddress)
        /// `checksSource`: only the peers may speak to us.
        case unicast(peers: [IPAddress], checksSource: Bool)
    }

    package var version: ProtocolVersion
    package var authentication: Authentication
    /// `auth_hmac`
    package var signature: SignatureSettings?
    /// Our own interval: the only one that VRRPv2 allows.
    package var interval: Duration
    /// Longest interval that we learn from a VRRPv3 master.
    package var maximumLearnedInterval: Duration
    package var transport: Transport
    /// `min_ttl`, `max_ttl` of unicast peers; no entry: any.
    package var peerTimeToLive: [IPAddress: ClosedRange<UInt8>] = [:]
    /// Networks of our interface; a multicast source must lie in one of them. Empty: not known, not checked.
    package var onLink: [IPPrefix]
    /// Our own addresses on the interface.
    package var ownAddresses: [IPAddress]

    package init(
        version: ProtocolVersion, authentication: Authentication, interval: Duration,
        maximumLearnedInterval: Duration, transport: Transport, onLink: [IPPrefix] = [],
        ownAddresses: [IPAddress] = []
    ) {
        self.version = version
        self.authentication = authentication
        self.interval = interval
        self.maximumLearnedInterval = maximumLearnedInterval
        self.transport = transport
        self.onLink = onLink
        self.ownAddresses = ownAddresses
    }

    /// The number of the virtual router that a message is for; nil when it is too short to say so.
    package static func virtualRouterID(of message: RawSpan) -> UInt8? {
        message.byteCount >= Advertisement.headerLength ? message.byte(at: 1) : nil
    }

    /// The advertisement in `message`, or why it is refused. The order of the checks is keepalived's, so
    /// that its counters and ours agree; what only we check comes last. `realtime`: nanoseconds since 1970, for
    /// signatures.
    package func accept(
        _ message: RawSpan, _ facts: PacketFacts, realtime: Int64 = 0
    ) throws(Rejection) -> Advertisement {
        let header = try checkHeader(message, facts)
        let sequence = try checkSignature(message, header, facts, realtime)
        let authentication = try checkAuthentication(message, header)
        guard message.byte(at: 0) & 15 == Advertisement.type else {
            throw .type(received: message.byte(at: 0) & 15)
        }
        let interval = try checkInterval(message)
        let form = try checksumForm(message, header, facts)
        try checkPath(facts)
        var heard = Advertisement(
            version: version, virtualRouterID: message.byte(at: 1),
            priority: message.byte(at: 2), interval: interval,
            addresses: addresses(message, header), authentication: authentication,
            checksumForm: form)
        heard.sequence = sequence
        return heard
    }

    // MARK: Checks

    private struct Header {
        let count: Int
        let addressLength: Int
        /// Octets of a password, or of what stands in its place.
        let tail: Int
        var isSigned = false
        /// Where the addresses end.
        var end: Int { Advertisement.headerLength + count * addressLength }
    }

    private func checkHeader(
        _ message: RawSpan, _ facts: PacketFacts
    ) throws(Rejection) -> Header {
        let received = message.byteCount
        guard received >= Advertisement.headerLength else {
            throw .length(received: received, expected: Advertisement.headerLength)
        }
        // The version decides about the length, so a foreign one must not be called a wrong length.
        let receivedVersion = message.byte(at: 0) >> 4
        let tail =
            receivedVersion == ProtocolVersion.v2.rawValue ? Advertisement.authenticationLength : 0
        var header = Header(
            count: Int(message.byte(at: 3)), addressLength: facts.source.isIPv4 ? 4 : 16,
            tail: tail)
        // Whoever does not know of signatures must not take one for anything else.
        header.isSigned =
            signature != nil && received == header.end + tail + SignatureTrailer.length
        guard header.isSigned || received == header.end + tail, facts.messageLength == received
        else {
            throw .length(received: received, expected: header.end + tail)
        }
        let allowed = allowedTimeToLive(facts.source)
        guard allowed.contains(facts.timeToLive) else {
            throw .timeToLive(received: facts.timeToLive, allowed: allowed)
        }
        guard receivedVersion == version.rawValue else {
            throw .version(received: receivedVersion)
        }
        return header
    }

    /// Unicast may cross routers, as many as the peer's line allows.
    private func allowedTimeToLive(_ source: IPAddress) -> ClosedRange<UInt8> {
        switch transport {
        case .multicast: Advertisement.timeToLive...Advertisement.timeToLive
        case .unicast: peerTimeToLive[source] ?? 0...UInt8.max
        }
    }

    /// The number of a signed packet; nil where none is asked for and there is none. Whether the number is new, who keeps
    /// the marks must say.
    private func checkSignature(
        _ message: RawSpan, _ header: Header, _ facts: PacketFacts, _ realtime: Int64
    ) throws(Rejection) -> UInt64? {
        guard let signature else { return nil }
        guard header.isSigned else {
            if signature.mode == .enforce { throw .unsigned }
            return nil
        }
        let claim = SignatureTrailer.Claim(message)
        guard claim.kind == SignatureTrailer.kind, claim.reserved == 0 else {
            throw .malformedSignature
        }
        guard let key = signature.keys[claim.keyNumber] else {
            throw .unknownKey(number: claim.keyNumber)
        }
        // Before the signature: a flood of old packets costs nothing.
        if let window = signature.window {
            let age = SignatureTrailer.age(
                claim.sequence, SignatureSequence.number(at: realtime))
            guard abs(age) <= window else { throw .staleSignature(seconds: age, window: window) }
        }
        guard SignatureTrailer.isGenuine(message, from: facts.source, version: version, key)
        else { throw .wrongSignature }
        return claim.sequence
    }

    private func checkAuthentication(
        _ message: RawSpan, _ header: Header
    ) throws(Rejection) -> Authentication {
        guard version == .v2 else { return .none }
        let type = message.byte(at: 4)
        guard Authentication.knownWireTypes.contains(type) else {
            throw .unknownAuthentication(received: type)
        }
        guard type == authentication.wireType else {
            throw .authenticationMismatch(received: type)
        }
        guard case .password = authentication else { return .none }
        let high = UInt64(message.networkUInt32(at: header.end))
        let low = UInt64(message.networkUInt32(at: header.end + 4))
        let received = Authentication.password(Password(wire: high << 32 | low))
        guard received == authentication else { throw .wrongPassword }
        return received
    }

    private func checkInterval(_ message: RawSpan) throws(Rejection) -> Duration {
        switch version {
        case .v2:
            let seconds = message.byte(at: 5)
            guard seconds != 0 else { throw .zeroInterval }
            guard Duration.seconds(Int64(seconds)) == interval else {
                throw .interval(receivedSeconds: seconds)
            }
            return interval
        case .v3:
            let centiseconds = Int64(message.networkUInt16(at: 4) & 0xfff)
            guard centiseconds != 0 else { throw .zeroInterval }
            let received = Duration.milliseconds(centiseconds * 10)
            guard received <= maximumLearnedInterval else {
                throw .learnedIntervalTooLong(received: received, limit: maximumLearnedInterval)
            }
            return received
        }
    }

    private func checksumForm(
        _ whole: RawSpan, _ header: Header, _ facts: PacketFacts
    ) throws(Rejection) -> ChecksumForm {
        // Over IPv6 the sum is the kernel's, which counts a signature; over IPv4 it was made before that.
        let message =
            header.isSigned && facts.source.isIPv4
            ? whole.extracting(first: header.end + header.tail) : whole
        var plain = InternetChecksum()
        plain.add(message)
        var full = plain
        full.addPseudoHeader(
            from: facts.source, to: facts.destination, length: message.byteCount)
        // No security lies in the checksum, so both forms are believed where documents disagree.
        let mayBePlain = facts.source.isIPv4
        let mayBeFull = version == .v3
        if mayBeFull && full.value == 0 { return .pseudoHeader }
        if mayBePlain && plain.value == 0 { return .messageOnly }
        throw .checksum
    }

    private func checkPath(_ facts: PacketFacts) throws(Rejection) {
        guard !facts.source.isImpossibleSource else { throw .impossibleSource }
        guard !ownAddresses.contains(facts.source) else { throw .ownSource }
        switch transport {
        case .multicast(let group):
            guard facts.destination == group else { throw .destination(facts.destination) }
            guard onLink.isEmpty || onLink.contains(where: { $0.contains(facts.source) }) else {
                throw .offLinkSource
            }
        case .unicast(let peers, let checksSource):
            guard !facts.destination.isMulticast else { throw .destination(facts.destination) }
            guard !checksSource || peers.contains(facts.source) else { throw .unknownPeer }
        }
    }

    private func addresses(_ message: RawSpan, _ header: Header) -> [IPAddress] {
        (0..<header.count).map { index in
            let start = Advertisement.headerLength + index * header.addressLength
            if header.addressLength == 4 {
                return .v4(IPv4Address(rawValue: message.networkUInt32(at: start)))
            }
            return .v6(message.ipv6Address(at: start))
        }
    }
}

extension IPAddress {
    var isMulticast: Bool {
        switch self {
        case .v4(let address): address.isMulticast
        case .v6(let address): address.isMulticast
        }
    }

    /// No host on a link speaks from such an address.
    var isImpossibleSource: Bool {
        switch self {
        case .v4(let address):
            address.isMulticast || address.isLoopback || address.rawValue >> 24 == 0
                || address.rawValue == .max
        case .v6(let address): address.isMulticast || address.isLoopback || address == .any
        }
    }
}
