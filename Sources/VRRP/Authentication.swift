/// Eight octets that VRRPv2 sends in clear text (type PASS). They protect against mistakes, not attackers.
package struct Password: Sendable, Equatable, CustomStringConvertible {
    /// Longest password on the wire; keepalived cuts longer ones, too.
    package static let length = 8

    /// The octets, the first one highest; one word, so that comparing takes the same time for every guess.
    private let word: UInt64

    /// Shorter text is padded with zeroes, longer text is cut.
    package init(_ text: String) { self.init(octets: Array(text.utf8)) }

    /// The same for octets that need not be text.
    package init(octets: [UInt8]) {
        var word: UInt64 = 0
        var octets = octets.makeIterator()
        for _ in 0..<Password.length { word = word << 8 | UInt64(octets.next() ?? 0) }
        self.word = word
    }

    init(wire: UInt64) { word = wire }

    var octets: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * (7 - $0))) }
    }

    /// Never the password: values like this end up in logs.
    package var description: String { "********" }
}

/// What a VRRPv2 packet carries to prove where it comes from.
package enum Authentication: Sendable, Equatable {
    case none
    case password(Password)

    /// The number in the packet (RFC 2338 section 5.3.6).
    var wireType: UInt8 {
        switch self {
        case .none: 0
        case .password: 1
        }
    }

    /// Types that packets may name: 2 is IPsec AH, which nobody should use any more.
    static let knownWireTypes: ClosedRange<UInt8> = 0...2
}
