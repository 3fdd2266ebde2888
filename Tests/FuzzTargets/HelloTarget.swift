import Core
import Expressions

/// The beginning of TLS connections from strangers: the verdict must not depend on how the bytes arrive. The first byte
/// chooses where they are cut, and how much of a hello is kept.
enum HelloTarget {
    static func run(_ bytes: [UInt8]) {
        guard let choice = bytes.first else { return }
        let stream = Array(bytes.dropFirst())
        let whole = parse(stream)
        for cut in [stream.count * Int(choice) / 256, stream.count / 2, min(stream.count, 5)] {
            switch parse(Array(stream.prefix(cut))) {
            case .needsMore: continue
            case let early: demand(early == whole, "\(early) became \(whole)")
            }
        }
        if case .complete(let hello) = whole {
            demand(hello.serverName.count <= stream.count)
            demand(hello.keyShareGroups.count <= stream.count)
            demand(
                hello.ciphers.count + hello.groups.count + hello.signatures.count <= stream.count)
        }
        _ = ClientHello.serverName(inExtension: stream)
        keep(stream, limit: Int(choice) * 4)
        keep(Array(stream.dropFirst(5)), limit: Int(choice) * 4)
    }

    private static func parse(_ bytes: [UInt8]) -> ClientHello.Parse {
        unsafe ClientHello.parse(bytes.span.bytes)
    }

    private static func keep(_ message: [UInt8], limit: Int) {
        guard let kept = CapturedHello(message, limit: limit) else { return }
        let lists: [CapturedHello.List] = [
            .ciphers, .extensions, .groups, .formats, .signatures, .versions,
        ]
        var total = 0
        for list in lists {
            let all = kept.bytes(of: list, plain: false)
            demand(kept.bytes(of: list, plain: true).count <= all.count)
            total += all.count
        }
        demand(total <= limit, "\(total) bytes are kept, not \(limit)")
    }
}
