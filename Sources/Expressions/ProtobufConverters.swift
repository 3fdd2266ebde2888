import Core

/// `protobuf`, `ungrpc`
enum ProtobufConverters {
    static let entries: [ConverterEntry] = [
        entry("protobuf", isCall: false), entry("ungrpc", isCall: true),
    ]

    private static func entry(_ name: String, isCall: Bool) -> ConverterEntry {
        ConverterEntry(name, .binary, .binary, 1...2) { a throws(ExpressionProblem) in
            let text = try a.text(0)
            var path: [UInt8] = []
            for part in text.split(separator: ".", omittingEmptySubsequences: false) {
                guard let number = UInt32(part), (1..<1 << 29).contains(number),
                    path.count < ProtobufReader.depthLimit * 4
                else {
                    throw ExpressionProblem(
                        "failed to parse '\(text)' as type 'Protocol buffers field number' at position 1",
                        fix: "write it as '4' or '1.4'")
                }
                path += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
            }
            var type = ProtobufReader.FieldType.raw
            if a.has(1) {
                let name = try a.text(1)
                guard let found = ProtobufReader.FieldType(name: name) else {
                    throw ExpressionProblem("unknown Protocol buffers field type '\(name)'")
                }
                type = found
            }
            return .protobuf(path: a.keep(path), type: type.rawValue, isCall: isCall)
        }
    }
}

extension Evaluation {
    /// What those converters make of bytes.
    func convertProtobuf(
        _ range: Bytes, _ path: Bytes, _ type: UInt8, _ expression: SampleExpression, isCall: Bool
    ) -> Sample? {
        guard let type = ProtobufReader.FieldType(rawValue: type) else { return nil }
        let path = expression.constant(path)
        let found =
            isCall
            ? ProtobufReader.findInCalls(path, type, in: arena.bytes, range.range)
            : ProtobufReader.find(path, type, in: arena.bytes, range.range)
        guard let found else { return nil }
        if type == .raw { return .binary(Bytes(found)) }
        return ProtobufReader.number(type, arena.bytes, found).map { .integer($0) }
    }
}
