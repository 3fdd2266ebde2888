public import Core

/// The header of the PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): who is at the ends of a
/// connection that somebody passes on.
public struct ProxyHeader: Hashable, Sendable, BitwiseCopyable {
    /// The ends of the connection that was accepted for the client; nil where they are those of this connection, or of
    /// a kind that is neither TCP over IPv4 nor over IPv6.
    public struct Ends: Hashable, Sendable, BitwiseCopyable {
        public let source: PeerAddress
        public let destination: PeerAddress

        public init(source: PeerAddress, destination: PeerAddress) {
            self.source = source
            self.destination = destination
        }
    }

    public let ends: Ends?

    public init(ends: Ends?) { self.ends = ends }

    /// What some first bytes of a connection are.
    public enum Outcome: Hashable, Sendable, BitwiseCopyable {
        /// A header of so many bytes.
        case complete(ProxyHeader, byteCount: Int)
        /// The beginning of one.
        case needsMore
        /// Not the beginning of any header.
        case notAHeader
        /// A header that contradicts itself.
        case malformed
    }

    /// Most bytes of a header that is looked at; version 1 has 107.
    public static let byteLimit = 4096
    static let textLimit = 107

    /// Reads the header at the start of a connection.
    public static func parse(_ bytes: RawSpan) -> Outcome {
        guard bytes.byteCount > 0 else { return .needsMore }
        return bytes.byte(at: 0) == UInt8(ascii: "P") ? parseText(bytes) : parseBinary(bytes)
    }

    /// How much of a fixed beginning is there; nil: something else is.
    static func matches(_ bytes: RawSpan, _ beginning: StaticString) -> Bool? {
        let count = beginning.utf8CodeUnitCount
        let there = min(bytes.byteCount, count)
        let isEqual = beginning.withUTF8Buffer { wanted in
            for index in 0..<there where bytes.byte(at: index) != (unsafe wanted[index]) {
                return false
            }
            return true
        }
        return isEqual ? there == count : nil
    }

    // MARK: Version 1: a line of text

    private static func parseText(_ bytes: RawSpan) -> Outcome {
        switch matches(bytes, "PROXY ") {
        case nil: return .notAHeader
        case false?: return .needsMore
        case true?: break
        }
        let looked = min(bytes.byteCount, textLimit)
        var end = 6
        while end < looked, bytes.byte(at: end) != 0x0d { end += 1 }
        guard end + 1 < looked else {
            return bytes.byteCount >= textLimit ? .malformed : .needsMore
        }
        guard bytes.byte(at: end + 1) == 0x0a else { return .malformed }
        let words = bytes.extracting(6..<end).text().split(
            separator: " ", omittingEmptySubsequences: false)
        if words.first == "UNKNOWN" { return .complete(ProxyHeader(ends: nil), byteCount: end + 2) }
        guard words.count == 5, let source = address(words[1], words[0]),
            let destination = address(words[2], words[0]), let sourcePort = port(words[3]),
            let destinationPort = port(words[4])
        else { return .malformed }
        let ends = Ends(
            source: PeerAddress(ip: source, port: sourcePort),
            destination: PeerAddress(ip: destination, port: destinationPort))
        return .complete(ProxyHeader(ends: ends), byteCount: end + 2)
    }

    private static func address(_ text: Substring, _ family: Substring) -> IPAddress? {
        switch family {
        case "TCP4":
            let hasLeadingZero = text.split(separator: ".").contains {
                $0.count > 1 && $0.first == "0"
            }
            return hasLeadingZero ? nil : IPv4Address(text).map { .v4($0) }
        case "TCP6": return IPv6Address(text).map { .v6($0) }
        default: return nil
        }
    }

    private static func port(_ text: Substring) -> UInt16? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            text == "0" || text.first != "0"
        else { return nil }
        return UInt16(text)
    }
}
