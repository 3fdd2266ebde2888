internal import Configuration
internal import Proxy

/// The tables: one a proxy, one line a row of `show stat`.
extension StatsPage {
    /// Rows of one proxy; the rest is counted and left to the CSV, so that a page stays a page.
    static let rowsPerProxy = 1000
    /// Bytes of a page; proxies behind them are left to the CSV.
    static let pageBytes = 8 * 1024 * 1024

    func writeProxies(_ report: StatReport, to html: inout [UInt8]) {
        let descriptions = report.descriptions
        var current: String?
        var rows = 0
        var left = 0
        var hasServers = false
        while let row = report.nextRow() {
            let name = row[.pxname]?.text ?? ""
            if name != current && html.count > StatsPage.pageBytes {
                if current != nil { writeEnd(left: left, hasServers: hasServers, to: &html) }
                return html.write("<p>There are more proxies: see the CSV.</p>\n")
            }
            if name != current {
                if current != nil { writeEnd(left: left, hasServers: hasServers, to: &html) }
                current = name
                (rows, left) = (0, 0)
                hasServers = false
                writeBeginning(name, row, descriptions[row.proxyID], to: &html)
            }
            let mayBeLeft = row.kind == .server || row.kind == .listener
            if rows >= StatsPage.rowsPerProxy && mayBeLeft {
                left += 1
                continue
            }
            rows += 1
            if row.kind == .server { hasServers = true }
            write(row, to: &html)
        }
        if current != nil {
            writeEnd(left: left, hasServers: hasServers, to: &html)
        } else {
            html.write("<p>No proxy is shown.</p>\n")
        }
    }

    private func writeBeginning(
        _ name: String, _ row: StatRow, _ description: String?, to html: inout [UInt8]
    ) {
        html.write("<section id=\"p\(row.proxyID)\"><h2><a href=\"#p\(row.proxyID)\">")
        html.write(html: name)
        html.write("</a> <small>\(row[.mode]?.text ?? "")</small></h2>\n")
        if let description, !description.isEmpty {
            html.write("<p class=\"about\">")
            html.write(html: description)
            html.write("</p>\n")
        }
        if settings.isAdmin {
            html.write("<form method=\"post\" action=\"")
            html.write(html: settings.uri)
            html.write("\"><input type=\"hidden\" name=\"b\" value=\"#\(row.proxyID)\">\n")
        }
        html.write("<div class=\"scroll\"><table>\n<thead><tr>")
        for (title, hint, isWide) in StatsPage.titles {
            html.write("<th title=\"\(hint)\"\(isWide ? " class=\"w\"" : "")>\(title)</th>")
        }
        html.write("</tr></thead>\n<tbody>\n")
    }

    private func writeEnd(left: Int, hasServers: Bool, to html: inout [UInt8]) {
        if left > 0 {
            html.write(
                "<tr><td colspan=\"\(StatsPage.titles.count)\">and \(left) rows more: see the CSV</td></tr>\n"
            )
        }
        html.write("</tbody>\n</table></div>")
        if settings.isAdmin && hasServers { writeActions(to: &html) }
        html.write(settings.isAdmin ? "</form></section>\n" : "</section>\n")
    }

    /// What may be done with the servers that are ticked.
    private func writeActions(to html: inout [UInt8]) {
        html.write("<p><label>Selected servers: <select name=\"action\">")
        for (value, text) in StatsPage.actions {
            html.write("<option value=\"\(value)\">\(text)</option>")
        }
        html.write("</select></label> <button>Apply</button></p>\n")
    }

    private static let actions: [(String, String)] = [
        ("", "choose an action"), ("ready", "set state to READY"), ("drain", "set state to DRAIN"),
        ("maint", "set state to MAINT"), ("dhlth", "health: disable checks"),
        ("ehlth", "health: enable checks"), ("hrunn", "health: force UP"),
        ("hnolb", "health: force NOLB"), ("hdown", "health: force DOWN"),
        ("dagent", "agent: disable checks"), ("eagent", "agent: enable checks"),
        ("arunn", "agent: force UP"), ("adown", "agent: force DOWN"),
        ("shutdown", "kill sessions"),
    ]

    private func writeTick(_ row: StatRow, to html: inout [UInt8]) {
        html.write("<input type=\"checkbox\" name=\"s\" aria-label=\"select\" value=\"")
        html.write(html: row[.svname]?.text ?? "")
        html.write("\"> ")
    }

    /// Title, what it means, and whether small screens leave it out.
    private static let titles: [(String, String, Bool)] = [
        ("Name", "frontend, bind line, server or backend", false),
        ("Status", "what it does now, and for how long", false),
        ("Check", "result of the last health check", true),
        ("Weight", "weight; b: backup server", false),
        ("Queue", "waiting now, most", true),
        ("Rate", "sessions in the last second, most", false),
        ("Sessions", "now, most, limit", false),
        ("Total", "sessions since the start", false),
        ("Last", "since the last session", true),
        ("In", "bytes from clients", true),
        ("Out", "bytes to clients", false),
        ("2xx", "answers 200 to 299", true),
        ("4xx", "answers 400 to 499", true),
        ("5xx", "answers 500 to 599", true),
        ("Denied", "requests, responses", true),
        ("Errors", "requests, connections, responses", false),
        ("Retries", "tried again, sent to another server", true),
        ("Downs", "how often it went down, for how long", true),
    ]

