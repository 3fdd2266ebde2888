internal import Linux

/// What keepalived writes to files when a signal asks for it (keepalived(8), SIGNALS), for the process that was
/// called by its name.
internal enum KeepalivedDumpKind: Int, Sendable, CaseIterable {
    case data, statistics, json

    /// keepalived's file.
    var path: String {
        switch self {
        case .data: "/tmp/keepalived.data"
        case .statistics: "/tmp/keepalived.stats"
        case .json: "/tmp/keepalived.json"
        }
    }

    var signal: Int32 {
        switch self {
        case .data: Signals.user1
        case .statistics: Signals.user2
        case .json: Signals.dumpJSON
        }
    }

    init?(signal: Int32) {
        guard let kind = KeepalivedDumpKind.allCases.first(where: { $0.signal == signal }) else {
            return nil
        }
        self = kind
    }

    /// The file, fresh and for its owner only. Whoever has the rights opens it; the process that knows what to write
    /// may have neither rights nor that directory.
    func open() throws(Errno) -> Descriptor { try Files.createFresh(path, mode: 0o600) }

    /// The number that `--signum=NAME` prints; nil: no such name.
    static func number(ofSignal name: String) -> Int32? {
        switch name.uppercased() {
        case "DATA": Signals.user1
        case "STATS": Signals.user2
        case "JSON": Signals.dumpJSON
        case "RELOAD": Signals.hangUp
        case "STOP": Signals.terminate
        default: nil
        }
    }
}
