public import Core
public import Expressions
public import HTTP

/// An answer that a rule gives: `return`, `deny`, `tarpit`.
public final class Reply: ConstantBytes, @unchecked Sendable {
    public enum Body: Sendable {
        /// The proxy's error page for the status.
        case page
        case none
        /// The object's bytes.
        case bytes
        /// The object's bytes are a whole message; its head has this many of them.
        case message(headBytes: Int)
        /// Closes without a word: an empty `errorfile`.
        case silence
        case template(Template)
    }

    public let status: Int
    /// The status that the line names; that of an `errorfile`'s content may be another.
    public let askedStatus: Int
    let contentType: [UInt8]
    let body: Body
    let fields: [(name: [UInt8], value: Template)]

    public init(
        status: Int, askedStatus: Int? = nil, contentType: String = "", body: Body,
        bytes: [UInt8] = [], fields: [(name: [UInt8], value: Template)] = []
    ) {
        self.status = status
        self.askedStatus = askedStatus ?? status
        self.contentType = Array(contentType.utf8)
        self.body = body
        self.fields = fields
        super.init(bytes)
    }

    private init(_ other: Reply) {
        status = other.status
        askedStatus = other.askedStatus
        contentType = other.contentType.map { $0 }
        if case .template(let template) = other.body {
            body = .template(template.copy())
        } else {
            body = other.body
        }
        fields = other.fields.map { ($0.name.map { $0 }, $0.value.copy()) }
        super.init(other.bytes(0..<other.byteCount).array())
    }

    /// The same for another thread, which then counts references of its own.
    public func copy() -> Reply { Reply(self) }

    /// A reply that sends a page of a file.
    public convenience init(page: ErrorPage, status: Int) {
        let (head, payload) = (page.lines, page.payload)
        self.init(
            status: page.isSilence ? status : page.status, askedStatus: status,
            body: page.isSilence ? .silence : .message(headBytes: head.count),
            bytes: head + payload)
    }

    /// The page that it always makes; nil where it depends on the request, or is a page of the proxy.
    public var page: ErrorPage? {
        let payload: [UInt8]
        switch body {
        case .page, .template: return nil
        case .silence: return .silence
        case .message(let headBytes):
            let all = bytes(0..<byteCount).array()
            return ErrorPage(
                status: status, head: Array(all[..<headBytes]), body: Array(all[headBytes...]))
        case .none: payload = []
        case .bytes: payload = bytes(0..<byteCount).array()
        }
        var head = Array("HTTP/1.1 \(status) \(ReasonPhrase.of(status))\r\n".utf8)
        for field in fields {
            guard let value = field.value.constant else { return nil }
            if value.isEmpty { continue }
            head += field.name + Array(": ".utf8) + value + Array("\r\n".utf8)
        }
        head += Array("content-length: \(payload.count)\r\n".utf8)
        if !contentType.isEmpty, !payload.isEmpty {
            head += Array("content-type: ".utf8) + contentType + Array("\r\n".utf8)
        }
        return ErrorPage(status: status, head: head, body: payload)
    }

    public var isSilent: Bool {
        if case .silence = body { true } else { false }
    }

    /// Whether it is the proxy's error page.
    public var isPage: Bool {
        if case .page = body { true } else { false }
    }
}

/// A local answer in the arena: whole, but without what is said about the connection and the empty line
/// behind the head.
public struct LocalAnswer: Sendable, BitwiseCopyable {
    public let status: UInt16
    /// Status line and fields.
    public let head: Bytes
    public let body: Bytes
}

extension Evaluation {
    /// Writes the answer of a reply. nil: it does not fit.
    public mutating func write(_ reply: Reply) -> LocalAnswer? {
        let bodyStart = arena.count
        switch reply.body {
        case .message(let headBytes):
            guard arena.append(reply.bytes(0..<reply.byteCount)) else { return nil }
            return LocalAnswer(
                status: UInt16(clamping: reply.status),
                head: Bytes(bodyStart..<bodyStart + headBytes),
                body: Bytes(bodyStart + headBytes..<arena.count))
        case .page, .none, .silence: break
        case .bytes: guard arena.append(reply.bytes(0..<reply.byteCount)) else { return nil }
        case .template(let template): guard write(template) != nil else { return nil }
        }
        let body = Bytes(bodyStart..<arena.count)
        let start = arena.count
        guard appendStatusLine(reply.status) else { return nil }
        var index = 0
        while index < reply.fields.count {
            let fieldStart = arena.count
            guard arena.append(contentsOf: reply.fields[index].name), arena.append(": "),
                let value = write(reply.fields[index].value), arena.append("\r\n")
            else { return nil }
            // As HAProxy: a field without a value is left out.
            if value.isEmpty { arena.truncate(by: arena.count - fieldStart) }
            index &+= 1
        }
        guard arena.append("content-length: "), arena.append(decimal: body.count),
            arena.append("\r\n")
        else { return nil }
        if !reply.contentType.isEmpty, !body.isEmpty {
            guard arena.append("content-type: "), arena.append(contentsOf: reply.contentType),
                arena.append("\r\n")
            else { return nil }
        }
        return LocalAnswer(
            status: UInt16(clamping: reply.status), head: Bytes(start..<arena.count), body: body)
    }

    mutating func appendStatusLine(_ status: Int) -> Bool {
        arena.append("HTTP/1.1 ") && arena.append(decimal: status) && arena.append(" ")
            && arena.append(ReasonPhrase.of(status)) && arena.append("\r\n")
    }
}

/// The words behind a status (RFC 9110 section 15, in HAProxy's spelling).
public enum ReasonPhrase {
    public static func of(_ status: Int) -> StaticString {
        switch status {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 102: "Processing"
        case 103: "Early Hints"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 203: "Non-Authoritative Information"
        case 204: "No Content"
        case 205: "Reset Content"
        case 206: "Partial Content"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 305: "Use Proxy"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 407: "Proxy Authentication Required"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Request Entity Too Large"
        case 414: "Request-URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Requested Range Unsatisfiable"
        case 417: "Expectation Failed"
        case 418: "I'm a teapot"
        case 422: "Unprocessable Entity"
        case 423: "Locked"
        case 425: "Unordered Collection"
        case 426: "Upgrade Required"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway or Proxy Error"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Other"
        }
    }
}
