package import Core

/// `auth_hmac`: every router of a group signs its advertisements with a key that they share
/// (draft-cassen-vrrp-auth-hmac; keepalived 2.4).
package struct SignatureSettings: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Only signed advertisements are believed.
        case enforce
        /// Signs, and believes advertisements without a signature, too.
        case permissive
        /// Signs nothing, and checks only what is signed.
        case receiveOnly = "receive-only"
    }

    /// Key material by number, 1 to 255.
    package var keys: [UInt8: Key] = [:]
    /// The key that we sign with.
    package var activeKey: UInt8 = 0
    package var mode = Mode.enforce
    /// Seconds by which a sender's clock may differ from ours; nil: `anti_replay monotonic`, any.
    package var window: Int64?

    package init() {}

    /// Octets of a key.
    package static let keyLengths = 32...64
    package static let windows: ClosedRange<Int64> = 1...300

    /// HMAC-SHA256 (RFC 2104): 32 octets for a message and a key. This module has no cryptography of its own.
    package typealias Code = @Sendable (_ message: [UInt8], _ key: [UInt8]) -> [UInt8]

    /// Never printed.
    package struct Key: Sendable, Equatable, CustomStringConvertible {
        package let bytes: [UInt8]
        private let code: Code

        package init(_ bytes: [UInt8], code: @escaping Code) {
            self.bytes = bytes
            self.code = code
        }

        func authenticate(_ message: [UInt8]) -> [UInt8] { code(message, bytes) }

        package static func == (first: Key, second: Key) -> Bool { first.bytes == second.bytes }
        package var description: String { "********" }
    }

    /// What our own advertisements are signed with; nil: they are not.
    package var signer: Key? { mode == .receiveOnly ? nil : keys[activeKey] }

    /// How far ahead of the clock packets are numbered that are held ready for when we do not speak: above all that is
    /// sent until a hang is noticed, and half of what peers bear at most.
    package var lead: Duration {
        min(.seconds(3), window.map { .milliseconds($0 * 500) } ?? .seconds(3))
    }

    /// After this time they get new numbers.
    package var renewal: Duration { .milliseconds(lead.milliseconds / 3) }
}

/// The 28 octets behind a signed advertisement: kind, number of the key, two of zero, the sequence of 8 (seconds since
/// 1970, a fraction of 2^-16 s, a counter), and half of an HMAC-SHA256.
package enum SignatureTrailer {
    package static let length = 28
    static let macLength = 16
    /// The only kind there is.
    static let kind: UInt8 = 1

    /// The message with its trailer. Its checksum counts as zero, and so need not be known yet.
    static func sign(
        _ message: [UInt8], from source: IPAddress, version: ProtocolVersion,
        _ key: SignatureSettings.Key, number: UInt8, sequence: UInt64
    ) -> [UInt8] {
        let signed =
            message + [kind, number, 0, 0]
            + stride(from: UInt64(56), through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: sequence >> $0)
            }
        return signed + mac(signed, from: source, version: version, key)
    }

    /// What a trailer says, before anything of it is believed.
    struct Claim {
        let kind: UInt8
        let keyNumber: UInt8
        let reserved: UInt16
        let sequence: UInt64

        init(_ message: RawSpan) {
            let start = message.byteCount - SignatureTrailer.length
            kind = message.byte(at: start)
            keyNumber = message.byte(at: start + 1)
            reserved = message.networkUInt16(at: start + 2)
            sequence =
                UInt64(message.networkUInt32(at: start + 4)) << 32
                | UInt64(message.networkUInt32(at: start + 8))
        }
    }

    /// Whether a message with its trailer was signed with this key by this source.
    static func isGenuine(
        _ message: RawSpan, from source: IPAddress, version: ProtocolVersion,
        _ key: SignatureSettings.Key
    ) -> Bool {
        let bytes = (0..<message.byteCount).map { message.byte(at: $0) }
        let expected = mac(
            Array(bytes.dropLast(macLength)), from: source, version: version, key)
        guard expected.count == macLength else { return false }
        // Every octet is looked at: the time that this takes tells nothing of where a guess is wrong.
        return zip(expected, bytes.suffix(macLength)).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Over family, version, number of the virtual router and source, then the message up to here with its checksum as
    /// zero, then zeros in the place of the result.
    private static func mac(
        _ signed: [UInt8], from source: IPAddress, version: ProtocolVersion,
        _ key: SignatureSettings.Key
    ) -> [UInt8] {
        var input: [UInt8] = [source.isIPv4 ? 4 : 6, version.rawValue, signed[1], 0]
        input += source.octets
        input += [UInt8](repeating: 0, count: 20 - input.count)
        input += signed[..<6]
        input += [0, 0]
        input += signed[8...]
        input += [UInt8](repeating: 0, count: macLength)
        return Array(key.authenticate(input).prefix(macLength))
    }
}

