public import Core

/// How strictly a request head is read.
public struct HeadReading: Sendable, BitwiseCopyable {
    /// `option accept-unsafe-violations-in-http-request`, as far as that cannot change where a message ends: `#` and bytes
    /// above 0x7f in a target, and a Host field that names something else than the target.
    public let isLenient: Bool
    /// The bytes have been read before: what had to be normalised has been.
    public let isRepeated: Bool

    init(isLenient: Bool, isRepeated: Bool) {
        self.isLenient = isLenient
        self.isRepeated = isRepeated
    }

    public static let strict = HeadReading(isLenient: false, isRepeated: false)
    public static let lenient = HeadReading(isLenient: true, isRepeated: false)
    /// For bytes that were accepted before, and for those that are only looked at.
    public static let again = HeadReading(isLenient: true, isRepeated: true)

    /// The same for the head that `normalise` has made.
    public var repeated: HeadReading { HeadReading(isLenient: isLenient, isRepeated: true) }
}

/// Targets that name a host, and how they are written (RFC 3986, section 6.2.3).
extension HeadParser {
    /// What `normalise` leaves out and puts in, by offsets of the head.
    private struct Changes {
        /// The port of the target.
        var port = 0..<0
        /// Where a path begins that is not there.
        var missingPath: Int?
        /// The port of the Host field.
        var hostPort = 0..<0

        var isEmpty: Bool { port.isEmpty && missingPath == nil && hostPort.isEmpty }
    }

    /// RFC 9112 3.2.2 lets the target's authority win over Host. Like HAProxy we refuse a message
    /// with two meanings.
    @inline(never)
    static func checkAuthority(
        _ bytes: RawSpan, _ head: RequestHead, _ table: borrowing HeaderTable,
        _ reading: HeadReading
    ) throws(Stop) {
        guard let authority = head.authorityRange else { return }
        if let index = head.hostIndex, !reading.isLenient {
            let agrees = RequestTarget.agree(
                bytes, authority: authority, host: table[index].valueRange, form: head.form,
                isSecure: isSecure(head, bytes))
            guard agrees else { throw .malformed(.hostMismatch) }
        }
        if !reading.isRepeated, !changes(head, table, bytes).isEmpty { throw .unnormalised }
    }

    /// Writes a head for which `request` said `.unnormalised` as it is to be read: without a port that its scheme means
    /// anyway, in the target and then also in Host, and with a path. What follows the head stays. False: no room.
    public static func normalise(
        _ bytes: RawSpan, _ reading: HeadReading, fields: inout HeaderTable,
        into output: inout Buffer
    ) -> Bool {
        do throws(Stop) {
            let head = try parseRequest(bytes, into: &fields, reading.repeated)
            let changes = changes(head, fields, bytes)
            guard output.room >= bytes.byteCount &+ 1 else { return false }
            var at = 0
            if changes.missingPath != nil || !changes.port.isEmpty {
                let end = changes.missingPath ?? changes.port.upperBound
                let start = changes.port.isEmpty ? end : changes.port.lowerBound
                output.append(bytes.extracting(at..<start))
                if changes.missingPath != nil { output.append("/") }
                at = end
            }
            if !changes.hostPort.isEmpty {
                output.append(bytes.extracting(at..<changes.hostPort.lowerBound))
                at = changes.hostPort.upperBound
            }
            output.append(bytes.extracting(at..<bytes.byteCount))
            return true
        } catch {
            return false
        }
    }

    private static func changes(
        _ head: RequestHead, _ table: borrowing HeaderTable, _ bytes: RawSpan
    ) -> Changes {
        var changes = Changes()
        guard let authority = head.authorityRange else { return changes }
        let host = head.hostIndex.map { table[$0].valueRange }
        let (name, port) = RequestTarget.split(bytes, authority)
        if head.form == .authority {
            // A tunnel's target keeps its port, it would mean nothing without.
            guard let host, port == 80 || port == 443 else { return changes }
            let (hostName, hostPort) = RequestTarget.split(bytes, host)
            if hostPort == port { changes.hostPort = hostName.upperBound..<host.upperBound }
            return changes
        }
        if authority.upperBound == head.targetRange.upperBound {
            changes.missingPath = authority.upperBound
        }
        let standard = isSecure(head, bytes) ? 443 : 80
        guard name.upperBound < authority.upperBound, (port ?? standard) == standard else {
            return changes
        }
        changes.port = name.upperBound..<authority.upperBound
        if let host {
            let (hostName, hostPort) = RequestTarget.split(bytes, host)
            if (hostPort ?? standard) == standard {
                changes.hostPort = hostName.upperBound..<host.upperBound
            }
        }
        return changes
    }

    private static func isSecure(_ head: RequestHead, _ bytes: RawSpan) -> Bool {
        let target = bytes.extracting(head.targetRange)
        return target.byteCount > 6 && target.extracting(0..<6).equalsIgnoringCase("https:")
    }
}
