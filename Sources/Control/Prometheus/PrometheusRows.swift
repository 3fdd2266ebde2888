internal import Configuration
internal import Proxy

/// The samples of one kind of row: frontends, bind lines, backends or servers. Each metric collects its own lines, because the
/// format wants the samples of a metric together and each row is made once.
struct PrometheusRows {
    private let kind: StatRow.Kind
    private let columns: [PrometheusColumn]
    private let names: [String]
    private var lines: [[UInt8]]

    init(_ kind: StatRow.Kind) {
        self.kind = kind
        columns = PrometheusColumns.of(kind)
        let prefix = PrometheusRows.prefix(kind)
        names = columns.map { prefix + $0.metric.name }
        lines = columns.map { _ in [] }
    }

    private static func prefix(_ kind: StatRow.Kind) -> String {
        "haproxy_\(kind.objectType.lowercased())_"
    }

    /// Bytes collected so far.
    private(set) var byteCount = 0

    mutating func add(_ row: StatRow, of proxy: Snapshot.Proxy) {
        var labels: PrometheusText.Labels = [("proxy", proxy.settings.name)]
        if kind == .server { labels.append(("server", row[.svname]?.text ?? "")) }
        if kind == .listener { labels.append(("listener", row[.svname]?.text ?? "")) }
        let isHTTP = proxy.settings.mode == .http
        for (index, column) in columns.enumerated()
        where isHTTP || !PrometheusRows.onlyHTTP.contains(column.column) {
            let before = lines[index].count
            write(column, row, labels, of: proxy, name: names[index], to: &lines[index])
            byteCount += lines[index].count - before
        }
    }

    /// Everything, each metric with its header; metrics without samples are left out.
    func append(to output: inout [UInt8]) {
        let prefix = PrometheusRows.prefix(kind)
        for (index, column) in columns.enumerated() where !lines[index].isEmpty {
            output.write(column.metric.header(prefix))
            output.append(contentsOf: lines[index])
        }
    }

    // MARK: One metric of one row

    private func write(
        _ column: PrometheusColumn, _ row: StatRow, _ labels: PrometheusText.Labels,
        of proxy: Snapshot.Proxy, name: String, to output: inout [UInt8]
    ) {
        let value = row[column.column]
        switch column.metric.form {
        case .number, .text, .label:
            let isOptional = PrometheusRows.optional.contains(column.column)
            guard let value else {
                // A check without an answer has no code yet.
                if column.column == .check_code, row[.check_status] != nil {
                    return PrometheusText.write(name, labels, "0", to: &output)
                }
                if !isOptional || kind != .server { return }
                return PrometheusText.write(name, labels, "NaN", to: &output)
            }
            PrometheusText.write(name, labels, value.text, to: &output)
        case .milliseconds:
            guard let value else { return }
            PrometheusText.write(name, labels, seconds(value), to: &output)
        case .status: writeStates(row, labels, name, to: &output)
        case .checkStatus:
            guard let word = value?.text else { return }
            let status = word.hasPrefix("* ") ? String(word.dropFirst(2)) : word
            for known in PrometheusRows.checkStates {
                write(name, labels, state: known, known == status ? 1 : 0, to: &output)
            }
        case .responses:
            guard value != nil else { return }
            for (code, column) in PrometheusRows.classes {
                PrometheusText.write(
                    name, labels + [("code", code)], row[column]?.text ?? "0", to: &output)
            }
        case .serverStates:
            let counts = PrometheusRows.count(proxy) { PrometheusRows.state(of: $0, $1) }
            for state in PrometheusRows.serverStates {
                write(name, labels, state: state, counts[state] ?? 0, to: &output)
            }
        case .serverCheckStates:
            let counts = PrometheusRows.count(proxy) { state, hasCheck in
                hasCheck ? state.withMutable { $0.check.status } : nil
            }
            for state in PrometheusRows.checkStates {
                write(name, labels, state: state, counts[state] ?? 0, to: &output)
            }
        }
    }

    /// Columns that a server may lack, and that HAProxy gives as not a number then.
    private static let optional: Set<StatColumn> = [
        .slim, .qlimit, .throttle, .src_ilim, .chkfail, .chkdown, .downtime,
    ]
    private static let onlyHTTP: Set<StatColumn> = [
        .req_rate_max, .req_tot, .comp_in, .comp_out, .comp_byp, .comp_rsp,
    ]
    private static let classes: [(String, StatColumn)] = [
        ("1xx", .hrsp_1xx), ("2xx", .hrsp_2xx), ("3xx", .hrsp_3xx), ("4xx", .hrsp_4xx),
        ("5xx", .hrsp_5xx), ("other", .hrsp_other),
    ]
    private static let listenerStates = ["WAITING", "OPEN", "FULL"]
    private static let serverStates = ["DOWN", "UP", "MAINT", "DRAIN", "NOLB"]
    private static let checkStates = [
        "HANA", "SOCKERR", "L4OK", "L4TOUT", "L4CON", "L6OK", "L6TOUT", "L6RSP", "L7TOUT",
        "L7RSP", "L7OK", "L7OKC", "L7STS", "PROCERR", "PROCTOUT", "PROCOK",
    ]

    private func seconds(_ value: StatValue) -> String {
        switch value {
        case .u32(let number): PrometheusText.seconds(milliseconds: UInt64(number))
        case .u64(let number): PrometheusText.seconds(milliseconds: number)
        default: PrometheusText.seconds(milliseconds: 0)
        }
    }

    private func write(
        _ name: String, _ labels: PrometheusText.Labels, state: String, _ value: Int,
        to output: inout [UInt8]
    ) {
        PrometheusText.write(name, labels + [("state", state)], "\(value)", to: &output)
    }

    private func writeStates(
        _ row: StatRow, _ labels: PrometheusText.Labels, _ name: String, to output: inout [UInt8]
    ) {
        let word = row[.status]?.text ?? ""
        if kind == .listener {
            for state in PrometheusRows.listenerStates {
                write(name, labels, state: state, state == word ? 1 : 0, to: &output)
            }
            return
        }
        let isServer = kind == .server
        let now: String
        switch word.prefix(while: { $0 != " " }) {
        case "OPEN", "UP", "no": now = "UP"
        case "MAINT" where isServer: now = "MAINT"
        case "DRAIN" where isServer: now = "DRAIN"
        case "NOLB" where isServer: now = "NOLB"
        default: now = "DOWN"
        }
        for state in isServer ? PrometheusRows.serverStates : ["DOWN", "UP"] {
            write(name, labels, state: state, state == now ? 1 : 0, to: &output)
        }
    }

    private static func count(
        _ proxy: Snapshot.Proxy, _ state: (ServerState, _ hasCheck: Bool) -> String?
    ) -> [String: Int] {
        var counts: [String: Int] = [:]
        for (settings, server) in zip(proxy.settings.servers, proxy.servers) {
            guard let state = state(server, settings.check != nil) else { continue }
            counts[state, default: 0] += 1
        }
        return counts
    }

    private static func state(of server: ServerState, _ hasCheck: Bool) -> String {
        let administration = server.administration
        if !administration.isDisjoint(with: .maintenance) { return "MAINT" }
        switch server.operation {
        case .stopped: return "DOWN"
        case .stopping: return "NOLB"
        case .running, .starting:
            return administration.isDisjoint(with: .drain) ? "UP" : "DRAIN"
        }
    }
}
