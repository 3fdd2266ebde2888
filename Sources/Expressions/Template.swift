public import Core
import HTTP

/// A log format that rules make values of: `set-header X-Forwarded-Proto %[…]`.
public final class Template: ConstantBytes, @unchecked Sendable {
    public let format: LogFormat
    /// The format's items, as they run: without counting references, which `format` keeps.
    fileprivate let steps: [Step]

    fileprivate enum Step: Sendable, BitwiseCopyable {
        case literal(Bytes)
        case field(LogField, LogFlags)
        case expression(Uncounted<SampleExpression>, LogFlags)

        init(_ item: LogFormat.Item) {
            switch item {
            case .literal(let range): self = .literal(Bytes(range))
            case .field(let field, let flags): self = .field(field, flags)
            case .expression(let expression, let flags):
                self = .expression(Uncounted(expression), flags)
            }
        }
    }

    public init(_ format: LogFormat) {
        self.format = format
        steps = format.items.map { Step($0) }
        super.init(format.literals)
    }

    /// The same for another thread, which then counts references of its own.
    public func copy() -> Template { Template(format.copy()) }

    /// Its bytes, where it always gives the same.
    public var constant: [UInt8]? {
        for item in format.items {
            guard case .literal = item else { return nil }
        }
        return format.literals
    }
}

extension Evaluation {
    /// Appends what a template gives now. Control characters are written as `%XX`, so that no value
    /// can end a line. nil: the arena is full.
    public mutating func write(_ template: Template) -> Bytes? {
        let start = arena.count
        var index = 0
        while index < template.steps.count {
            switch template.steps[index] {
            case .literal(let range):
                guard arena.append(template.bytes(range.range)) else { return nil }
            case .field(let field, let flags):
                guard host?.append(field, flags, to: &arena) ?? true else { return nil }
            case .expression(let expression, let flags):
                guard expression.use({ write($0, flags) }) else { return nil }
            }
            index &+= 1
        }
        return Bytes(start..<arena.count)
    }

    /// A sample as text behind all that is there; nothing where it has no value.
    private mutating func write(_ expression: SampleExpression, _ flags: LogFlags) -> Bool {
        let start = arena.count
        guard let sample = evaluate(expression), let range = textRange(sample) else {
            arena.truncate(by: arena.count - start)
            return true
        }
        // The text may lie anywhere, with what converters left before and behind it.
        if Int(range.start) < start {
            arena.truncate(by: arena.count - start)
            guard appendEncoded(range.range, flags) else { return false }
        } else if Evaluation.needsEncoding(arena.bytes.extracting(range.range), flags) {
            let end = arena.count
            guard appendEncoded(range.range, flags) else { return false }
            arena.moveDown(from: end, to: start, count: arena.count - end)
            arena.truncate(by: end - start)
        } else {
            arena.moveDown(from: Int(range.start), to: start, count: range.count)
            arena.truncate(by: arena.count - start - range.count)
        }
        return true
    }

    private static func needsEncoding(_ text: RawSpan, _ flags: LogFlags) -> Bool {
        if flags.isQuoted || flags.isEscaped { return true }
        var at = text.firstControl(from: 0)
        while at < text.byteCount {
            if text.byte(at: at) != 0x09 { return true }
            at = text.firstControl(from: at &+ 1)
        }
        return false
    }

    private mutating func appendEncoded(_ range: Range<Int>, _ flags: LogFlags) -> Bool {
        if flags.isQuoted { guard arena.append("\"") else { return false } }
        for at in range {
            let byte = arena.bytes.byte(at: at)
            if byte < 0x20 && byte != 0x09 || byte == 0x7f {
                guard arena.append("%"), arena.append(Evaluation.digit(byte >> 4)),
                    arena.append(Evaluation.digit(byte & 15))
                else { return false }
            } else {
                let isSpecial = byte == 0x22 || byte == 0x5c || byte == 0x5d
                if flags.isEscaped, isSpecial { guard arena.append("\\") else { return false } }
                guard arena.append(byte) else { return false }
            }
        }
        return flags.isQuoted ? arena.append("\"") : true
    }
}
