import Core
import Expressions
import HTTP

/// Changes of the request line and the status line.
extension Evaluation {
    mutating func setMethod(_ template: Template) -> Bool {
        guard let range = write(template), !range.isEmpty, requestHead != nil else { return false }
        for at in range.range where !TargetBytes.isToken(arena.bytes.byte(at: at)) { return false }
        var method = Method.other
        for known in Method.allCases where known != .other {
            if arena.bytes.extracting(range.range).equals(known.name) { method = known }
        }
        // As HAProxy: fetches go on telling the method that the client sent.
        if receivedMethod == nil { receivedMethod = requestHead.map { Bytes($0.methodRange) } }
        requestHead?.replaceMethod(with: range.range, as: method)
        return true
    }

    mutating func setTarget(_ part: TargetPart, _ template: Template) -> Bool {
        guard let value = write(template) else { return false }
        return replace(part, with: value)
    }

    mutating func replaceTarget(_ part: TargetPart, _ substitution: Substitution) -> Bool {
        guard let head = requestHead else { return false }
        // As HAProxy: `*` is no path.
        if head.form == .asterisk, part != .uri { return true }
        let target = head.targetRange
        let path = RequestTarget.path(of: arena.bytes.extracting(target), form: head.form)
        let start = target.lowerBound + path.lowerBound
        let subject: Range<Int> =
            switch part {
            case .path: start..<target.lowerBound + path.upperBound
            case .pathq: start..<target.upperBound
            case .uri, .query: target
            }
        guard let replacement = write(substitution.replacement) else { return false }
        switch replaced(Bytes(subject), substitution, replacement) {
        case .unchanged: return true
        case .changed(let range): return replace(part, with: range)
        case .failed: return false
        }
    }

    /// Puts a new target together of old and new parts. What no target may hold is encoded, so that
    /// the request line stays one line of three words.
    private mutating func replace(_ part: TargetPart, with value: Bytes) -> Bool {
        guard let head = requestHead, head.form != .authority || part == .uri else { return false }
        // RFC 9112 3.2.4: `*` has no query. HAProxy would send `*?k=v`, which servers refuse.
        if head.form == .asterisk, part == .query { return true }
        let target = head.targetRange
        let path = RequestTarget.path(of: arena.bytes.extracting(target), form: head.form)
        let pathStart = target.lowerBound + path.lowerBound
        let pathEnd = target.lowerBound + path.upperBound
        let start = arena.count
        let isWritten: Bool
        switch part {
        case .uri: isWritten = appendTarget(value)
        case .path:
            isWritten =
                arena.append(copyOf: target.lowerBound..<pathStart) && appendTarget(value)
                && arena.append(copyOf: pathEnd..<target.upperBound)
        case .pathq:
            isWritten = arena.append(copyOf: target.lowerBound..<pathStart) && appendTarget(value)
        case .query:
            isWritten =
                arena.append(copyOf: target.lowerBound..<pathEnd)
                && (value.isEmpty || arena.append("?")) && appendTarget(value)
        }
        guard isWritten, arena.count > start else { return false }
        let form = form(of: start..<arena.count, before: head.form)
        // A path that begins with anything else would change the form of the target.
        if head.form != .absolute, part != .uri,
            form != .origin
                || arena.bytes.byte(at: start) != UInt8(ascii: "/")
        {
            return false
        }
        guard takeRoom(arena.count - start - target.count) else { return false }
        requestHead?.replaceTarget(with: start..<arena.count, as: form)
        return true
    }

    /// What a new target looks like. What looks like none keeps the form that the old one had.
    private func form(
        of target: Range<Int>, before old: RequestTarget.Form
    ) -> RequestTarget.Form {
        let bytes = arena.bytes.extracting(target)
        guard old != .authority else { return old }
        if bytes.byte(at: 0) == UInt8(ascii: "/") { return .origin }
        if old == .asterisk || old == .origin, RequestTarget.hasScheme(bytes) { return .absolute }
        return old
    }

    private mutating func appendTarget(_ value: Bytes) -> Bool {
        for at in value.range {
            let byte = arena.bytes.byte(at: at)
            if TargetBytes.isTarget(byte) {
                guard arena.append(byte) else { return false }
            } else {
                guard arena.append("%"), arena.append(TargetBytes.digit(byte >> 4)),
                    arena.append(TargetBytes.digit(byte & 15))
                else { return false }
            }
        }
        return true
    }

    mutating func setStatus(_ line: StatusLine) -> Bool {
        let start = arena.count
        guard arena.append(contentsOf: line.reason) else { return false }
        responseHead?.replaceStatus(line.status, reason: start..<arena.count)
        return true
    }
}

/// Which bytes may stand in a request line.
enum TargetBytes {
    static func isTarget(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "#")
    }

    /// RFC 9110 5.6.2 tchar.
    static func isToken(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}
