import Core

/// What a connection remembers of a head that is still incomplete, so that a head that arrives in
/// many small pieces costs little more than one that arrives whole.
///
/// A head is parsed from its beginning, because the header table belongs to the worker and not to
/// the connection. Between two attempts the new bytes are only searched for a CR or LF; without
/// one, the next attempt waits until the head has doubled. So there are at most a few attempts for
/// each line (`HeaderTable.limit` bounds those) and a logarithm more.
public struct HeadProgress: Sendable, BitwiseCopyable {
    /// Bytes that were there at the last look.
    private var seen: UInt32 = 0
    /// Bytes that were there at the last attempt.
    private var attempted: UInt32 = 0

    @inline(__always)
    public init() {}

    /// Whether parsing again can tell anything new.
    @inline(__always)
    mutating func deservesAttempt(_ bytes: RawSpan) -> Bool {
        seen == 0 || deservesAnotherAttempt(bytes)
    }

    @inline(never)
    private mutating func deservesAnotherAttempt(_ bytes: RawSpan) -> Bool {
        let before = min(Int(seen), bytes.byteCount)
        seen = UInt32(clamping: bytes.byteCount)
        if bytes.byteCount >= 2 * Int(attempted) { return true }
        // The last byte seen counts again: a CR is judged by what follows.
        return bytes.firstLineEnding(from: max(before - 1, 0)) != nil
    }

    /// The attempt needs more bytes.
    @inline(__always)
    mutating func noteAttempt(_ bytes: RawSpan) {
        seen = UInt32(clamping: bytes.byteCount)
        attempted = seen
    }
}
