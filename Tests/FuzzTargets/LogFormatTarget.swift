import Core
import Expressions

/// A line of text as a log format, and the rest as the request that it is about. Whatever the request says, no value
/// ends a line, and what is encoded is what it says it is.
enum LogFormatTarget {
    static func run(_ bytes: [UInt8]) {
        let input = LineAndRequest(bytes)
        let world = GivenRequest.world
        guard let format = try? LogFormat(input.line, in: world, at: .httpRequest) else { return }
        let pool = BufferPool(headBytes: 32 * 1024)
        GivenRequest.evaluate(input.request, world) { evaluation in
            for item in format.items {
                switch item {
                case .literal: continue
                case .field(_, let flags): write(input.request, flags, pool)
                case .expression(let expression, let flags):
                    guard let sample = evaluation.evaluate(expression),
                        let range = evaluation.textRange(sample)
                    else { continue }
                    write(evaluation.bytes(range).array(), flags, pool)
                }
            }
            guard !format.literals.contains(where: isControl),
                let line = evaluation.write(Template(format))
            else { return }
            demand(!evaluation.bytes(line).array().contains(where: isControl), "one line")
        }
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != 0x09 || byte == 0x7f
    }

    /// A value in each way in which a line can hold it.
    private static func write(_ value: [UInt8], _ flags: LogFlags, _ pool: BufferPool) {
        var line = Buffer()
        pool.lend(.bulk, to: &line)
        defer { pool.reclaim(&line) }
        let bytes = unsafe value.span.bytes
        for encoding in [LogText.Encoding.request, .header, .expression] {
            guard LogText.append(bytes, encoding, flags, into: &line) else { return }
            demand(
                !line.bytes.array().contains { $0 < 0x20 || $0 == 0x7f }, "no control characters")
            line.truncate(by: line.count)
        }
        for kind in [LogEncoder.Kind.text, .number, .bool, .bytes] {
            guard line.append(bytes),
                LogEncoder.encodeTail(from: 0, as: kind, .json, of: &line)
            else { return }
            demand(isJSON(line.bytes.array()), "a JSON value")
            line.truncate(by: line.count)
        }
    }

    /// Whether it is one string, number or word of RFC 8259, as far as bytes go.
    private static func isJSON(_ text: [UInt8]) -> Bool {
        guard text.first == UInt8(ascii: "\"") else {
            let word = String(decoding: text, as: UTF8.self)
            return ["null", "true", "false"].contains(word) || Int(word) != nil
        }
        var at = 1
        while at < text.count - 1 {
            if text[at] < 0x20 || text[at] == UInt8(ascii: "\"") { return false }
            at += text[at] == UInt8(ascii: "\\") ? 2 : 1
        }
        return at == text.count - 1 && text[at] == UInt8(ascii: "\"")
    }
}
