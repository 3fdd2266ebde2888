import Core

/// Reads the framing of a chunked body (RFC 9112 7.1), byte by byte where there is syntax and by
/// leaps over data.
///
/// Each step says of the next bytes whether they are kept or dropped. Kept framing is forwarded as
/// it came, so that a clean chunked body is one run of memory; what is legal but dangerous is
/// dropped from it: chunk extensions, padding behind a size, and trailers that would change
/// framing, routing or identity. All other deviations are errors, bare line feeds first of all.
struct ChunkScanner: Sendable, BitwiseCopyable {
    /// Most hexadecimal digits of a chunk size, leading zeros included.
    static let sizeDigitsLimit = 16
    /// Most bytes of one chunk.
    static let chunkBytesLimit = 1 << 40
    /// Most bytes of padding and extensions behind one chunk size.
    static let extensionBytesLimit = 4096
    /// Most bytes of one trailer line. A buffer must be able to hold one.
    static let trailerLineLimit = 8192
    /// Most bytes of all trailers.
    static let trailerBytesLimit = 16 * 1024
    /// Most trailer lines.
    static let trailerLinesLimit = 101

    /// What happens to the next bytes.
    enum Step: BitwiseCopyable {
        case keep(Int)
        case drop(Int)
        case needsMore
        case finished
        case malformed(MalformedReason)
    }

    private enum State: UInt8, BitwiseCopyable {
        case size, padding, chunkExtension, sizeFeed, data, dataReturn, dataFeed, trailer, finished
    }

    private var state = State.size
    /// Whether only the data is kept: for a receiver that knows no chunks.
    var keepsDataOnly = false
    /// Digits of the size so far; later, lines of trailers.
    private var digits: UInt16 = 0
    /// Bytes of padding, extension or trailers so far.
    private var spent: UInt16 = 0
    /// The size being read; then bytes of the chunk still to come.
    private(set) var remaining = 0

    init() {}

    /// Everything through the last empty line was seen.
    var isFinished: Bool { state == .finished }

    /// Bytes of data that follow at once.
    var dataAhead: Int { state == .data ? remaining : 0 }

    /// Counts data that did not come through the buffer.
    mutating func skipData(_ count: Int) {
        precondition(count <= dataAhead)
        remaining -= count
        if remaining == 0 { state = .dataReturn }
    }

    /// Judges the bytes from `at` on.
    @inline(__always)
    mutating func step(_ bytes: RawSpan, at: Int) -> Step {
        if state == .finished { return .finished }
        guard at < bytes.byteCount else { return .needsMore }
        if state == .data {
            let count = min(remaining, bytes.byteCount &- at)
            skipData(count)
            return .keep(count)
        }
        if state == .trailer { return trailer(bytes, at) }
        return syntax(bytes, at)
    }

    private mutating func syntax(_ bytes: RawSpan, _ at: Int) -> Step {
        let byte = bytes.byte(at: at)
        switch state {
        case .size: return size(bytes, at)
        case .padding, .chunkExtension: return filling(bytes, at)
        case .sizeFeed:
            guard byte == 0x0a else { return .malformed(.chunkSize) }
            if remaining > 0 {
                state = .data
            } else {
                state = .trailer
                digits = 0
                spent = 0
            }
            return framing(1)
        case .dataReturn:
            guard byte == 0x0d else { return .malformed(.chunkEnd) }
            state = .dataFeed
            return framing(1)
        case .dataFeed:
            guard byte == 0x0a else { return .malformed(.chunkEnd) }
            state = .size
            digits = 0
            spent = 0
            return framing(1)
        case .data, .trailer, .finished: return .needsMore
        }
    }

    private mutating func size(_ bytes: RawSpan, _ at: Int) -> Step {
        var end = at
        while end < bytes.byteCount {
            let digit = Characters.hexadecimal(bytes.byte(at: end))
            guard digit < 16 else { break }
            digits &+= 1
            guard digits <= ChunkScanner.sizeDigitsLimit else { return .malformed(.chunkSize) }
            remaining = remaining &<< 4 | Int(digit)
            guard remaining <= ChunkScanner.chunkBytesLimit else { return .malformed(.chunkSize) }
            end &+= 1
        }
        if end > at { return framing(end &- at) }
        guard digits > 0 else { return .malformed(.chunkSize) }
        switch bytes.byte(at: at) {
        case 0x0d:
            state = .sizeFeed
            return framing(1)
        case 0x20, 0x09:
            state = .padding
            return filling(bytes, at)
        case 0x3b:
            state = .chunkExtension
            return filling(bytes, at)
        default: return .malformed(.chunkSize)
        }
    }

    /// Padding and extensions up to the CR.
    private mutating func filling(_ bytes: RawSpan, _ start: Int) -> Step {
        var at = start
        while at < bytes.byteCount {
            let byte = bytes.byte(at: at)
            if byte == 0x0d {
                if at > start { break }
                state = .sizeFeed
                return framing(1)
            }
            if state == .padding, !Characters.isBlank(byte) {
                guard byte == 0x3b else { return .malformed(.chunkSize) }
                state = .chunkExtension
            }
            guard byte >= 0x20 && byte != 0x7f || byte == 0x09 else {
                return .malformed(.chunkExtension)
            }
            at &+= 1
        }
        let (sum, _) = spent.addingReportingOverflow(UInt16(clamping: at &- start))
        spent = max(sum, UInt16(clamping: at &- start))
        guard spent <= ChunkScanner.extensionBytesLimit else { return .malformed(.chunkExtension) }
        return .drop(at &- start)
    }

    /// One whole line of the trailer section: only a whole one can be judged.
    private mutating func trailer(_ bytes: RawSpan, _ at: Int) -> Step {
        guard let feed = bytes.firstLineFeed(from: at) else {
            let isTooLong = bytes.byteCount &- at > ChunkScanner.trailerLineLimit
            return isTooLong ? .malformed(.trailer) : .needsMore
        }
        let count = feed &+ 1 &- at
        guard count >= 2, bytes.byte(at: feed &- 1) == 0x0d else { return .malformed(.trailer) }
        if count == 2 {
            state = .finished
            return framing(2)
        }
        digits &+= 1
        guard count <= ChunkScanner.trailerLineLimit, digits <= ChunkScanner.trailerLinesLimit,
            Int(spent) &+ count <= ChunkScanner.trailerBytesLimit
        else { return .malformed(.trailer) }
        spent &+= UInt16(truncatingIfNeeded: count)

        let nameEnd = bytes.tokenEnd(from: at)
        guard nameEnd > at, nameEnd < feed, bytes.byte(at: nameEnd) == 0x3a else {
            return .malformed(.trailer)
        }
        var end = bytes.firstControl(from: nameEnd &+ 1)
        while end < feed, bytes.byte(at: end) == 0x09 { end = bytes.firstControl(from: end &+ 1) }
        guard end == feed &- 1 else { return .malformed(.trailer) }
        let name = HeaderName.recognise(bytes, at..<nameEnd)
        return name.isForbiddenInTrailers ? .drop(count) : framing(count)
    }

    @inline(__always)
    private func framing(_ count: Int) -> Step {
        keepsDataOnly ? .drop(count) : .keep(count)
    }
}
