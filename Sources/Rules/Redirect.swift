public import Core
public import Expressions
import HTTP

/// `redirect`: an answer that sends the client somewhere else.
public final class Redirect: ConstantBytes, @unchecked Sendable {
    public enum Kind: Sendable, BitwiseCopyable { case location, prefix, scheme }

    let kind: Kind
    let target: Template
    let status: Int
    let dropsQuery: Bool
    let keepsQuery: Bool
    let appendsSlash: Bool
    let ignoresEmpty: Bool

    /// `cookie`: the whole value of a `Set-Cookie` field, or empty; the object's bytes.
    public init(
        _ kind: Kind, _ target: Template, status: Int, dropsQuery: Bool = false,
        keepsQuery: Bool = false, appendsSlash: Bool = false, ignoresEmpty: Bool = false,
        cookie: String = ""
    ) {
        self.kind = kind
        self.target = target
        self.status = status
        self.dropsQuery = dropsQuery
        self.keepsQuery = keepsQuery
        self.appendsSlash = appendsSlash
        self.ignoresEmpty = ignoresEmpty
        super.init(Array(cookie.utf8))
    }

    func copy() -> Redirect {
        Redirect(
            kind, target.copy(), status: status, dropsQuery: dropsQuery, keepsQuery: keepsQuery,
            appendsSlash: appendsSlash, ignoresEmpty: ignoresEmpty,
            cookie: bytes(0..<byteCount).text())
    }
}

extension Evaluation {
    /// What came of a redirection.
    public enum Redirection: Sendable, BitwiseCopyable {
        case answer(LocalAnswer)
        /// `ignore-empty`, and there is nowhere to go.
        case ignored
        case failed
    }

    /// Writes the answer of a redirection.
    mutating func write(_ redirect: Redirect) -> Redirection {
        // Made first: what it evaluates leaves things in the arena.
        guard let target = write(redirect.target) else { return .failed }
        if redirect.ignoresEmpty, redirect.kind == .location, target.isEmpty { return .ignored }
        let start = arena.count
        guard appendStatusLine(redirect.status), arena.append("content-length: 0\r\nlocation: "),
            appendLocation(redirect, target), arena.append("\r\n")
        else { return .failed }
        // These answers may be kept by caches otherwise.
        if redirect.status == 302 || redirect.status == 303 || redirect.status == 307 {
            guard arena.append("cache-control: no-cache\r\n") else { return .failed }
        }
        if redirect.byteCount > 0 {
            guard arena.append("set-cookie: "),
                arena.append(redirect.bytes(0..<redirect.byteCount)),
                arena.append("\r\n")
            else { return .failed }
        }
        return .answer(
            LocalAnswer(
                status: UInt16(clamping: redirect.status), head: Bytes(start..<arena.count),
                body: Bytes(start..<start)))
    }

    private mutating func appendLocation(_ redirect: Redirect, _ target: Bytes) -> Bool {
        guard arena.append(copyOf: target.range) else { return false }
        guard let head = requestHead else { return redirect.kind == .location }
        switch redirect.kind {
        case .location:
            guard redirect.keepsQuery else { return true }
            let query = RequestTarget.queryString(
                of: arena.bytes.extracting(head.targetRange), form: head.form)
            guard let query, !query.isEmpty else { return true }
            let start = head.targetRange.lowerBound + query.lowerBound
            let hasQuery = contains(UInt8(ascii: "?"), target)
            return arena.append(hasQuery ? "&" : "?")
                && arena.append(copyOf: start..<start + query.count)
        case .scheme:
            guard arena.append("://") else { return false }
            if let host = fields.first(.host) {
                guard arena.append(copyOf: fields[host].valueRange) else { return false }
            }
            return appendPath(redirect, head)
        case .prefix:
            // A prefix of `/` alone would only double the slash.
            if target.count == 1, arena.bytes.byte(at: Int(target.start)) == UInt8(ascii: "/") {
                arena.truncate(by: 1)
            }
            return appendPath(redirect, head)
        }
    }

    private func contains(_ byte: UInt8, _ range: Bytes) -> Bool {
        for at in range.range where arena.bytes.byte(at: at) == byte { return true }
        return false
    }

    /// The path and the query, as far as they are wanted.
    private mutating func appendPath(_ redirect: Redirect, _ head: RequestHead) -> Bool {
        let target = head.targetRange
        let path = RequestTarget.path(of: arena.bytes.extracting(target), form: head.form)
        let start = target.lowerBound + path.lowerBound
        let pathEnd = target.lowerBound + path.upperBound
        let end = redirect.dropsQuery ? pathEnd : target.upperBound
        if path.isEmpty {
            guard arena.append("/") else { return false }
        }
        guard redirect.dropsQuery, redirect.appendsSlash,
            path.isEmpty == false, arena.bytes.byte(at: pathEnd - 1) != UInt8(ascii: "/")
        else { return arena.append(copyOf: min(start, end)..<end) }
        return arena.append(copyOf: start..<pathEnd) && arena.append("/")
    }
}
