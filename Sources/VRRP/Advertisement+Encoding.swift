package import Core

/// From value to wire: RFC 3768 section 5.1, RFC 9568 section 5.1.
extension Advertisement {
    /// The VRRP message with its checksum, without the IP header. Addresses of the other family and
    /// what does not fit the count are left out; an interval out of range is cut to the range.
    /// With `signature` it is signed under the number that `sequence` holds.
    package func encoded(
        from source: IPAddress, to destination: IPAddress, signature: SignatureSettings? = nil
    ) -> [UInt8] {
        let sent = addresses.filter { $0.isIPv4 == source.isIPv4 }
            .prefix(Advertisement.maximumAddresses)
        var bytes: [UInt8] = [
            version.rawValue << 4 | Advertisement.type, virtualRouterID, priority,
            UInt8(truncatingIfNeeded: sent.count),
        ]
        switch version {
        case .v2:
            let seconds = min(max(interval, .seconds(1)), Advertisement.maximumIntervalV2)
            bytes += [authentication.wireType, UInt8(clamping: seconds.milliseconds / 1000)]
        case .v3:
            let time = min(max(interval, .milliseconds(10)), Advertisement.maximumIntervalV3)
            bytes += UInt16(clamping: time.milliseconds / 10).networkOctets
        }
        bytes += [0, 0]
        for address in sent { bytes += address.octets }
        if version == .v2 {
            switch authentication {
            case .none: bytes += [UInt8](repeating: 0, count: Advertisement.authenticationLength)
            case .password(let password): bytes += password.octets
            }
        }
        let key = sequence == nil ? nil : signature?.signer
        if !source.isIPv4 { bytes = signed(bytes, key, signature, from: source) }
        let withPseudoHeader =
            version == .v3 && (!source.isIPv4 || checksumForm == .pseudoHeader)
        var checksum = InternetChecksum()
        checksum.add(octets: bytes)
        if withPseudoHeader {
            checksum.addPseudoHeader(from: source, to: destination, length: bytes.count)
        }
        bytes.replaceSubrange(6..<8, with: checksum.value.networkOctets)
        // The order of keepalived: over IPv4 the sum does not count the signature.
        return source.isIPv4 ? signed(bytes, key, signature, from: source) : bytes
    }

    private func signed(
        _ message: [UInt8], _ key: SignatureSettings.Key?, _ signature: SignatureSettings?,
        from source: IPAddress
    ) -> [UInt8] {
        guard let key, let signature, let sequence else { return message }
        return SignatureTrailer.sign(
            message, from: source, version: version, key, number: signature.activeKey,
            sequence: sequence)
    }

    /// The whole packet, as a socket wants it that leaves the IP header to us; nil when the two addresses are
    /// of different families.
    package func packet(
        from source: IPAddress, to destination: IPAddress,
        timeToLive: UInt8 = Advertisement.timeToLive, signature: SignatureSettings? = nil
    ) -> [UInt8]? {
        switch (source, destination) {
        case (.v4(let source), .v4(let destination)):
            return packet(
                from: source, to: destination, timeToLive: timeToLive, signature: signature)
        case (.v6(let from), .v6(let to)):
            let message = encoded(from: source, to: destination, signature: signature)
            return IPv6Header(
                source: from, destination: to, hopLimit: timeToLive,
                nextHeader: Advertisement.protocolNumber, payloadLength: message.count
            ).encoded() + message
        default: return nil
        }
    }

    /// The whole IPv4 packet, as a socket with IP_HDRINCL wants it.
    package func packet(
        from source: IPv4Address, to destination: IPv4Address,
        timeToLive: UInt8 = Advertisement.timeToLive, signature: SignatureSettings? = nil
    ) -> [UInt8] {
        let message = encoded(
            from: .v4(source), to: .v4(destination), signature: signature)
        let header = IPv4Header(
            source: source, destination: destination, timeToLive: timeToLive,
            protocolNumber: Advertisement.protocolNumber, payloadLength: message.count)
        return header.encoded() + message
    }
}

extension InternetChecksum {
    /// RFC 768 for IPv4, RFC 8200 section 8.1 for IPv6; both come to the same sum of words.
    mutating func addPseudoHeader(
        from source: IPAddress, to destination: IPAddress, length: Int,
        protocolNumber: UInt8 = Advertisement.protocolNumber
    ) {
        add(octets: source.octets + destination.octets)
        add(UInt16(protocolNumber))
        add(UInt16(clamping: length))
    }

    /// Adds bytes as pairs; an odd last one counts as the high half.
    mutating func add(octets: [UInt8]) {
        var index = 0
        while index < octets.count {
            let low = index + 1 < octets.count ? octets[index + 1] : 0
            add(UInt16(octets[index]) << 8 | UInt16(low))
            index += 2
        }
    }
}

extension UInt16 {
    var networkOctets: [UInt8] { [UInt8(self >> 8), UInt8(truncatingIfNeeded: self)] }
}