    private func write(_ row: StatRow, to html: inout [UInt8]) {
        let status = row[.status]?.text ?? ""
        let colour = StatsPage.colour(row, status)
        html.write("<tr class=\"\(StatsPage.rowClass(row.kind))\"><th scope=\"row\"")
        if let details = details(of: row) {
            html.write(" title=\"")
            html.write(html: details)
            html.write("\"")
        }
        html.write(">")
        if settings.isAdmin && row.kind == .server { writeTick(row, to: &html) }
        html.write(html: row[.svname]?.text ?? "")
        html.write("</th><td class=\"\(colour)\">")
        html.write(html: status)
        if case .u32(let seconds)? = row[.lastchg] {
            html.write(" <small>\(DateText.short(.seconds(Int64(seconds))))</small>")
        }
        html.write("</td>")
        writeCheck(row, to: &html)
        cell(weight(of: row), to: &html)
        cell(joined(row, [.qcur, .qmax, .qlimit]), wide: true, to: &html)
        cell(joined(row, [.rate, .rate_max, .rate_lim], zeroLimit: true), to: &html)
        cell(joined(row, [.scur, .smax, .slim], zeroLimit: true), to: &html)
        cell(count(row[.stot]), to: &html)
        cell(last(of: row), wide: true, to: &html)
        cell(bytes(row[.bin]), wide: true, to: &html)
        cell(bytes(row[.bout]), to: &html)
        for column in [StatColumn.hrsp_2xx, .hrsp_4xx, .hrsp_5xx] {
            cell(count(row[column]), wide: true, to: &html)
        }
        cell(joined(row, [.dreq, .dresp]), wide: true, to: &html)
        cell(joined(row, [.ereq, .econ, .eresp]), to: &html)
        cell(joined(row, [.wretr, .wredis]), wide: true, to: &html)
        cell(downs(of: row), wide: true, to: &html)
        html.write("</tr>\n")
    }

    // MARK: Cells

    private func writeCheck(_ row: StatRow, to html: inout [UInt8]) {
        guard let status = row[.check_status]?.text else { return cell("", wide: true, to: &html) }
        let code = row[.check_code].map { "/\($0.text)" } ?? ""
        let duration = row[.check_duration].map { " in \($0.text)ms" } ?? ""
        let hint = [row[.check_desc]?.text, row[.last_chk]?.text].compactMap { $0 }
            .filter { !$0.isEmpty }.joined(separator: ": ")
        html.write("<td class=\"w\" title=\"")
        html.write(html: hint)
        html.write("\">")
        html.write(html: status + code + duration)
        html.write("</td>")
    }

    private func cell(_ text: String, wide: Bool = false, to html: inout [UInt8]) {
        html.write(wide ? "<td class=\"w\">" : "<td>")
        html.write(html: text)
        html.write("</td>")
    }

    /// `3 / 10 / 2000` of the columns that this row has. `zeroLimit`: a last 0 means no limit.
    private func joined(_ row: StatRow, _ columns: [StatColumn], zeroLimit: Bool = false) -> String
    {
        var texts = columns.compactMap { row[$0]?.text }
        if zeroLimit && texts.count == columns.count && texts.last == "0" { texts.removeLast() }
        return texts.joined(separator: " / ")
    }

    private func count(_ value: StatValue?) -> String {
        if case .u64(let number)? = value { QuantityText.count(number) } else { value?.text ?? "" }
    }

    private func bytes(_ value: StatValue?) -> String {
        if case .u64(let number)? = value { QuantityText.bytes(number) } else { "" }
    }

    private func last(of row: StatRow) -> String {
        guard case .s32(let seconds)? = row[.lastsess] else { return "" }
        return seconds < 0 ? "never" : DateText.short(.seconds(Int64(seconds)))
    }

    private func weight(of row: StatRow) -> String {
        guard let weight = row[.weight]?.text else { return "" }
        if row.kind == .backend {
            return "\(weight) (\(row[.act]?.text ?? "0") + \(row[.bck]?.text ?? "0")b)"
        }
        let user = row[.uweight]?.text ?? weight
        return (user == weight ? weight : "\(weight) of \(user)")
            + (row[.bck] == .u32(1) ? " b" : "")
    }

    private func downs(of row: StatRow) -> String {
        guard let downs = row[.chkdown]?.text else { return "" }
        guard case .u32(let seconds)? = row[.downtime] else { return downs }
        return "\(downs), \(DateText.short(.seconds(Int64(seconds))))"
    }

    /// What `show-legends` adds, as a hint over the name.
    private func details(of row: StatRow) -> String? {
        let parts = [
            row[.addr].map { "address \($0.text)" }, row[.cookie].map { "cookie \($0.text)" },
            row[.algo].map { "balance \($0.text)" }, row[.tracked].map { "tracks \($0.text)" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    // MARK: Colours

    private static func rowClass(_ kind: StatRow.Kind) -> String {
        switch kind {
        case .frontend: "f"
        case .backend: "b"
        case .server: "s"
        case .listener: "l"
        }
    }

    /// The class of the status cell.
    private static func colour(_ row: StatRow, _ status: String) -> String {
        if status.hasPrefix("MAINT") { return "maint" }
        if status.hasPrefix("DRAIN") || status.hasPrefix("NOLB") { return "drain" }
        if status == "FULL" || status == "WAITING" { return "drain" }
        if status == "no check" || status == "PAUSED" || status == "STOP" { return "none" }
        if status.hasPrefix("DOWN") {
            return status.contains("/") && row.kind == .server ? "rising" : "down"
        }
        if status.contains("/") && row.kind == .server { return "falling" }
        return row.kind == .server && row[.bck] == .u32(1) ? "backup" : "up"
    }
}
