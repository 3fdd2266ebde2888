/// A value of `show stat` or `show info` with the type that `typed` and `json` name.
package enum StatValue: Sendable, Equatable {
    case u32(UInt32)
    case s32(Int32)
    case u64(UInt64)
    case text(String)

    /// A number that fits: a count that cannot be below 0.
    static func count(_ number: Int) -> StatValue { .u32(UInt32(clamping: number)) }

    /// Whole seconds of a time that has passed.
    static func seconds(_ duration: Duration) -> StatValue {
        .u32(UInt32(clamping: duration.components.seconds))
    }

    package var typeName: String {
        switch self {
        case .u32: "u32"
        case .s32: "s32"
        case .u64: "u64"
        case .text: "str"
        }
    }

    package var text: String {
        switch self {
        case .u32(let number): String(number)
        case .s32(let number): String(number)
        case .u64(let number): String(number)
        case .text(let text): text
        }
    }
}

extension [UInt8] {
    /// `"field":{"pos":0,"name":"Name"},…,"value":{"type":"str","value":"HAProxy"}`
    mutating func write(
        jsonField position: Int, _ name: String, _ tags: FieldTags, _ value: StatValue
    ) {
        append(contentsOf: [UInt8].jsonField(position, name, tags))
        write(json: value)
    }

    /// The part of a field that is the same for every value: up to `"value":{`.
    static func jsonField(_ position: Int, _ name: String, _ tags: FieldTags) -> [UInt8] {
        var output: [UInt8] = []
        output.write("\"field\":{\"pos\":\(position),\"name\":")
        output.write(json: name)
        output.write("},\"processNum\":1,\"tags\":{\"origin\":\"\(tags.originName)\",")
        output.write(
            "\"nature\":\"\(tags.natureName)\",\"scope\":\"\(tags.scopeName)\"},\"value\":{")
        return output
    }

    /// `"type":"u32","value":1}`
    mutating func write(json value: StatValue) {
        write("\"type\":\"")
        write(value.typeName)
        write("\",\"value\":")
        if case .text(let text) = value { write(json: text) } else { write(value) }
        append(UInt8(ascii: "}"))
    }

    /// `0.Name.1:POS:str:HAProxy` without what stands before the position.
    mutating func write(
        typedField position: Int, _ name: String, _ tags: FieldTags, _ value: StatValue
    ) {
        write(decimal: UInt64(position))
        write(".")
        write(name)
        write(".1:")
        append(tags.origin)
        append(tags.nature)
        append(tags.scope)
        write(":")
        write(value.typeName)
        write(":")
        write(value)
    }
}
