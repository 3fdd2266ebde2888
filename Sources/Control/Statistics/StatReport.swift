internal import Configuration
package import Core
package import Proxy

/// `show stat`: the rows of a snapshot in one of three formats. The values are read while it is
/// printed.
package final class StatReport: ReplySource {
    private let snapshot: Snapshot
    private let facts: ProcessFacts
    private let selection: StatSelection
    private let now: Instant
    private var cursor = StatCursor()
    private var hasBegun = false
    private var hasEnded = false
    private var hasRows = false

    package init(_ snapshot: Snapshot, facts: ProcessFacts, selection: StatSelection, now: Instant)
    {
        self.snapshot = snapshot
        self.facts = facts
        self.selection = selection
        self.now = now
    }

    /// What `description` lines say of proxies, by their numbers.
    var descriptions: [Int: String] {
        var found: [Int: String] = [:]
        for proxy in snapshot.proxies {
            if let text = proxy.settings.description { found[proxy.settings.id] = text }
        }
        return found
    }

    func appendPiece(to output: inout [UInt8]) -> Bool {
        if hasEnded { return false }
        let end = output.count + RuntimeLimits.pieceBytes
        if !hasBegun {
            hasBegun = true
            switch selection.format {
            case .csv: output.write(StatReport.header)
            case .json: output.write("[")
            case .typed: break
            }
        }
        while output.count < end {
            guard let row = nextRow() else {
                if selection.format == .json { output.write("]\n") }
                hasEnded = true
                return true
            }
            write(row, to: &output)
            hasRows = true
        }
        return true
    }

    /// The next row that the selection shows, or nil at the end.
    package func nextRow() -> StatRow? {
        while let place = cursor.next(in: snapshot) {
            let proxy = snapshot.proxies[place.proxy]
            guard selection.shows(proxy) else {
                cursor.skipProxy()
                continue
            }
            if let row = row(place, proxy) { return row }
        }
        return nil
    }

    private func row(_ place: StatCursor.Place, _ proxy: Snapshot.Proxy) -> StatRow? {
        let settings = proxy.settings
        switch place.part {
        case .frontend:
            guard settings.isFrontend, selection.shows(.frontend) else { return nil }
            return .frontend(proxy, facts: facts, now: now)
        case .listener(let index):
            let number = settings.binds[index].id
            guard settings.isFrontend, settings.options.socketStats, selection.shows(.listener),
                selection.id ?? number == number
            else { return nil }
            return .listener(
                index, of: proxy, facts: facts, showsAddress: selection.showsAddresses)
        case .server(let index):
            guard settings.isBackend, selection.shows(.server),
                selection.shows(server: proxy.servers[index], id: settings.servers[index].id)
            else { return nil }
            return .server(
                index, of: proxy, in: snapshot, showsAddress: selection.showsAddresses, now: now)
        case .backend:
            guard settings.isBackend, selection.shows(.backend) else { return nil }
            return .backend(
                proxy, in: snapshot, facts: facts, showsAddress: selection.showsAddresses,
                countsServers: selection.onlyUp || selection.hidesMaintenance, now: now)
        }
    }

    // MARK: Formats

    /// The first line of the CSV; `-` ends the columns that are the same in every version.
    package static let header =
        "# " + StatColumn.allCases.map(\.name).joined(separator: ",") + ",-,\n"

    private func write(_ row: StatRow, to output: inout [UInt8]) {
        switch selection.format {
        case .csv: StatReport.writeCSV(row, to: &output)
        case .typed: StatReport.writeTyped(row, to: &output)
        case .json:
            if hasRows { output.write(",") }
            StatReport.writeJSON(row, to: &output)
        }
    }

    package static func writeCSV(_ row: StatRow, to output: inout [UInt8]) {
        for column in StatColumn.allCases {
            switch row[column] {
            case .text(let text): output.write(csv: text)
            case let value?: output.write(value)
            case nil: break
            }
            output.append(0x2c)
        }
        output.write("-,\n")
    }

    static func writeTyped(_ row: StatRow, to output: inout [UInt8]) {
        for column in StatColumn.allCases {
            guard let value = row[column] else { continue }
            output.append(row.kind.letter)
            output.write(".\(row.proxyID).\(row.id).")
            output.write(typedField: column.rawValue, column.name, row.tags(of: column), value)
            output.append(0x0a)
        }
    }

    static func writeJSON(_ row: StatRow, to output: inout [UInt8]) {
        var object: [UInt8] = []
        object.write("{\"objType\":\"\(row.kind.objectType)\",\"proxyId\":\(row.proxyID),")
        object.write("\"id\":\(row.id),")
        let fields = row.kind == .backend ? jsonBackendFields : jsonFields
        var separator = UInt8(ascii: "[")
        for column in StatColumn.allCases {
            guard let value = row[column] else { continue }
            output.append(separator)
            output.append(contentsOf: object)
            output.append(contentsOf: fields[column.rawValue])
            output.write(json: value)
            output.append(UInt8(ascii: "}"))
            separator = UInt8(ascii: ",")
        }
        output.write("]")
    }

    // Ten kilobytes a row are the same in every row.
    private static let jsonFields = fields(of: .server)
    private static let jsonBackendFields = fields(of: .backend)

    private static func fields(of kind: StatRow.Kind) -> [[UInt8]] {
        let row = StatRow(kind, proxy: "", proxyID: 0, name: "", id: 0)
        return StatColumn.allCases.map { .jsonField($0.rawValue, $0.name, row.tags(of: $0)) }
    }
}

/// Where a report stands in a snapshot: each proxy has a frontend, its bind lines, its servers, and a backend,
/// in this order.
struct StatCursor {
    enum Part { case frontend, listener(Int), server(Int), backend }
    struct Place {
        let proxy: Int
        let part: Part
    }

    private var proxy = 0
    private var step = 0

    mutating func next(in snapshot: Snapshot) -> Place? {
        guard proxy < snapshot.proxies.count else { return nil }
        let listeners = snapshot.proxies[proxy].listeners.count
        let servers = snapshot.proxies[proxy].servers.count
        let current = step
        let at = proxy
        step += 1
        if current == 0 { return Place(proxy: at, part: .frontend) }
        if current <= listeners { return Place(proxy: at, part: .listener(current - 1)) }
        let server = current - 1 - listeners
        if server < servers { return Place(proxy: at, part: .server(server)) }
        proxy += 1
        step = 0
        return Place(proxy: at, part: .backend)
    }

    /// Goes on with the proxy behind the one that was given last.
    mutating func skipProxy() {
        guard step > 0 else { return }
        proxy += 1
        step = 0
    }
}
