/// What a name server is asked (RFC 1035, section 4.1.2).
package struct DNSQuestion: Hashable, Sendable {
    /// Kinds of records, with their numbers in messages.
    package enum Kind: UInt16, Sendable {
        /// RFC 1035
        case ipv4 = 1
        /// RFC 3596
        case ipv6 = 28
        /// RFC 2782
        case service = 33
    }

    package let name: DNSName
    package let kind: Kind

    package init(_ name: DNSName, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The whole message. `payloadBytes`: how long a datagram may be that answers it (EDNS, RFC 6891, section 6.1.2).
    package func message(id: UInt16, payloadBytes: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: UInt16) {
            bytes.append(UInt8(value >> 8))
            bytes.append(UInt8(value & 0xff))
        }
        append(id)
        append(0x0100)  // Recursion desired.
        append(1)  // Questions.
        append(0)
        append(0)
        append(1)  // Additional records: the one of EDNS.
        bytes += name.wire
        append(kind.rawValue)
        append(DNSMessage.internet)
        bytes.append(0)
        append(DNSMessage.extensionRecord)
        append(UInt16(clamping: payloadBytes))
        bytes += [0, 0, 0, 0, 0, 0]
        return bytes
    }
}

/// Numbers of the protocol.
enum DNSMessage {
    /// The class of all records that matter here.
    static let internet: UInt16 = 1
    static let aliasRecord: UInt16 = 5
    static let extensionRecord: UInt16 = 41
    static let headerBytes = 12
}