/// The numbers of our own signed advertisements: each above the one before, and near the clock.
package struct SignatureSequence: Sendable {
    package private(set) var last: UInt64

    /// `last`: a number that peers have heard, or may have.
    package init(last: UInt64 = 0) { self.last = last }

    /// For a process that begins. `known`: a number that is told of the one before it, 0: none. Nothing need be told: a
    /// packet that was held ready then had a number `lead` ahead of the clock at most, and the clock has gone on since.
    package init(after known: UInt64, lead: Duration, realtime: Int64) {
        let ahead = SignatureSequence.number(at: realtime &+ lead.nanoseconds)
        last = known == 0 || SignatureSequence.isAfter(ahead, known) ? ahead : known
    }

    /// A number from the clock, in nanoseconds since 1970, with 0 for its counter.
    static func number(at realtime: Int64) -> UInt64 {
        let seconds = UInt64(UInt32(truncatingIfNeeded: realtime / 1_000_000_000))
        let fraction = UInt64(max(0, realtime % 1_000_000_000)) << 16 / 1_000_000_000
        return seconds << 32 | fraction << 16
    }

    /// `window`: where a clock was set back by more than that, others would not believe the old numbers any more.
    package mutating func next(realtime: Int64, window: Int64?) -> UInt64 {
        let clock = SignatureSequence.number(at: realtime)
        if SignatureSequence.isAfter(clock, last) {
            last = clock
        } else {
            let ahead = Int64(Int32(truncatingIfNeeded: Int64(last >> 32) - Int64(clock >> 32)))
            if let window, ahead > window { last = clock } else { last &+= 1 }
        }
        return last
    }

    /// A number for a packet that is not sent now: above every one of ours until `lead` has passed.
    package func ahead(by lead: Duration, realtime: Int64) -> UInt64 {
        let clock = SignatureSequence.number(at: realtime &+ lead.nanoseconds)
        // Where the clock was set back, what is sent meanwhile counts up from `last`: not as far as this.
        return SignatureSequence.isAfter(clock, last) ? clock : last &+ (1 << 16)
    }

    /// RFC 1982: numbers wrap in the year 2106.
    static func isAfter(_ first: UInt64, _ second: UInt64) -> Bool {
        Int64(bitPattern: first &- second) > 0
    }
}

/// The last number of each sender: what is not above it was recorded and is played again.
package struct ReplayMarks: Sendable {
    private struct Mark {
        let source: IPAddress
        var sequence: UInt64
    }

    /// Only who has the key comes in here, and speaks from an address of its own.
    static let limit = 16
    /// The one that spoke last is last.
    private var marks: [Mark] = []

    package init() {}

    /// Raises the mark of a sender whose packet was accepted; false: its number is not new.
    package mutating func admit(
        _ sequence: UInt64, from source: IPAddress, window: Int64?, realtime: Int64
    ) -> Bool {
        let now = SignatureSequence.number(at: realtime)
        if let index = marks.firstIndex(where: { $0.source == source }) {
            let mark = marks.remove(at: index)
            // A mark that the window would refuse orders nothing: the sender's clock was wrong, and is right now.
            let isInForce =
                window.map { abs(SignatureTrailer.age(mark.sequence, now)) <= $0 } ?? true
            if isInForce, !SignatureSequence.isAfter(sequence, mark.sequence) {
                marks.append(mark)
                return false
            }
        } else if marks.count == ReplayMarks.limit {
            marks.removeFirst()
        }
        marks.append(Mark(source: source, sequence: sequence))
        return true
    }
}

extension SignatureTrailer {
    /// Seconds from one number to the other.
    static func age(_ sequence: UInt64, _ now: UInt64) -> Int64 {
        Int64(Int32(truncatingIfNeeded: Int64(now >> 32) - Int64(sequence >> 32)))
    }
}
