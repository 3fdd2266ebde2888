internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux

/// Log lines item by item: literals, fields, expressions, and the encodings of whole lines.
extension Worker {
    /// Writes the line that a format makes of a stream behind what is in `scratch`. `isEarly`: the stream goes on
    /// (`option logasap`).
    func appendLine(
        _ format: LogFormat, _ client: ClientConnection, _ stream: Stream, isEarly: Bool
    ) {
        // While rules run, the evaluation has what it needs: `unique-id-format`.
        guard format.hasExpressions, evaluation.host == nil else {
            appendItems(format, client, stream, isEarly: isEarly)
            return
        }
        // An arena of its own: the engine's edits and fields may belong to an answer that is on its way.
        var arena = Buffer()
        pool.lend(.head, to: &arena)
        swap(&evaluation.arena, &arena)
        let heads = (evaluation.requestHead, evaluation.responseHead)
        evaluation.requestHead = nil
        evaluation.responseHead = nil
        evaluation.client = client.peer
        evaluation.realtime = realtimeOffset &+ loop.now.nanoseconds
        evaluation.transaction = kept(stream)
        evaluation.session = client.session
        evaluation.host = self
        ruled = (client, stream)
        appendItems(format, client, stream, isEarly: isEarly)
        ruled = nil
        evaluation.host = nil
        evaluation.session = nil
        evaluation.transaction = nil
        (evaluation.requestHead, evaluation.responseHead) = heads
        swap(&evaluation.arena, &arena)
        pool.reclaim(&arena)
    }

    /// What rules and captures have kept of a stream; an old transaction of another one is none.
    func kept(_ stream: Stream) -> Transaction? {
        stream.has(Stream.Flag.hasTransaction) ? stream.transaction : nil
    }

    private func appendItems(
        _ format: LogFormat, _ client: ClientConnection, _ stream: Stream, isEarly: Bool
    ) {
        guard format.labels.isEmpty else {
            appendEncoded(format, client, stream, isEarly: isEarly)
            return
        }
        // Spaces separate: HAProxy writes one between two fields, also where an empty field lies between them.
        var followsSeparator = true
        for item in format.items {
            let before = scratch.count
            switch item {
            case .literal(var range):
                while followsSeparator, let first = range.first, format.literals[first] == 0x20 {
                    range = range.dropFirst()
                }
                _ = unsafe scratch.append(format.literals.span.bytes.extracting(range))
                if let last = range.last { followsSeparator = format.literals[last] == 0x20 }
            case .expression(let expression, let flags):
                append(expression, flags)
                if scratch.count > before { followsSeparator = false }
            case .field(let field, let flags):
                append(field, flags, client, stream, isEarly)
                if scratch.count > before { followsSeparator = false }
            }
        }
    }

    /// The value of an expression as text.
    private func append(_ expression: SampleExpression, _ flags: LogFlags) {
        let saved = evaluation.arena.count
        if let sample = evaluation.evaluate(expression), let range = evaluation.textRange(sample) {
            _ = LogText.append(evaluation.bytes(range), .expression, flags, into: &scratch)
        } else {
            _ = LogText.append(RawSpan(), .none, flags, into: &scratch)
        }
        evaluation.arena.truncate(by: evaluation.arena.count - saved)
    }

    // MARK: Encodings

    /// A line in which values, or all of it, are encoded. In a map only items with names have a place.
    private func appendEncoded(
        _ format: LogFormat, _ client: ClientConnection, _ stream: Stream, isEarly: Bool
    ) {
        let isMap = format.encoding != .none
        if isMap { _ = LogEncoder.begin(format.encoding, into: &scratch) }
        var isFirst = true
        for index in format.items.indices {
            let label = format.labels[index]
            if isMap {
                if case .literal = format.items[index] { continue }
                guard !label.name.isEmpty else { continue }
                _ = unsafe LogEncoder.append(
                    key: format.literals.span.bytes.extracting(label.name), isFirst: isFirst,
                    format.encoding, into: &scratch)
                isFirst = false
            }
            switch format.items[index] {
            case .literal(let range):
                _ = unsafe scratch.append(format.literals.span.bytes.extracting(range))
            case .expression(let expression, let flags): encode(expression, flags, label.type)
            case .field(let field, let flags):
                encode(field, flags, label.type, client, stream, isEarly)
            }
        }
        if isMap { _ = LogEncoder.end(format.encoding, into: &scratch) }
    }

    private func encode(
        _ field: LogField, _ flags: LogFlags, _ type: LogValueType, _ client: ClientConnection,
        _ stream: Stream, _ isEarly: Bool
    ) {
        guard flags.encoding != .none else {
            append(field, flags, client, stream, isEarly)
            return
        }
        let start = scratch.count
        // Quotes show where an empty text is; the encoder takes them off.
        let plain = LogFlags(isQuoted: true, isHexadecimal: flags.isHexadecimal)
        append(field, plain, client, stream, isEarly)
        let isNumber = field.kind == .number || field.kind == .port
        let own: LogEncoder.Kind = isNumber && !flags.isHexadecimal ? .number : .text
        _ = LogEncoder.encodeTail(
            from: start, as: Worker.kind(type, own), flags.encoding, of: &scratch)
    }

    private func encode(
        _ expression: SampleExpression, _ flags: LogFlags, _ type: LogValueType
    ) {
        guard flags.encoding != .none else {
            append(expression, flags)
            return
        }
        let start = scratch.count
        var own = LogEncoder.Kind.text
        let saved = evaluation.arena.count
        if let sample = evaluation.evaluate(expression), let range = evaluation.textRange(sample) {
            switch sample.type {
            case .integer: own = .number
            case .bool: own = .bool
            case .binary where flags.encoding != .json: own = .bytes
            default: scratch.append("\"")
            }
            _ = scratch.append(evaluation.bytes(range))
            if own == .text { scratch.append("\"") }
        } else if flags.encoding == .json {
            scratch.append("\"\"")
        }
        evaluation.arena.truncate(by: evaluation.arena.count - saved)
        _ = LogEncoder.encodeTail(
            from: start, as: Worker.kind(type, own), flags.encoding, of: &scratch)
    }

    private static func kind(_ forced: LogValueType, _ own: LogEncoder.Kind) -> LogEncoder.Kind {
        switch forced {
        case .own: own
        case .text: .text
        case .number: .number
        case .bool: .bool
        }
    }
}
