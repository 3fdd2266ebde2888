public import Core

/// Version 2: a binary head, addresses, and type-length-value triples.
extension ProxyHeader {
    static let signature: StaticString = "\r\n\r\n\0\r\nQUIT\n"
    /// Signature, version and command, family and protocol, length of the rest.
    static let fixedBytes = 16

    private enum Family {
        static let tcpOverIPv4: UInt8 = 0x11
        static let tcpOverIPv6: UInt8 = 0x21
    }
    private enum Command {
        static let local: UInt8 = 0x20
        static let proxy: UInt8 = 0x21
    }
    /// Bytes of two addresses and two ports, by the upper half of the family.
    private static func addressBytes(_ family: UInt8) -> Int? {
        switch family {
        case 0x00: 0
        case 0x11, 0x12: 12
        case 0x21, 0x22: 36
        case 0x31, 0x32: 216
        default: nil
        }
    }

    static func parseBinary(_ bytes: RawSpan) -> Outcome {
        switch matches(bytes, signature) {
        case nil: return .notAHeader
        case false?: return .needsMore
        case true?: break
        }
        guard bytes.byteCount >= fixedBytes else { return .needsMore }
        let command = bytes.byte(at: 12)
        let family = bytes.byte(at: 13)
        guard command == Command.local || command == Command.proxy,
            let needed = addressBytes(family)
        else { return .malformed }
        let length = Int(bytes.networkUInt16(at: 14))
        let total = fixedBytes + length
        guard total <= byteLimit, length >= needed || command == Command.local else {
            return .malformed
        }
        guard bytes.byteCount >= total else { return .needsMore }
        let header = bytes.extracting(first: total)
        if command == Command.local {
            return .complete(ProxyHeader(ends: nil), byteCount: total)
        }
        guard checkValues(header, from: fixedBytes + needed) else { return .malformed }
        return .complete(ProxyHeader(ends: ends(of: header, family)), byteCount: total)
    }

    private static func ends(of header: RawSpan, _ family: UInt8) -> Ends? {
        func four(at offset: Int) -> IPAddress {
            .v4(IPv4Address(rawValue: header.networkUInt32(at: offset)))
        }
        func six(at offset: Int) -> IPAddress {
            .v6(
                IPv6Address(
                    high: UInt64(bigEndian: header.word(at: offset)),
                    low: UInt64(bigEndian: header.word(at: offset + 8))))
        }
        switch family {
        case Family.tcpOverIPv4:
            return Ends(
                source: PeerAddress(ip: four(at: 16), port: header.networkUInt16(at: 24)),
                destination: PeerAddress(ip: four(at: 20), port: header.networkUInt16(at: 26)))
        case Family.tcpOverIPv6:
            return Ends(
                source: PeerAddress(ip: six(at: 16), port: header.networkUInt16(at: 48)),
                destination: PeerAddress(ip: six(at: 32), port: header.networkUInt16(at: 50)))
        default: return nil
        }
    }

    // MARK: Values behind the addresses

    private static let checksumType: UInt8 = 0x03

    /// Whether the triples fill the header exactly, and its checksum is right where it has one.
    private static func checkValues(_ header: RawSpan, from start: Int) -> Bool {
        var at = start
        while at < header.byteCount {
            guard at + 3 <= header.byteCount else { return false }
            let length = Int(header.networkUInt16(at: at + 1))
            guard at + 3 + length <= header.byteCount else { return false }
            if header.byte(at: at) == checksumType {
                guard length == 4,
                    checksum(header, without: at + 3..<at + 7)
                        == header.networkUInt32(at: at + 3)
                else { return false }
            }
            at += 3 + length
        }
        return true
    }

    /// Where the first value of a type lies in a whole header that was parsed; nil: it has none. One of LOCAL, which
    /// speaks for nobody, has none either.
    public static func value(of type: UInt8, in header: RawSpan) -> Range<Int>? {
        guard header.byteCount > fixedBytes, matches(header, signature) == true,
            header.byte(at: 12) == Command.proxy, let addresses = addressBytes(header.byte(at: 13))
        else { return nil }
        var at = fixedBytes + addresses
        while at + 3 <= header.byteCount {
            let value = at + 3..<at + 3 + Int(header.networkUInt16(at: at + 1))
            guard value.upperBound <= header.byteCount else { return nil }
            if header.byte(at: at) == type { return value }
            at = value.upperBound
        }
        return nil
    }

