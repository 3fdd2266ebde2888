internal import Configuration
internal import Core
internal import Proxy
internal import TLS

/// The answer of `http-request use-service prometheus-exporter`: HAProxy's metrics, and behind them ours, whose names
/// begin with `dyad_`.
struct PrometheusReport {
    let snapshot: Snapshot
    let facts: ProcessFacts
    let routers: [VirtualRouterReport]
    let query: PrometheusQuery
    let now: Instant
    /// Seconds since 1970.
    let realtime: Int64

    /// nil: it has more than `limit` bytes.
    func text(limit: Int) -> [UInt8]? {
        var output: [UInt8] = []
        if query.shows(.global) {
            writeProcess(to: &output)
            writeVirtualRouters(to: &output)
            writeCertificates(to: &output)
        }
        for (scope, kind) in [
            (PrometheusQuery.Scope.frontend, StatRow.Kind.frontend), (.listener, .listener),
            (.backend, .backend), (.server, .server),
        ] where query.shows(scope) {
            guard let rows = rows(kind, limit: limit - output.count) else { return nil }
            rows.append(to: &output)
        }
        return output.count > limit ? nil : output
    }

    private func writeProcess(to output: inout [UInt8]) {
        let info = InfoReport(facts, now: now)
        let values = Dictionary(
            info.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let prefix = "haproxy_process_"
        for (field, metric) in PrometheusProcess.all {
            output.write(metric.header(prefix))
            let value = values[field]?.text
            if case .label(let label) = metric.form {
                PrometheusText.write(
                    prefix + metric.name, [(label, value ?? "")], "1", to: &output)
            } else {
                PrometheusText.write(prefix + metric.name, [], value ?? "NaN", to: &output)
            }
        }
    }

    private func rows(_ kind: StatRow.Kind, limit: Int) -> PrometheusRows? {
        var selection = StatSelection()
        selection.hidesMaintenance = query.hidesMaintenance
        selection.showsAddresses = false
        selection.kinds = 1 << kind.rawValue
        let report = StatReport(snapshot, facts: facts, selection: selection, now: now)
        var rows = PrometheusRows(kind)
        while let row = report.nextRow() {
            guard let proxy = snapshot.proxy(row[.pxname]?.text ?? "") else { continue }
            rows.add(row, of: proxy)
            if rows.byteCount > limit { return nil }
        }
        return rows
    }

    // MARK: What HAProxy does not have

    private static let routerStates = ["MASTER", "BACKUP", "FAULT", "INIT"]

    private func writeVirtualRouters(to output: inout [UInt8]) {
        guard !routers.isEmpty else { return }
        let prefix = "dyad_vrrp_"
        func all(
            _ metric: PrometheusMetric, _ write: (VirtualRouterReport, inout [UInt8]) -> Void
        ) {
            output.write(metric.header(prefix))
            for router in routers { write(router, &output) }
        }
        func number(
            _ name: String, _ help: String, _ value: @escaping (VirtualRouterReport) -> Int64
        ) {
            all(PrometheusMetric(name, .gauge, help)) {
                PrometheusText.write(
                    prefix + name, [("router", $0.name)], "\(value($0))", to: &$1)
            }
        }
        all(PrometheusMetric("state", .gauge, "State of a virtual router")) { router, output in
            for state in PrometheusReport.routerStates {
                PrometheusText.write(
                    prefix + "state", [("router", router.name), ("state", state)],
                    router.state == state ? "1" : "0", to: &output)
            }
        }
        number("state_seconds", "Seconds since the state changed") {
            (now - $0.since).components.seconds
        }
        number("priority", "Priority in force") { Int64($0.effectivePriority) }
        number("base_priority", "Priority that is configured") { Int64($0.basePriority) }
        all(PrometheusMetric("tracker_up", .gauge, "What a priority depends on, 1: works")) {
            for tracker in $0.trackers {
                PrometheusText.write(
                    prefix + "tracker_up", [("router", $0.name), ("tracker", tracker.name)],
                    tracker.isUp ? "1" : "0", to: &$1)
            }
        }
        all(PrometheusMetric("events_total", .counter, "Counted events of a virtual router")) {
            for counter in $0.counters {
                PrometheusText.write(
                    prefix + "events_total", [("router", $0.name), ("event", counter.name)],
                    "\(counter.value)", to: &$1)
            }
        }
    }

    private func writeCertificates(to output: inout [UInt8]) {
        let metric = PrometheusMetric(
            "expiry_days", .gauge, "Days until a certificate of a frontend expires")
        let prefix = "dyad_certificate_"
        var seen: Set<String> = []
        for proxy in snapshot.proxies where !proxy.settings.isDisabled {
            for context in proxy.bindContexts.compactMap({ $0 }) {
                for (files, certificate) in zip(context.settings.certificates, context.certificates)
                {
                    let path = files.files.first?.path ?? ""
                    guard seen.insert(proxy.settings.name + "\n" + path).inserted else { continue }
                    if seen.count == 1 { output.write(metric.header(prefix)) }
                    let left = Double(certificate.notAfter - realtime) / 86400
                    let tenths = (left * 10).rounded(.down) / 10
                    PrometheusText.write(
                        prefix + metric.name,
                        [("proxy", proxy.settings.name), ("certificate", path)], "\(tenths)",
                        to: &output)
                }
            }
        }
    }
}
