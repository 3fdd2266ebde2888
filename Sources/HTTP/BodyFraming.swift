public import Core

/// Where a body ends, and how many bytes at the front of an input buffer may be forwarded.
///
/// The owner of the buffer calls `advance` when bytes have arrived, forwards up to `ready` bytes
/// and reports them with `consume`. Bodies of known length are never looked at. Of chunked bodies
/// only the framing is read; it is forwarded as it came, and what must not be forwarded
/// (`ChunkScanner`) is taken out of the buffer in place.
public struct BodyFraming: Sendable, BitwiseCopyable {
    /// How the end of a body is known.
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        case none, length, chunked
        /// All that comes until the sender closes.
        case untilClose
        /// Bytes of another protocol, in both directions, until both sides close.
        case tunnel
    }

    /// What `advance` found.
    public enum Progress: Sendable, BitwiseCopyable {
        /// The body goes on behind what is ready.
        case moving
        /// The message ends behind what is ready; what follows in the buffer belongs to the next
        /// one.
        case ended
        case malformed(MalformedReason)
    }

    public private(set) var kind: Kind
    /// Bytes at the front of the buffer that may be forwarded.
    public private(set) var ready = 0
    /// `length`: bytes that were not consumed yet.
    private var remaining = 0
    private var chunks = ChunkScanner()

    private init(_ kind: Kind, length: Int = 0) {
        self.kind = kind
        remaining = length
    }

    /// No body at all.
    public static let none = BodyFraming(.none)
    /// Another protocol from here on.
    public static let tunnel = BodyFraming(.tunnel)

    /// A body of so many bytes.
    public static func length(_ count: Int) -> BodyFraming {
        count > 0 ? BodyFraming(.length, length: count) : .none
    }

    /// The body of a request.
    @inline(__always)
    public init(request head: RequestHead) {
        if head.facts.isChunked {
            self.init(.chunked)
        } else if let length = head.facts.contentLength, length > 0 {
            self.init(.length, length: length)
        } else {
            self.init(.none)
        }
    }

    /// The body of an answer to a request of `method` and `version`; nil for an answer that
    /// switches protocols although `upgrade`, the wish for that, was not passed on (RFC 9112 6.3).
    /// A 1.0 client gets a chunked body without chunks.
    @inline(__always)
    public init?(
        response head: ResponseHead, to method: Method, version: Version, upgrade: Bool
    ) {
        if head.status < 200 {
            guard head.status == 101 else {
                self.init(.none)
                return
            }
            guard upgrade else { return nil }
            self.init(.tunnel)
        } else if method == .connect, head.status < 300 {
            self.init(.tunnel)
        } else if method == .head || head.status == 204 || head.status == 304 {
            self.init(.none)
        } else if head.facts.isChunked {
            self.init(.chunked)
            chunks.keepsDataOnly = version == .http10
        } else if let length = head.facts.contentLength {
            self.init(length > 0 ? .length : .none, length: length)
        } else {
            self.init(.untilClose)
        }
    }

    /// Looks at what the buffer holds behind `ready`.
    @inline(__always)
    public mutating func advance(over input: inout Buffer) -> Progress {
        switch kind {
        case .none: return .ended
        case .length:
            ready = min(remaining, input.count)
            return ready == remaining ? .ended : .moving
        case .untilClose, .tunnel:
            ready = input.count
            return .moving
        case .chunked: return advanceChunks(&input)
        }
    }

    /// Reports that `count` of the ready bytes have left the buffer.
    @inline(__always)
    public mutating func consume(_ count: Int) {
        precondition(count <= ready)
        ready &-= count
        if kind == .length { remaining &-= count }
    }

    /// Bytes that may be moved behind the ready ones without passing through the buffer: by
    /// `splice`.
    public var bypassable: Int {
        switch kind {
        case .none: 0
        case .length: remaining - ready
        case .untilClose, .tunnel: .max
        case .chunked: chunks.dataAhead
        }
    }

    /// Reports bytes that were moved that way, after all ready ones.
    public mutating func bypass(_ count: Int) {
        precondition(ready == 0 && count <= bypassable)
        switch kind {
        case .length: remaining -= count
        case .chunked: chunks.skipData(count)
        case .none, .untilClose, .tunnel: break
        }
    }

    /// Whether nothing of the message is missing: its last byte is ready or has left.
    @inline(__always)
    public var isComplete: Bool {
        switch kind {
        case .none: true
        case .length: remaining == ready
        case .chunked: chunks.isFinished
        case .untilClose, .tunnel: false
        }
    }

    /// Whether the receiver learns the end of the body only from the end of the connection, so that
    /// ours with it must be closed behind the body.
    @inline(__always)
    public var endsByClose: Bool {
        kind == .untilClose || kind == .tunnel || kind == .chunked && chunks.keepsDataOnly
    }

    /// Whether the sender may close now without having cut the message short.
    @inline(__always)
    public var mayEndByClose: Bool {
        isComplete || kind == .untilClose || kind == .tunnel
    }

    /// One pass over the new bytes. Dropped bytes open a gap that later runs are moved over, so
    /// that each byte moves at most once, and none in the common case.
    private mutating func advanceChunks(_ input: inout Buffer) -> Progress {
        var source = ready
        var target = ready
        var result = Progress.moving
        scan: while true {
            switch chunks.step(input.bytes, at: source) {
            case .keep(let count):
                if source != target { input.moveDown(from: source, to: target, count: count) }
                source &+= count
                target &+= count
            case .drop(let count): source &+= count
            case .needsMore: break scan
            case .finished:
                result = .ended
                break scan
            case .malformed(let reason):
                result = .malformed(reason)
                break scan
            }
        }
        if source != target {
            input.moveDown(from: source, to: target, count: input.count &- source)
            input.truncate(by: source &- target)
        }
        ready = target
        return result
    }
}
