import Core
import HTTP

/// Heads from strangers: the verdict must not depend on how the bytes arrive.
enum HeadTarget {
    static func request(_ bytes: [UInt8]) {
        check(bytes) { span, progress, fields in
            switch HeadParser.request(span, progress: &progress, into: &fields) {
            case .needsMore: nil
            case .malformed(let reason): "\(reason)"
            case .complete(let head): "\(head) \(fields.count)"
            case .unnormalised: "unnormalised"
            }
        }
        normalise(bytes)
    }

    /// A head that was normalised once is as it should be.
    private static func normalise(_ bytes: [UInt8]) {
        let head = Array(bytes.dropFirst())
        let span = unsafe head.span.bytes
        var fields = HeaderTable()
        var progress = HeadProgress()
        guard case .unnormalised = HeadParser.request(span, progress: &progress, into: &fields)
        else { return }
        // A path may be put in, and the second time there has to be room for one more.
        let pool = BufferPool(headBytes: head.count + 2)
        var output = Buffer()
        pool.lend(.head, to: &output)
        precondition(HeadParser.normalise(span, .strict, fields: &fields, into: &output))
        let again = HeadParser.request(
            output.bytes, progress: &progress, into: &fields, reading: HeadReading.strict.repeated)
        guard case .complete = again else { preconditionFailure("\(again)") }
        var other = Buffer()
        pool.lend(.head, to: &other)
        precondition(
            HeadParser.normalise(output.bytes, .strict, fields: &fields, into: &other)
                && other.count == output.count)
        pool.reclaim(&other)
        pool.reclaim(&output)
    }

    static func response(_ bytes: [UInt8]) {
        check(bytes) { span, progress, fields in
            switch HeadParser.response(span, progress: &progress, into: &fields) {
            case .needsMore: nil
            case .malformed(let reason): "\(reason)"
            case .complete(let head): "\(head) \(fields.count)"
            }
        }
    }

    /// The first byte says where the head is cut.
    private static func check(
        _ bytes: [UInt8],
        _ parse: (RawSpan, inout HeadProgress, inout HeaderTable) -> String?
    ) {
        guard let cut = bytes.first else { return }
        let head = Array(bytes.dropFirst())
        let span = unsafe head.span.bytes
        var fields = HeaderTable()
        var progress = HeadProgress()
        let whole = parse(span, &progress, &fields)
        var pieceFields = HeaderTable()
        progress = HeadProgress()
        let split = head.count * Int(cut) / 256
        let early = parse(span.extracting(0..<split), &progress, &pieceFields)
        let late = early ?? parse(span, &progress, &pieceFields)
        // What comes without the end of a line is not looked at again, so a refusal may come later.
        demand(
            whole == late || late == nil && whole?.contains("Head") == false,
            "whole: \(whole ?? "more"), in pieces: \(late ?? "more")")
    }
}
