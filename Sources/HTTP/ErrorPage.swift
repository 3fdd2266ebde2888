public import Core

/// An answer that the proxy gives by itself: a built-in page or the content of an `errorfile`.
///
/// Both ways of ending it, with and without `Connection: close`, are prepared, so that answering
/// copies bytes and nothing else.
public struct ErrorPage: Sendable, Equatable {
    /// The status on the wire; 0 for an empty page, which means: close without a word.
    public let status: Int
    /// Head up to the place of the Connection field.
    private let head: [UInt8]
    private let body: [UInt8]

    /// A page that says nothing; `errorfile 408 /dev/null` asks for it.
    public static let silence = ErrorPage(status: 0, head: [], body: [])

    /// `fields` are whole lines with their endings; length and connection are added here.
    init(status: Int, reason: String, fields: String, body: [UInt8]) {
        let line = "HTTP/1.1 \(status) \(reason)\r\n"
        let length = "Content-Length: \(body.count)\r\n"
        self.init(status: status, head: Array((line + length + fields).utf8), body: body)
    }

    /// A page that a configuration line describes; `head` ends before the place of the Connection field.
    public init(status: Int, head: [UInt8], body: [UInt8]) {
        self.status = status
        self.head = head
        self.body = body
    }

    /// Whether the connection is closed without an answer.
    public var isSilence: Bool { head.isEmpty }

    /// Status line and fields, each with its line's end, without what is said about the connection.
    public var lines: [UInt8] { head }
    public var payload: [UInt8] { body }

    /// Bytes that `write` needs at most.
    public var byteCount: Int {
        isSilence ? 0 : head.count + ErrorPage.closeLine.utf8CodeUnitCount + 2 + body.count
    }

    /// Writes the answer; a HEAD request gets no body. Returns false and writes nothing where the
    /// room is too small.
    public func write(
        closing: Bool, to method: Method, version: Version, into output: inout Buffer
    ) -> Bool {
        guard !isSilence else { return true }
        guard output.room >= byteCount + ErrorPage.keepLine.utf8CodeUnitCount else { return false }
        output.append(contentsOf: head)
        if closing {
            output.append(ErrorPage.closeLine)
        } else if version == .http10 {
            output.append(ErrorPage.keepLine)
        }
        output.append("\r\n")
        if method != .head { output.append(contentsOf: body) }
        return true
    }

    private static let closeLine: StaticString = "Connection: close\r\n"
    private static let keepLine: StaticString = "Connection: keep-alive\r\n"
}

/// The pages of one proxy by status: built-in ones, replaced by the `errorfile` lines that apply.
public struct ErrorPages: Sendable {
    private var pages: [Int: ErrorPage]

    /// Only the built-in pages.
    public init() { pages = ErrorPages.builtIn }

    /// The page for a status; the one for 500 stands in for statuses that have none.
    public subscript(status: Int) -> ErrorPage {
        pages[status] ?? pages[500] ?? .silence
    }

    /// Replaces a page. The status is the one that calls for the page; the page's own may be
    /// another.
    public mutating func replace(_ status: Int, with page: ErrorPage) {
        pages[status] = page
    }

    /// Statuses that an `errorfile` line may name.
    public static var statuses: [Int] { builtIn.keys.sorted() }

    /// Our own page for a status.
    public static func standard(_ status: Int) -> ErrorPage? { builtIn[status] }

    /// HAProxy's sentences, which users know and whose length stands in logs (HAProxy manual,
    /// `errorfile`).
    private static let builtIn: [Int: ErrorPage] = {
        let texts: [(Int, String, String)] = [
            (200, "OK", "Service ready."),
            (400, "Bad request", "Your browser sent an invalid request."),
            (401, "Unauthorized", "You need a valid user and password to access this content."),
            (403, "Forbidden", "Request forbidden by administrative rules."),
            (404, "Not Found", "The resource could not be found."),
            (
                405, "Method Not Allowed",
                "A request was made of a resource using a request method not supported by that resource"
            ),
            (407, "Unauthorized", "You need a valid user and password to access this content."),
            (408, "Request Time-out", "Your browser didn't send a complete request in time."),
            (
                410, "Gone",
                "The resource is no longer available and will not be available again."
            ),
            (413, "Payload Too Large", "The request entity exceeds the maximum allowed."),
            (414, "URI Too Long", "The requested address exceeds the maximum allowed."),
            (
                422, "Unprocessable Content",
                "The server cannot process the contained instructions."
            ),
            (425, "Too Early", "Your browser sent early data."),
            (
                429, "Too Many Requests",
                "You have sent too many requests in a given amount of time."
            ),
            (
                431, "Request Header Fields Too Large",
                "The request header fields exceed the maximum allowed."
            ),
            (500, "Internal Server Error", "An internal server error occurred."),
            (
                501, "Not Implemented",
                ".The server does not support the functionality required to fulfill the request."
            ),
            (502, "Bad Gateway", "The server returned an invalid or incomplete response."),
            (503, "Service Unavailable", "No server is available to handle this request."),
            (504, "Gateway Time-out", "The server didn't respond in time."),
        ]
        var pages: [Int: ErrorPage] = [:]
        for (status, reason, sentence) in texts {
            let body = "<html><body><h1>\(status) \(reason)</h1>\n\(sentence)\n</body></html>\n"
            pages[status] = ErrorPage(
                status: status, reason: reason,
                fields: "Cache-Control: no-cache\r\nContent-Type: text/html\r\n",
                body: Array(body.utf8))
        }
        return pages
    }()
}
