/// Samples in Prometheus' text format, version 0.0.4.
struct PrometheusText {
    /// Names and values of labels; a value may hold anything.
    typealias Labels = [(name: String, value: String)]

    /// `haproxy_server_up{proxy="be",server="s1"} 1`, the value as text.
    static func write(
        _ name: String, _ labels: Labels, _ value: String, to output: inout [UInt8]
    ) {
        output.write(name)
        var separator = "{"
        for label in labels {
            output.write(separator)
            output.write(label.name)
            output.write("=\"")
            output.write(label: label.value)
            output.write("\"")
            separator = ","
        }
        if !labels.isEmpty { output.write("}") }
        output.write(" ")
        output.write(value)
        output.write("\n")
    }

    /// Milliseconds as seconds: `0.002000`.
    static func seconds(milliseconds: UInt64) -> String {
        "\(milliseconds / 1000).\(DateText.padded(Int64(milliseconds % 1000), to: 3))000"
    }
}

extension [UInt8] {
    /// The value of a label: backslash, quote and line end are escaped.
    fileprivate mutating func write(label text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0x0a: write("\\n")
            default: append(byte)
            }
        }
    }
}
