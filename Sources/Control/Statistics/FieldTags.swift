/// Where a value comes from, what kind of number it is and what it is about (HAProxy manual, `show
/// stat typed`).
package struct FieldTags: Sendable, Equatable {
    let origin: UInt8
    let nature: UInt8
    let scope: UInt8

    /// Three letters: `MCP`.
    init(_ letters: String) {
        let bytes = Array(letters.utf8)
        precondition(bytes.count == 3, "tags are three letters")
        (origin, nature, scope) = (bytes[0], bytes[1], bytes[2])
    }

    var originName: String {
        switch origin {
        case UInt8(ascii: "M"): "Metric"
        case UInt8(ascii: "S"): "Status"
        case UInt8(ascii: "K"): "Key"
        case UInt8(ascii: "C"): "Config"
        default: "Product"
        }
    }

    var natureName: String {
        switch nature {
        case UInt8(ascii: "A"): "Age"
        case UInt8(ascii: "a"): "Avg"
        case UInt8(ascii: "C"): "Counter"
        case UInt8(ascii: "D"): "Duration"
        case UInt8(ascii: "G"): "Gauge"
        case UInt8(ascii: "L"): "Limit"
        case UInt8(ascii: "M"): "Max"
        case UInt8(ascii: "m"): "Min"
        case UInt8(ascii: "N"): "Name"
        case UInt8(ascii: "R"): "Rate"
        case UInt8(ascii: "T"): "Time"
        default: "Output"
        }
    }

    var scopeName: String {
        switch scope {
        case UInt8(ascii: "C"): "Cluster"
        case UInt8(ascii: "S"): "Service"
        case UInt8(ascii: "s"): "System"
        default: "Process"
        }
    }
}
