internal import ArgumentParser
internal import Core
internal import Linux

/// `dyadctl top`
struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show frontends, backends and servers, again and again.")

    @OptionGroup var socket: SocketOption

    @Option(name: .shortAndLong, help: "Seconds between two looks, 1 to 60.")
    var interval = 2

    @Option(name: .shortAndLong, help: "Looks before the end; without it, until Ctrl-C.")
    var count: Int?

    @Option(name: .long, help: "Lines of the screen.")
    var rows: Int?

    func validate() throws {
        guard (1...60).contains(interval) else { throw ValidationError("--interval is 1 to 60.") }
        guard count ?? 1 > 0 else { throw ValidationError("--count is 1 or more.") }
        guard rows ?? 10 >= 10 else { throw ValidationError("--rows is 10 or more.") }
    }

    func run() throws {
        let epoll = try Epoll()
        let height = rows ?? Host.environment("LINES").flatMap { Int($0) } ?? 24
        let isTerminal = Descriptors.isTerminal(1)
        var before: StatTable?
        var left = count
        while left != 0 {
            guard let stat = StatTable(try socket.ask("show stat")) else {
                Screen.complain("\(socket.name) is no runtime socket")
                throw CommandExit.unreachable
            }
            let info = InfoTable(try socket.ask("show info"))
            let routers = JSONValue(try socket.ask("show vrrp json"))?.items ?? []
            let lines = Top.lines(info, stat, before, routers, interval: interval)
            if isTerminal { Screen.write(Screen.clear) }
            Screen.write(lines.prefix(height - 1).joined(separator: "\n") + "\n")
            before = stat
            left = left.map { $0 - 1 }
            if left != 0 { _ = epoll.wait(milliseconds: Int32(interval * 1000)) }
        }
    }

    static func lines(
        _ info: InfoTable, _ stat: StatTable, _ before: StatTable?, _ routers: [JSONValue],
        interval: Int
    ) -> [String] {
        var lines = [
            "\(info["node"])  up \(info["Uptime"])  \(info["CurrConns"])/\(info["Maxconn"]) connections"
                + "  \(info["ConnRate"])/s  idle \(info["Idle_pct"]) %"
        ]
        for router in routers { lines.append(StatusReport.line(of: router)) }
        lines.append("")
        var cells = [["", "status", "now", "queue", "sess/s", "req/s", "out/s", "4xx/s", "5xx/s"]]
        var earlier: [String: StatTable.Row] = [:]
        for row in before?.rows ?? [] { earlier["\(row["pxname"])/\(row["svname"])"] = row }
        for row in stat.rows {
            let name = "\(row["pxname"])/\(row["svname"])"
            func rate(_ column: String) -> String {
                guard let old = earlier[name], !row[column].isEmpty else { return "" }
                return shortened(max(0, row.number(column) &- old.number(column)) / interval)
            }
            cells.append([
                row.isServer ? "  " + row["svname"] : name, row["status"], row["scur"], row["qcur"],
                row["rate"], rate("req_tot"), rate("bout"), rate("hrsp_4xx"), rate("hrsp_5xx"),
            ])
        }
        return lines + Screen.table(cells)
    }

    private static func shortened(_ number: Int) -> String {
        switch number {
        case ..<10_000: "\(number)"
        case ..<10_000_000: "\(number / 1000)k"
        default: "\(number / 1_000_000)M"
        }
    }
}