    /// CRC-32C of the header with the bytes of the checksum itself taken for 0 (RFC 4960, appendix B).
    static func checksum(_ header: RawSpan, without hole: Range<Int>) -> UInt32 {
        var value = UInt32.max
        for index in 0..<header.byteCount {
            value ^= hole.contains(index) ? 0 : UInt32(header.byte(at: index))
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
        }
        return ~value
    }

    // MARK: Writing

    /// Most bytes that either form writes.
    public static let writtenLimit = 1024
    /// Bytes of a common name that is told: a longer one is left out, because part of a name is another name. Names are
    /// 64 characters at most (RFC 5280, appendix A.1).
    public static let commonNameLimit = 512

    /// What is said of a client's TLS behind the addresses (PROXY protocol, section 2.2.6).
    public struct Security: Sendable {
        public var isOn = false
        /// A certificate was shown on this connection.
        public var hasShownCertificate = false
        /// One was shown when the session began.
        public var hasCertificate = false
        /// 0: it was verified, or nobody asked for one.
        public var verifyResult: UInt32 = 0
        public var version: [UInt8] = []
        /// nil: not told.
        public var commonName: [UInt8]?

        public init() {}

        fileprivate var bytes: [UInt8] {
            var flags: UInt8 = isOn ? 1 : 0
            if hasShownCertificate { flags |= 2 }
            if hasCertificate { flags |= 4 }
            var value =
                [flags] + (0..<4).map { UInt8(truncatingIfNeeded: verifyResult >> (24 - 8 * $0)) }
            if isOn { value += Security.triple(0x21, version) }
            if isOn, let commonName, !commonName.isEmpty,
                commonName.count <= ProxyHeader.commonNameLimit
            {
                value += Security.triple(0x22, commonName)
            }
            return Security.triple(0x20, value)
        }

        private static func triple(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
            let (high, low) = (value.count >> 8, value.count)
            return [type, UInt8(truncatingIfNeeded: high), UInt8(truncatingIfNeeded: low)] + value
        }
    }

    /// Appends the line of version 1.
    public func writeText(into buffer: inout Buffer) {
        guard let ends, let from = ends.source.ip, let to = ends.destination.ip else {
            buffer.append("PROXY UNKNOWN\r\n")
            return
        }
        switch (from, to) {
        case (.v4, .v4): buffer.append("PROXY TCP4 ")
        case (.v6, .v6): buffer.append("PROXY TCP6 ")
        case (.v4, .v6), (.v6, .v4):
            buffer.append("PROXY UNKNOWN\r\n")
            return
        }
        buffer.append(from)
        buffer.append(" ")
        buffer.append(to)
        buffer.append(" ")
        buffer.append(decimal: Int(ends.source.port))
        buffer.append(" ")
        buffer.append(decimal: Int(ends.destination.port))
        buffer.append("\r\n")
    }

    /// Appends the bytes of version 2. `isLocal`: the connection is about nobody's but our own, for instance a check.
    public func writeBinary(
        isLocal: Bool = false, security: Security? = nil, into buffer: inout Buffer
    ) {
        let more = security?.bytes ?? []
        buffer.append(ProxyHeader.signature)
        buffer.append(isLocal ? Command.local : Command.proxy)
        guard let ends, let from = ends.source.ip, let to = ends.destination.ip, !isLocal else {
            buffer.append(contentsOf: [0, 0, 0])
            return
        }
        var octets: [UInt8]
        if case .v4(let from) = from, case .v4(let to) = to {
            buffer.append(contentsOf: [Family.tcpOverIPv4] + ProxyHeader.length(12 + more.count))
            octets = from.octets + to.octets
        } else {
            // One IPv6 address makes both IPv6: the other becomes ::ffff:a.b.c.d.
            buffer.append(contentsOf: [Family.tcpOverIPv6] + ProxyHeader.length(36 + more.count))
            octets = ProxyHeader.sixteen(from) + ProxyHeader.sixteen(to)
        }
        for port in [ends.source.port, ends.destination.port] {
            octets += [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)]
        }
        buffer.append(contentsOf: octets + more)
    }

    private static func length(_ count: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
    }

    private static func sixteen(_ address: IPAddress) -> [UInt8] {
        switch address {
        case .v6(let address): address.octets
        case .v4(let address): [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + address.octets
        }
    }
}
