internal import Configuration
internal import Core
internal import Proxy
internal import StickTables

/// `show table <name>`: one line an entry. The table's lock is taken for each line anew.
final class StickTableDump: ReplySource {
    private let table: StickTable
    private let header: String
    private let entries: [StickStore.Reference]
    private let filters: [StickFilter]
    private let names: [UInt64: String]
    private let now: Int64
    private var next = 0
    private var hasBegun = false

    /// `now`: nanoseconds.
    init(
        _ table: StickTable, header: String, _ entries: [StickStore.Reference],
        _ filters: [StickFilter], names: [UInt64: String], now: Int64
    ) {
        self.table = table
        self.header = header
        self.entries = entries
        self.filters = filters
        self.names = names
        self.now = now
    }

    func appendPiece(to output: inout [UInt8]) -> Bool {
        let end = output.count + RuntimeLimits.pieceBytes
        if !hasBegun {
            hasBegun = true
            output.write(header)
        }
        while output.count < end {
            guard next < entries.count else { return false }
            let entry = entries[next]
            next += 1
            let line = table.use { store -> String? in
                guard filters.allSatisfy({ $0.matches(entry, store, now: now) }) else { return nil }
                return StickTableDump.line(entry, &store, names, now: now)
            }
            if let line { output.write(line) }
        }
        return true
    }

    /// Servers by what tables keep of their names.
    static func serverNames(_ snapshot: Snapshot) -> [UInt64: String] {
        var names: [UInt64: String] = [:]
        for proxy in snapshot.proxies {
            for server in proxy.settings.servers { names[ServerKey.of(server.name)] = server.name }
        }
        return names
    }

    /// An entry as HAProxy writes it, with a number for its address; nil: it has gone.
    static func line(
        _ entry: StickStore.Reference, _ store: inout StickStore, _ names: [UInt64: String],
        now: Int64
    ) -> String? {
        var key = StickKey()
        guard store.key(entry, into: &key) else { return nil }
        let settings = store.settings
        let left = store.timeLeft(entry, now: now) ?? 0
        var line =
            "0x\(String(entry.number, radix: 16)): key=\(key.text(for: settings)) use=\(store.uses(entry)) exp=\(left / 1_000_000)"
        for column in settings.columns {
            for index in 0..<column.count {
                let value = store.value(column.data, index, of: entry, now: now) ?? 0
                let period = column.data.isRate ? "(\(column.period))" : ""
                let shown =
                    column.data == .serverKey
                    ? names[UInt64(bitPattern: value)] ?? "-" : String(value)
                line += " \(column.data.name(index))\(period)=\(shown)"
            }
        }
        return line + "\n"
    }
}

extension StickData {
    /// The name of one element of an array: `gpc1`, `gpc1_rate`.
    fileprivate func name(_ index: Int) -> String {
        switch self {
        case .gpc, .gpt: "\(name)\(index)"
        case .gpcRate: "gpc\(index)_rate"
        default: name
        }
    }
}
