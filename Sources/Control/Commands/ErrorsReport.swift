internal import Core
internal import Linux
internal import Proxy

/// `show errors`: the last message of each proxy that could not be parsed, byte for byte (HAProxy manual, management guide 9.3).
///
/// In the place of HAProxy's flags, which are of its inside, stands the reason.
struct ErrorsReport {
    private let snapshot: Snapshot
    private let shows: (InvalidMessage) -> Bool

    /// Characters of a line of the dump, behind its offset.
    private static let lineCharacters = 70

    /// `kind` nil: both; `proxy` nil: all.
    init(_ snapshot: Snapshot, kind: InvalidMessage.Kind?, proxy: Int?) {
        self.snapshot = snapshot
        shows = { message in
            (kind == nil || message.kind == kind)
                && (proxy == nil || message.frontend.id == proxy || message.backend?.id == proxy)
        }
    }

    func render() -> [UInt8] {
        let messages = snapshot.proxies.flatMap {
            [$0.state.invalidRequest, $0.state.invalidResponse].compactMap { $0 }
        }
        // Whatever came last is still kept by some proxy.
        let total = (messages.map(\.number).max() ?? -1) + 1
        let now = DateText.log(nanoseconds: Clock.realtime())
        var text = Array("Total events captured on [\(now)] : \(total)\n".utf8)
        for message in messages where shows(message) { write(message, to: &text) }
        return text
    }

    private func write(_ message: InvalidMessage, to text: inout [UInt8]) {
        let fault = message.fault
        let frontend = "frontend \(ErrorsReport.name(message.frontend))"
        let backend = "backend \(ErrorsReport.name(message.backend))"
        let isRequest = message.kind == .request
        let count = message.bytes.count
        let source = message.source.ip.map { "\($0):\(message.source.port)" } ?? "unix:0"
        text += Array(
            """
            \u{20}
            [\(DateText.log(nanoseconds: message.time))] \(isRequest ? frontend : backend): \
            invalid \(isRequest ? "request" : "response")
              \(isRequest ? backend : frontend), server \(ErrorsReport.name(message.server)), \
            event #\(message.number), src \(source)
              buffer starts at 0 (including 0 out), \(max(message.bufferBytes - count, 0)) free,
              len \(count), wraps at \(message.bufferBytes), error at position \(fault.offset)
              \(fault.explanation) :
             \u{20}

            """.utf8)
        ErrorsReport.dump(message.bytes, to: &text)
    }

    private static func name(_ party: InvalidMessage.Party?) -> String {
        party.map { "\($0.name) (#\($0.id))" } ?? "<NONE> (#-1)"
    }

    /// The bytes with what is not printable escaped: a line for each of the message's, and `+` where one goes on.
    static func dump(_ bytes: [UInt8], to text: inout [UInt8]) {
        var at = 0
        var continues = false
        while at < bytes.count {
            let digits = "\(at)"
            text += Array(
                "  \(String(repeating: "0", count: max(5 - digits.count, 0)))\(digits)".utf8)
            text += Array(continues ? "+ ".utf8 : "  ".utf8)
            var width = 0
            continues = true
            while at < bytes.count, continues {
                let escape = escaped(bytes[at])
                guard width + escape.count <= lineCharacters else { break }
                text += escape
                width += escape.count
                continues = bytes[at] != UInt8(ascii: "\n")
                at += 1
            }
            text.append(UInt8(ascii: "\n"))
        }
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "\t"): Array("\\t".utf8)
        case UInt8(ascii: "\n"): Array("\\n".utf8)
        case UInt8(ascii: "\r"): Array("\\r".utf8)
        case 0x1b: Array("\\e".utf8)
        case UInt8(ascii: "\\"): Array("\\\\".utf8)
        case 0x20..<0x7f: [byte]
        default:
            Array("\\x".utf8) + [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x37 + $0 }
        }
    }
}
