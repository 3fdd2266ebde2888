import Core

/// Converters that ask the engine about what a text names, or keep the text for log lines.
enum EngineConverters {
    static let entries: [ConverterEntry] = [
        ConverterEntry("nbsrv", .string, .integer, is: .engine(.usableServers)),
        ConverterEntry("srv_is_up", .string, .bool, is: .engine(.serverIsUp)),
        ConverterEntry("srv_queue", .string, .integer, is: .engine(.serverQueue)),
        ConverterEntry("capture-req", .string, .string, 1...1) { a throws(ExpressionProblem) in
            .capture(index: try a.int32(0, or: 0), side: .request)
        },
        ConverterEntry("capture-res", .string, .string, 1...1) { a throws(ExpressionProblem) in
            .capture(index: try a.int32(0, or: 0), side: .response)
        },
    ]
}

extension Evaluation {
    /// `nbsrv`, `srv_is_up`, `srv_queue` of what a text names.
    func ask(_ number: EngineNumber, of name: Bytes) -> Sample? {
        guard let value = host?.number(number, of: bytes(name)) else { return nil }
        if case .serverIsUp = number { return .bool(value != 0) }
        return .integer(value)
    }

    /// Keeps as much of a text as the place takes that the frontend of the request has. False: it has no such place.
    func capture(_ text: Bytes, _ index: Int32, _ side: Fetch.Side) -> Bool {
        guard let transaction, let layout = transaction.captures else { return false }
        let lengths = side == .request ? layout.requestLengths : layout.responseLengths
        guard lengths.indices.contains(Int(index)) else { return false }
        let start = Int(text.start)
        let kept = Sample.string(Bytes(start..<start + min(text.count, lengths[Int(index)])))
        if side == .request {
            _ = transaction.requestCaptures.store(kept, index, from: arena.bytes)
        } else {
            _ = transaction.responseCaptures.store(kept, index, from: arena.bytes)
        }
        return true
    }
}
