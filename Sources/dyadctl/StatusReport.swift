/// The state of a node in one screen and one exit code.
struct StatusReport {
    enum Verdict: Int32 {
        /// Serves, and is master of a virtual router, or there is none.
        case master = 0
        /// Would serve: every virtual router is backup.
        case backup = 1
        /// Something that the service needs is missing.
        case degraded = 2
    }

    let verdict: Verdict
    /// What is wrong, most important first.
    let problems: [String]
    let text: String

    /// Problems that are listed one by one.
    private static let problemLimit = 12

    init(info: InfoTable, stat: StatTable, routers: [JSONValue], health: String) {
        var grave: [String] = []
        var light: [String] = []
        if health.contains("engine: does not work") {
            grave.append("the proxy engine does not work")
        }
        for line in health.split(separator: "\n") where line.hasPrefix("stalled threads: ") {
            if !line.hasSuffix(" none") { grave.append(String(line)) }
        }
        for row in stat.rows {
            let name = "\(row["pxname"])/\(row["svname"])"
            let status = row["status"]
            if row.isBackend && status.hasPrefix("DOWN") {
                grave.append("backend \(row["pxname"]) has no usable server")
            } else if row.isFrontend && status != "OPEN" {
                grave.append("frontend \(row["pxname"]) is \(status)")
            } else if row.isServer && !["UP", "no check"].contains(status) {
                let check = row["check_desc"].isEmpty ? "" : ", \(row["check_desc"])"
                let detail = row["last_chk"].isEmpty ? "" : ": \(row["last_chk"])"
                light.append("server \(name) is \(status)\(check)\(detail)")
            }
        }
        for router in routers where !["MASTER", "BACKUP"].contains(router["state"].string) {
            grave.append("virtual router \(router["name"].string) is \(router["state"].string)")
        }
        if info["Stopping"] == "1" { grave.append("the process is stopping") }
        let isMaster = routers.isEmpty || routers.contains { $0["state"].string == "MASTER" }
        verdict = grave.isEmpty ? (isMaster ? .master : .backup) : .degraded
        problems = grave + light
        text = StatusReport.screen(info, stat, routers, verdict, grave, light)
    }

    private static func screen(
        _ info: InfoTable, _ stat: StatTable, _ routers: [JSONValue], _ verdict: Verdict,
        _ grave: [String], _ light: [String]
    ) -> String {
        let word =
            switch verdict {
            case .master: Screen.paint(routers.isEmpty ? "OK" : "MASTER, OK", .good)
            case .backup: Screen.paint("BACKUP, OK", .good)
            case .degraded: Screen.paint("DEGRADED", .bad)
            }
        var lines = [
            "\(info["node"]): \(word)",
            "  process      pid \(info["Pid"]), up \(info["Uptime"]), \(info["Nbthread"]) workers",
            "  connections  \(info["CurrConns"]) of \(info["Maxconn"]), \(info["ConnRate"])/s, "
                + "\(info["CumReq"]) requests so far",
        ]
        for router in routers { lines.append("  " + line(of: router)) }
        lines += backends(stat)
        for problem in grave { lines.append("  " + Screen.paint("! \(problem)", .bad)) }
        for problem in light.prefix(problemLimit) {
            lines.append("  " + Screen.paint("- \(problem)", .odd))
        }
        if light.count > problemLimit { lines.append("  - and \(light.count - problemLimit) more") }
        return lines.joined(separator: "\n") + "\n"
    }

    static func line(of router: JSONValue) -> String {
        let addresses = router["addresses"].items.map(\.string).joined(separator: ", ")
        let priority = router["priority"].integer ?? 0
        let base = router["base_priority"].integer ?? priority
        let master = router["master"].string
        return "vrrp         \(router["name"].string): \(router["state"].string)"
            + " for \(router["state_seconds"].integer ?? 0) s,"
            + " priority \(priority)\(base == priority ? "" : " (configured \(base))")"
            + (addresses.isEmpty ? "" : ", \(addresses)")
            + (master.isEmpty ? "" : ", master is \(master)") + drain(of: router)
    }

    private static func drain(of router: JSONValue) -> String {
        let purpose = router["draining"].string
        if purpose.isEmpty { return "" }
        let left = router["draining_connections"].integer.map { "connections left: \($0), " } ?? ""
        return ", draining for \(purpose) (\(left)at most"
            + " \((router["draining_ms_left"].integer ?? 0) / 1000) s more)"
    }

    private static func backends(_ stat: StatTable) -> [String] {
        stat.rows.filter(\.isBackend).compactMap { backend in
            let servers = stat.rows.filter { $0.isServer && $0["pxname"] == backend["pxname"] }
            if servers.isEmpty { return nil }
            let usable = backend.number("act") &+ backend.number("bck")
            return
                "  backend      \(backend["pxname"]): \(usable) of \(servers.count) servers usable,"
                + " \(backend["scur"]) sessions, \(backend["qcur"]) queued"
        }
    }
}
