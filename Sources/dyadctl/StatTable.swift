/// The CSV of `show stat`, by column names, so that columns may come and go.
struct StatTable {
    struct Row {
        fileprivate let places: [String: Int]
        fileprivate let cells: [String]

        /// "" where the column is empty or unknown.
        subscript(_ column: String) -> String {
            places[column].flatMap { $0 < cells.count ? cells[$0] : nil } ?? ""
        }

        func number(_ column: String) -> Int { Int(self[column]) ?? 0 }

        var isServer: Bool { self["type"] == "2" }
        var isFrontend: Bool { self["type"] == "0" }
        var isBackend: Bool { self["type"] == "1" }
    }

    let rows: [Row]

    /// nil: this is no such CSV.
    init?(_ text: String) {
        let lines = text.split(separator: "\n")
        guard let header = lines.first, header.hasPrefix("# pxname,") else { return nil }
        let names = StatTable.cells(of: header.dropFirst(2))
        let places = Dictionary(
            names.enumerated().map { ($0.element, $0.offset) },
            uniquingKeysWith: { first, _ in first })
        rows = lines.dropFirst().filter { !$0.hasPrefix("#") }.map {
            Row(places: places, cells: StatTable.cells(of: $0))
        }
    }

    /// RFC 4180: quotes around a cell, doubled inside.
    static func cells(of line: Substring) -> [String] {
        var cells: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var bytes = Array(line.utf8)[...]
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\"") where isQuoted && bytes.first == UInt8(ascii: "\""):
                cell.append(byte)
                bytes.removeFirst()
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                cells.append(String(decoding: cell, as: UTF8.self))
                cell = []
            default: cell.append(byte)
            }
        }
        cells.append(String(decoding: cell, as: UTF8.self))
        return cells
    }
}

/// The lines `Key: value` of `show info`.
struct InfoTable {
    private let values: [String: String]

    init(_ text: String) {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1].drop { $0 == " " }) }
        }
        self.values = values
    }

    subscript(_ key: String) -> String { values[key] ?? "" }
}
