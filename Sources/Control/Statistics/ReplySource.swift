/// A long reply, made piece by piece while the client reads it, so that ten thousand servers are
/// never in memory as text at once.
protocol ReplySource: AnyObject {
    /// Appends the next piece, about `RuntimeLimits.pieceBytes`; false: there was nothing left.
    func appendPiece(to output: inout [UInt8]) -> Bool
}

extension ReplySource {
    /// Everything at once, for the page and for tests; nil: it is more than `limit` bytes.
    func wholeReply(limit: Int = .max) -> [UInt8]? {
        var output: [UInt8] = []
        while appendPiece(to: &output) {
            if output.count > limit { return nil }
        }
        return output
    }
}
