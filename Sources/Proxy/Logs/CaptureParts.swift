internal import Expressions

/// Where the parts of a request line lie in a stream's capture.
struct CaptureParts: BitwiseCopyable {
    var methodEnd = 0
    var targetStart = 0
    var targetEnd = 0
    var pathStart = 0
    var queryStart = 0
    var lineEnd = 0

    /// The part that a field shows; the query begins with its `?`.
    func range(of field: LogField) -> Range<Int> {
        switch field {
        case .method: 0..<methodEnd
        case .target: targetStart..<targetEnd
        // As HAProxy: `%HP` is the whole target up to its query, `%HPO` begins with the path.
        case .path: targetStart..<queryStart
        case .pathOnly: pathStart..<queryStart
        case .query: queryStart..<targetEnd
        case .version: min(targetEnd + 1, lineEnd)..<lineEnd
        default: 0..<lineEnd
        }
    }
}
