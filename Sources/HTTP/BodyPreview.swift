import Core

/// A look at a body that still lies in its buffer whole, head and all: for rules that read bodies.
public enum BodyPreview {
    public enum State: Sendable, BitwiseCopyable {
        /// The message ends in these bytes.
        case whole
        case partial
        case malformed
    }

    /// Tells of the body that follows `start` where its data lies, and how much of it is there. `length`: bytes of the
    /// body, nil for what ends with the connection.
    public static func scan(
        _ bytes: RawSpan, from start: Int, isChunked: Bool, length: Int?,
        data: (Range<Int>) -> Void
    ) -> State {
        guard start <= bytes.byteCount else { return .partial }
        guard isChunked else {
            let end = min(bytes.byteCount, start + (length ?? .max - start))
            if end > start { data(start..<end) }
            return length.map { end - start >= $0 } == true ? .whole : .partial
        }
        var scanner = ChunkScanner()
        scanner.keepsDataOnly = true
        var at = start
        while true {
            switch scanner.step(bytes, at: at) {
            case .keep(let count):
                if count > 0 { data(at..<at + count) }
                at += count
            case .drop(let count): at += count
            case .needsMore: return .partial
            case .finished: return .whole
            case .malformed: return .malformed
            }
        }
    }
}
