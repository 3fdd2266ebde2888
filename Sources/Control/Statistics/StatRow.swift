/// One line of `show stat`: a frontend, a backend, a server or a listener.
package struct StatRow: Sendable {
    /// The numbers of the column `type`.
    package enum Kind: Int, Sendable {
        case frontend = 0
        case backend = 1
        case server = 2
        case listener = 3

        /// The letter of `typed`.
        var letter: UInt8 {
            switch self {
            case .frontend: UInt8(ascii: "F")
            case .backend: UInt8(ascii: "B")
            case .server: UInt8(ascii: "S")
            case .listener: UInt8(ascii: "L")
            }
        }

        /// The word of `json`.
        var objectType: String {
            switch self {
            case .frontend: "Frontend"
            case .backend: "Backend"
            case .server: "Server"
            case .listener: "Listener"
            }
        }
    }

    package let kind: Kind
    package let proxyID: Int
    package let id: Int
    private var values: [StatValue?]

    /// A row with the fields that every row has.
    init(_ kind: Kind, proxy: String, proxyID: Int, name: String, id: Int) {
        self.kind = kind
        self.proxyID = proxyID
        self.id = id
        values = Array(repeating: nil, count: StatColumn.allCases.count)
        self[.pxname] = .text(proxy)
        self[.svname] = .text(name)
        self[.pid] = .u32(1)
        self[.iid] = .count(proxyID)
        self[.sid] = .count(id)
        self[.type] = .u32(UInt32(kind.rawValue))
    }

    /// nil: the column is empty.
    package subscript(column: StatColumn) -> StatValue? {
        get { values[column.rawValue] }
        set { values[column.rawValue] = newValue }
    }

    /// The tags of a column in this kind of row.
    func tags(of column: StatColumn) -> FieldTags {
        // HAProxy gives what is summed up over servers as a gauge.
        if kind == .backend {
            switch column {
            case .act, .bck, .rate, .rate_max: return StatRow.gauge
            default: break
            }
        }
        return column.tags
    }

    private static let gauge = FieldTags("MGP")
}
