import Core

/// Reads the file of an `errorfile` line: a whole HTTP response, head and body.
public enum ErrorFile {
    /// Why a file cannot be sent.
    public enum Problem: Error, Equatable, Sendable {
        case tooLarge(limit: Int)
        case head
        case chunked
        case status(Int)
        case length(announced: Int, actual: Int)

        /// HAProxy's words, to stand behind the name of the file.
        public var message: String {
            switch self {
            case .tooLarge(let limit): "larger than the buffer (\(limit) bytes)"
            case .head: "unable to parse headers"
            case .chunked: "chunk-encoded payload not supported"
            case .status(let status):
                "invalid http status code for an error message (\(status))"
            case .length(let announced, let actual):
                "payload size does not match the announced content-length (\(actual) != \(announced))"
            }
        }
    }

    /// Most fields of an error file.
    private static let fieldsLimit = HeaderTable.defaultLimit

    /// The page that the bytes of a file make. An empty file makes a page of silence. Lines may end
    /// with LF alone. `limit` is `tune.bufsize`: the whole answer must fit a buffer.
    public static func page(_ bytes: [UInt8], limit: Int) throws(Problem) -> ErrorPage {
        if bytes.isEmpty { return .silence }
        guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        var table = HeaderTable(limit: fieldsLimit)
        var progress = HeadProgress()
        let span = unsafe bytes.span.bytes
        guard
            case .complete(let head) = HeadParser.response(span, progress: &progress, into: &table)
        else { throw .head }
        let status = Int(head.status)
        guard status >= 200 else { throw .status(status) }
        guard !head.facts.isChunked else { throw .chunked }
        let body = Array(bytes[head.byteCount...])
        if let length = head.facts.contentLength, length != body.count {
            throw .length(announced: length, actual: body.count)
        }
        var fields = ""
        for index in 0..<table.count where !table[index].isDropped {
            let name = span.extracting(table[index].nameRange).text()
            fields += "\(name): \(span.extracting(table[index].valueRange).text())\r\n"
        }
        let reason = span.extracting(head.reasonRange).text()
        let page = ErrorPage(status: status, reason: reason, fields: fields, body: body)
        guard page.byteCount <= limit else { throw .tooLarge(limit: limit) }
        return page
    }
}
