import Core

/// What has become of the bytes of a request head.
public enum RequestParse: Sendable, BitwiseCopyable {
    case complete(RequestHead)
    case needsMore
    case malformed(MalformedReason)
    /// Valid, and to be written otherwise before anybody reads it: see `HeadParser.normalise`.
    case unnormalised
}

/// What has become of the bytes of a response head.
public enum ResponseParse: Sendable, BitwiseCopyable {
    case complete(ResponseHead)
    case needsMore
    case malformed(MalformedReason)
}

/// Parses heads of HTTP/1.0 and 1.1 in place: bytes in, ranges out. Nothing is copied or allocated.
///
/// Strict where leniency has led to request smuggling (security-rules §7). Lenient in one thing
/// only, like HAProxy: lines of a head may end with LF alone; the writer then ends them with CRLF.
public enum HeadParser {
    /// Most empty lines before a request line.
    public static let emptyLinesLimit = 16

    /// Ends an attempt early.
    enum Stop: Error, BitwiseCopyable {
        case needsMore
        case malformed(MalformedReason)
        case unnormalised
    }

    /// Parses the request head at the front of `bytes`. `progress` belongs to the connection and is
    /// reset by a verdict; `fields` holds the head's fields after `.complete` and garbage
    /// otherwise.
    public static func request(
        _ bytes: RawSpan, progress: inout HeadProgress, into fields: inout HeaderTable,
        reading: HeadReading = .strict
    ) -> RequestParse {
        guard progress.deservesAttempt(bytes) else { return .needsMore }
        do throws(Stop) {
            let head = try parseRequest(bytes, into: &fields, reading)
            progress = HeadProgress()
            return .complete(head)
        } catch {
            switch error {
            case .needsMore:
                progress.noteAttempt(bytes)
                return .needsMore
            case .malformed(let reason):
                progress = HeadProgress()
                return .malformed(reason)
            case .unnormalised:
                progress = HeadProgress()
                return .unnormalised
            }
        }
    }

    /// Parses the response head at the front of `bytes`; otherwise like `request`.
    public static func response(
        _ bytes: RawSpan, progress: inout HeadProgress, into fields: inout HeaderTable
    ) -> ResponseParse {
        guard progress.deservesAttempt(bytes) else { return .needsMore }
        do throws(Stop) {
            let head = try parseResponse(bytes, into: &fields)
            progress = HeadProgress()
            return .complete(head)
        } catch {
            switch error {
            case .needsMore:
                progress.noteAttempt(bytes)
                return .needsMore
            case .malformed(let reason):
                progress = HeadProgress()
                return .malformed(reason)
            // Answers have no target.
            case .unnormalised: return .needsMore
            }
        }
    }

    /// What to say when a head fills the buffer and is still incomplete.
    public static func overflow(_ bytes: RawSpan) -> MalformedReason {
        bytes.firstLineFeed(from: 0) == nil ? .targetTooLong : .headTooLarge
    }

    // MARK: Pieces that both kinds of head share

    /// The offset behind the line ending at `at`; notes one without CR.
    @inline(__always)
    static func lineEnd(
        _ bytes: RawSpan, _ at: Int, _ facts: inout MessageFacts, otherwise reason: MalformedReason
    ) throws(Stop) -> Int {
        guard at < bytes.byteCount else { throw .needsMore }
        switch bytes.checkedByte(at: at) {
        case 0x0d:
            guard at &+ 1 < bytes.byteCount else { throw .needsMore }
            guard bytes.checkedByte(at: at &+ 1) == 0x0a else { throw .malformed(reason) }
            return at &+ 2
        case 0x0a:
            facts.set(MessageFacts.bareFeedBit)
            return at &+ 1
        default: throw .malformed(reason)
        }
    }

    /// The version at `at`: exactly eight bytes, `HTTP/1.` and a digit.
    @inline(__always)
    static func version(_ bytes: RawSpan, _ at: Int) throws(Stop) -> Version {
        guard at &+ 8 <= bytes.byteCount else {
            let isCut = bytes.firstControl(from: at) == bytes.byteCount
            throw isCut ? .needsMore : .malformed(.version)
        }
        let word = bytes.word(at: at)
        guard word & 0x00ff_ffff_ffff_ffff == 0x002e_312f_5054_5448 else {
            throw .malformed(.version)
        }
        let minor = UInt8(truncatingIfNeeded: word &>> 56)
        guard Characters.isDigit(minor) else { throw .malformed(.version) }
        return minor == 0x30 ? .http10 : .http11
    }
}
