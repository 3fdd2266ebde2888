import Core

/// Where a head is wrong, for reports that an operator asks for: cold.
///
/// The parser says why it refuses, not where, so that it need not keep places up to date. The place is found by
/// parsing again: it is in the shortest front part of the bytes that is refused.
public struct FaultPosition: Sendable, BitwiseCopyable {
    /// Offset of the first byte that is wrong; where a whole field is, that of its value; the number of bytes where
    /// nothing but their number is wrong.
    public let offset: Int
    /// nil: a head that is fine as far as it goes.
    public let reason: MalformedReason?

    /// `reading`: nil for an answer.
    public init(in bytes: RawSpan, _ reading: HeadReading?, fieldLimit: Int) {
        var fields = HeaderTable(limit: fieldLimit)
        guard
            let reason = FaultPosition.fault(in: bytes, reading, &fields)
        else {
            self.reason = nil
            offset = bytes.byteCount
            return
        }
        var accepted = 0
        var refused = bytes.byteCount
        while refused - accepted > 1 {
            let middle = accepted + (refused - accepted) / 2
            let part = bytes.extracting(0..<middle)
            if FaultPosition.fault(in: part, reading, &fields) == nil {
                accepted = middle
            } else {
                refused = middle
            }
        }
        self.reason = reason
        offset = FaultPosition.offset(
            of: reason, in: bytes, last: max(refused - 1, 0), isRequest: reading != nil)
    }

    private static func fault(
        in bytes: RawSpan, _ reading: HeadReading?, _ fields: inout HeaderTable
    ) -> MalformedReason? {
        var progress = HeadProgress()
        if let reading {
            let parse = HeadParser.request(
                bytes, progress: &progress, into: &fields, reading: reading)
            switch parse {
            case .malformed(let reason): return reason
            case .complete(let head) where head.facts.isChunked:
                return chunkFault(in: bytes, from: head.byteCount)
            case .complete, .needsMore, .unnormalised: return nil
            }
        } else {
            let parse = HeadParser.response(bytes, progress: &progress, into: &fields)
            if case .malformed(let reason) = parse { return reason }
        }
        return nil
    }

    /// What is wrong with the chunks that came with a head.
    private static func chunkFault(in bytes: RawSpan, from start: Int) -> MalformedReason? {
        var scanner = ChunkScanner()
        var at = start
        while true {
            switch scanner.step(bytes, at: at) {
            case .keep(let count), .drop(let count): at += count
            case .needsMore, .finished: return nil
            case .malformed(let reason): return reason
            }
        }
    }

    /// `last`: the byte that made the parser refuse.
    private static func offset(
        of reason: MalformedReason, in bytes: RawSpan, last: Int, isRequest: Bool
    ) -> Int {
        switch reason {
        case .version:
            return version(in: bytes, from: isRequest ? secondBlank(in: bytes) + 1 : 0)
        case .status: return status(in: bytes)
        case .target where bytes.byte(at: last) == 0x20: return wordStart(in: bytes, before: last)
        case .hostMismatch: return hostValue(in: bytes) ?? last
        case .contentLength, .transferEncoding, .lastCoding, .hostRepeated, .host:
            return value(in: bytes, before: last)
        default: return last
        }
    }

    /// As HAProxy: the first byte that no version has, or where the version begins. `start`: 0 in an answer.
    private static func version(in bytes: RawSpan, from start: Int) -> Int {
        var at = start
        while at < bytes.byteCount, isVersionByte(bytes.byte(at: at)) { at += 1 }
        guard at < bytes.byteCount else { return start }
        switch bytes.byte(at: at) {
        case 0x20 where start == 0: return start
        case 0x0d:
            let isLineEnd = at + 1 < bytes.byteCount && bytes.byte(at: at + 1) == 0x0a
            return isLineEnd ? start : min(at + 1, bytes.byteCount)
        case 0x0a: return start
        default: return at
        }
    }

    private static func isVersionByte(_ byte: UInt8) -> Bool {
        byte &- 0x41 < 26 || Characters.isDigit(byte) || byte == 0x2e || byte == 0x2f
    }

    /// The byte that is no digit, or the first of a number that is no status.
    private static func status(in bytes: RawSpan) -> Int {
        guard bytes.byteCount > 8, bytes.byte(at: 8) == 0x20 else { return 8 }
        var at = 9
        while at < min(12, bytes.byteCount), Characters.isDigit(bytes.byte(at: at)) { at += 1 }
        guard at == 12, at < bytes.byteCount else { return at }
        let isRight = bytes.byte(at: 9) &- 0x31 < 5
        return isRight ? 12 : 9
    }

    private static func wordStart(in bytes: RawSpan, before end: Int) -> Int {
        var at = end
        while at > 0, bytes.byte(at: at - 1) != 0x20 { at -= 1 }
        return at
    }

    /// Where the value of the Host field begins.
    private static func hostValue(in bytes: RawSpan) -> Int? {
        var start = 0
        while let feed = bytes.firstLineFeed(from: start) {
            start = feed + 1
            guard start + 5 <= bytes.byteCount else { return nil }
            if bytes.extracting(start..<start + 5).equalsIgnoringCase("host:") {
                return bytes.blanksEnd(from: start + 5)
            }
        }
        return nil
    }

    /// The blank between target and version; the number of bytes less one where there is none.
    private static func secondBlank(in bytes: RawSpan) -> Int {
        var seen = 0
        for at in 0..<bytes.byteCount where bytes.byte(at: at) == 0x20 {
            seen += 1
            if seen == 2 { return at }
        }
        return max(bytes.byteCount - 1, 0)
    }

    /// Where the value begins of the line that ends at `last`. Behind the head, where the empty line is what made the
    /// parser judge: all of it is to blame.
    private static func value(in bytes: RawSpan, before last: Int) -> Int {
        var start = last
        while start > 0, bytes.byte(at: start - 1) != 0x0a { start -= 1 }
        var at = start
        while at < last, bytes.byte(at: at) != 0x3a { at += 1 }
        guard at < last else { return last + 1 }
        return bytes.blanksEnd(from: at + 1)
    }
}
