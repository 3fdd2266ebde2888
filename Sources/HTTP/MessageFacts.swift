/// What the fields of a head say, found while they are parsed.
///
/// A word of bits rather than an `OptionSet`: its tests must not run generic code
/// (swift-hot-path.md §2).
public struct MessageFacts: Sendable, BitwiseCopyable {
    var bits: UInt32 = 0
    /// The body's length where a valid Content-Length stands alone, otherwise -1.
    var length: Int64 = -1

    @inline(__always)
    init() {}

    static let chunkedBit: UInt32 = 1 << 0
    static let closeBit: UInt32 = 1 << 1
    static let keepAliveBit: UInt32 = 1 << 2
    static let upgradeOptionBit: UInt32 = 1 << 3
    static let upgradeFieldBit: UInt32 = 1 << 4
    static let http2UpgradeBit: UInt32 = 1 << 5
    static let continueBit: UInt32 = 1 << 6
    static let hostBit: UInt32 = 1 << 7
    static let bareFeedBit: UInt32 = 1 << 8
    static let droppedLengthBit: UInt32 = 1 << 9
    static let otherCodingBit: UInt32 = 1 << 10

    @inline(__always)
    func has(_ bit: UInt32) -> Bool { bits & bit != 0 }

    @inline(__always)
    mutating func set(_ bit: UInt32) { bits |= bit }

    @inline(__always)
    mutating func clear(_ bit: UInt32) { bits &= ~bit }

    /// The body's length in bytes, where the head says it and the body is not chunked.
    @inline(__always)
    public var contentLength: Int? { length < 0 ? nil : Int(length) }

    /// The body comes in chunks.
    @inline(__always)
    public var isChunked: Bool { has(MessageFacts.chunkedBit) }

    /// `Connection: close` was said.
    @inline(__always)
    public var saysClose: Bool { has(MessageFacts.closeBit) }

    /// `Connection: keep-alive` was said.
    @inline(__always)
    public var saysKeepAlive: Bool { has(MessageFacts.keepAliveBit) }

    /// An upgrade to another protocol than HTTP/2 was asked for, or granted, by `Connection` and
    /// `Upgrade` together.
    @inline(__always)
    public var hasUpgrade: Bool {
        bits & (MessageFacts.upgradeOptionBit | MessageFacts.upgradeFieldBit)
            == MessageFacts.upgradeOptionBit | MessageFacts.upgradeFieldBit
    }

    /// `Expect: 100-continue` was said.
    @inline(__always)
    public var expectsContinue: Bool { has(MessageFacts.continueBit) }

    /// Content-Length stood beside Transfer-Encoding and was ignored, or a 1.0 message came in
    /// chunks: whoever sent it may be confused about where it ends, so its connection is closed
    /// after this exchange (RFC 9112 6.1).
    @inline(__always)
    public var hasSuspectFraming: Bool { has(MessageFacts.droppedLengthBit) }

    /// Whether some facts depend on others.
    @inline(__always)
    var needSettling: Bool {
        has(
            MessageFacts.chunkedBit | MessageFacts.upgradeFieldBit | MessageFacts.otherCodingBit)
    }

    /// A line ended with LF alone, or less than a line is to be passed on. The writer then writes each line anew.
    @inline(__always)
    var hasBareLineFeeds: Bool { has(MessageFacts.bareFeedBit) }
}

/// Versions that we speak. A higher minor version is treated as 1.1 (RFC 9110 2.5).
public enum Version: UInt8, Sendable, BitwiseCopyable {
    case http10, http11
}
