internal import Linux
internal import Proxy

/// `http-request use-service prometheus-exporter`. Runs on the worker that owns the client, like the page.
struct PrometheusService {
    let control: any ServiceControl

    func respond(to request: LocalRequest) -> LocalResponse {
        guard request.method == "GET" || request.method == "HEAD" else {
            return refusal(405, "Only GET and HEAD are understood here.")
        }
        guard let query = PrometheusQuery(request.target) else {
            return refusal(
                400, "Unknown scope: global, frontend, backend and server are there, and *.")
        }
        let report = PrometheusReport(
            snapshot: request.snapshot, facts: control.facts, routers: control.virtualRouters,
            query: query, now: request.now, realtime: Clock.realtime() / 1_000_000_000)
        guard let body = report.text(limit: StatsService.answerBytes) else {
            return refusal(
                503,
                "The metrics have more than \(StatsService.answerBytes >> 20) MB: ask for a part with ?scope=."
            )
        }
        return LocalResponse(
            status: 200,
            fields: ["Cache-Control: no-cache", "Content-Type: text/plain; version=0.0.4"],
            body: body)
    }

    private func refusal(_ status: Int, _ text: String) -> LocalResponse {
        LocalResponse(
            status: status, fields: ["Cache-Control: no-cache", "Content-Type: text/plain"],
            body: Array((text + "\n").utf8))
    }
}
