/// The request of an HTTP check, put together once: what `option httpchk` and `http-check send` say.
public struct CheckRequest: Sendable, Equatable {
    /// Request line and the configured fields.
    let start: [UInt8]
    /// Our own fields, the empty line and the body.
    let end: [UInt8]
    /// Both, for the usual case.
    private let plain: [UInt8]
    /// Whether the answer has no body, whatever it says.
    let isHead: Bool

    /// `version`: `HTTP/1.0` and so on. Names of fields are sent in lower case, as HAProxy does.
    public init(
        method: String = "OPTIONS", uri: String = "/", version: String = "HTTP/1.0",
        fields: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        var start = "\(method) \(uri) \(version)\r\n"
        var end = ""
        var connection: String?
        for field in fields {
            let name = field.name.lowercased()
            switch name {
            case "connection": connection = field.value.lowercased()
            case "content-length", "transfer-encoding": break
            default: start += "\(name): \(field.value)\r\n"
            }
        }
        let needsLength =
            !body.isEmpty || ["POST", "PUT"].contains(method) && version != "HTTP/1.0"
        if needsLength { end += "content-length: \(body.count)\r\n" }
        if let connection, connection.contains("upgrade") {
            end += "connection: \(connection)\r\n"
        } else if version != "HTTP/1.0", connection ?? "close" == "close" {
            end += "connection: close\r\n"
        }
        self.start = Array(start.utf8)
        self.end = Array((end + "\r\n").utf8) + body
        plain = self.start + self.end
        isHead = method == "HEAD"
    }

    /// What is sent; `state`: the value of `X-Haproxy-Server-State` with `http-check send-state`.
    func bytes(state: String?) -> [UInt8] {
        guard let state else { return plain }
        return start + Array("x-haproxy-server-state: \(state)\r\n".utf8) + end
    }
}
