internal import Configuration
internal import Core
internal import Proxy

/// The page itself: HTML of our own, without scripts and without anything loaded from elsewhere.
struct StatsPage {
    let settings: StatsSettings
    let address: StatsAddress
    let facts: ProcessFacts
    let routers: [VirtualRouterReport]
    let refresh: Duration?
    let now: Instant

    func render(_ report: StatReport) -> [UInt8] {
        var html: [UInt8] = []
        writeHead(to: &html)
        writeSummary(to: &html)
        writeRouters(to: &html)
        writeProxies(report, to: &html)
        html.write("</main>\n</body>\n</html>\n")
        return html
    }

    // MARK: Head

    private var nodeName: String? {
        settings.showNode.map { $0.isEmpty ? facts.node : $0 }
    }

    private func writeHead(to html: inout [UInt8]) {
        html.write("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        html.write("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        html.write("<meta name=\"color-scheme\" content=\"light dark\">\n")
        if let refresh {
            html.write("<meta http-equiv=\"refresh\" content=\"\(refresh.components.seconds)\">\n")
        }
        html.write("<title>\(Identity.product) statistics")
        if let nodeName {
            html.write(" on ")
            html.write(html: nodeName)
        }
        html.write("</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n")
        html.write(StatsPage.style)
        html.write("</style>\n</head>\n<body>\n<header>\n<h1>\(Identity.product)")
        if let nodeName {
            html.write(" <span class=\"node\">")
            html.write(html: nodeName)
            html.write("</span>")
        }
        html.write("</h1>\n")
        if let description = settings.showDescription {
            html.write("<p>")
            html.write(html: description.isEmpty ? facts.description ?? "" : description)
            html.write("</p>\n")
        }
        if !settings.hidesVersion {
            html.write(
                "<p class=\"version\">\(Identity.product) \(Identity.productVersion), compatible with"
                    + " HAProxy version \(Identity.compatibleVersion), statistics report</p>\n")
        }
        writeLinks(to: &html)
        html.write("</header>\n<main>\n")
    }

    private func writeLinks(to html: inout [UInt8]) {
        let options: [(String, [String])] = [
            ("all", []), ("only up", ["up"]), ("no maintenance", ["no-maint"]),
            ("no refresh", ["norefresh"]), ("CSV", ["csv", "norefresh"]),
            ("JSON", ["json", "norefresh"]),
        ]
        html.write("<nav>")
        for (text, words) in options {
            html.write("<a href=\"")
            html.write(html: address.link(words))
            html.write("\">\(text)</a> ")
        }
        html.write("</nav>\n")
        guard let outcome = address.outcome else { return }
        let sentence =
            switch outcome {
            case "DONE": "Done."
            case "NONE": "Nothing has changed."
            case "PART": "Only a part was done."
            case "DENY": "Refused: this page does not change anything."
            default: "Refused."
            }
        html.write("<p class=\"outcome\">\(sentence)</p>\n")
    }

    // MARK: Process

    private func writeSummary(to html: inout [UInt8]) {
        let uptime = ProcessFacts.uptimeText(seconds: (now - facts.startedAt).components.seconds)
        html.write("<section class=\"cards\">\n")
        // Tools look for this very line.
        html.write("<div class=\"card\"><b>uptime = </b>\(uptime)</div>\n")
        card("process", "\(facts.pid), \(facts.workers) workers", to: &html)
        card("connections", "\(facts.currentConnections) of \(facts.maxConnections)", to: &html)
        card("rate", "\(facts.connectionRate)/s, most \(facts.connectionRateMaximum)/s", to: &html)
        card("requests", QuantityText.count(facts.requests), to: &html)
        card("sent", QuantityText.bytes(facts.bytesOut), to: &html)
        card("idle", "\(facts.idlePercent) %", to: &html)
        if facts.isStopping { card("state", "stopping", to: &html) }
        if facts.droppedLogs > 0 { card("lost log lines", "\(facts.droppedLogs)", to: &html) }
        html.write("</section>\n")
    }

    private func card(_ name: String, _ value: String, to html: inout [UInt8]) {
        html.write("<div class=\"card\"><b>\(name)</b> ")
        html.write(html: value)
        html.write("</div>\n")
    }

    // MARK: Virtual routers

    private func writeRouters(to html: inout [UInt8]) {
        guard !routers.isEmpty else { return }
        html.write("<section><h2>Virtual routers</h2>\n<div class=\"scroll\"><table>\n<thead><tr>")
        html.write("<th>Name</th><th>State</th><th>Priority</th><th>Addresses</th><th>Master</th>")
        html.write("<th>Interface</th><th class=\"w\">Cause</th></tr></thead>\n<tbody>\n")
        for router in routers {
            html.write("<tr><th scope=\"row\">")
            html.write(html: router.name)
            html.write("</th><td class=\"\(StatsPage.colour(ofRouter: router.state))\">")
            html.write(html: router.state)
            html.write(" <small>\(DateText.short(now - router.since))</small>")
            html.write("</td><td>\(router.effectivePriority)")
            if router.effectivePriority != router.basePriority {
                html.write(" <small>of \(router.basePriority)</small>")
            }
            html.write("</td><td>")
            html.write(html: router.addresses.joined(separator: ", "))
            html.write("</td><td>")
            let ownRole = router.state == "MASTER" ? "this node" : "–"
            html.write(html: router.master.map { "\($0)" } ?? ownRole)
            html.write("</td><td>")
            html.write(html: "\(router.interface), id \(router.virtualRouterID)")
            html.write("</td><td class=\"w\">")
            html.write(html: router.shortened(router.cause))
            html.write("</td></tr>\n")
        }
        html.write("</tbody>\n</table></div></section>\n")
    }

    private static func colour(ofRouter state: String) -> String {
        switch state {
        case "MASTER": "up"
        case "BACKUP": "backup"
        case "FAULT": "down"
        default: "none"
        }
    }
}
