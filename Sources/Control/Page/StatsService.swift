internal import Configuration
package import Proxy

/// The statistics of a proxy with `stats enable`: the page, and the same numbers for programs.
///
/// Runs on the worker that owns the client and never waits: it reads, and changes servers where `stats admin` allows it.
package struct StatsService: LocalService {
    private let control: any ServiceControl
    /// Bytes of one answer. It is made in one go on a worker, which serves nobody meanwhile: about
    /// 7 ms a megabyte, and a worker that is silent for a second counts as stalled.
    package static let answerBytes = 24 * 1024 * 1024

    package init(control: any ServiceControl) { self.control = control }

    package func respond(to request: LocalRequest) -> LocalResponse? {
        if request.service == .prometheus {
            return PrometheusService(control: control).respond(to: request)
        }
        guard request.snapshot.proxies.indices.contains(request.proxy),
            var settings = request.snapshot.proxies[request.proxy].settings.stats,
            let address = StatsAddress(request.target, uri: settings.uri),
            ["GET", "HEAD", "POST"].contains(request.method)
        else { return nil }
        if !settings.credentials.isEmpty
            && !BasicAuthentication.allows(request.authorization, settings.credentials)
        {
            return unauthorized(settings)
        }
        if request.isAdmin { settings.isAdmin = true }
        if request.method == "POST" {
            return redirect(to: settings.uri + ";st=\(outcome(of: request, settings).rawValue)")
        }
        return answer(request, settings, address)
    }

    private func outcome(
        of request: LocalRequest, _ settings: StatsSettings
    ) -> StatsForm.Outcome {
        guard settings.isAdmin else { return .denied }
        if request.body.isEmpty { return .tooLarge }
        return StatsForm(request.body).apply(request.snapshot, control)
    }

    private func answer(
        _ request: LocalRequest, _ settings: StatsSettings, _ address: StatsAddress
    ) -> LocalResponse {
        var selection = address.selection
        selection.showsAddresses = settings.showLegends
        selection.scope = settings.scope
        let facts = control.facts
        var fields = ["Cache-Control: no-cache"]
        let refresh = address.allowsRefresh ? settings.refresh : nil
        if let refresh { fields.append("Refresh: \(refresh.components.seconds)") }
        let report = StatReport(
            request.snapshot, facts: facts, selection: selection, now: request.now)
        switch address.form {
        case .data:
            let type = selection.format == .json ? "application/json" : "text/plain"
            fields.append("Content-Type: \(type)")
            guard let body = report.wholeReply(limit: StatsService.answerBytes) else {
                return tooLarge
            }
            return LocalResponse(status: 200, fields: fields, body: body)
        case .page:
            fields += StatsService.pageFields
            let page = StatsPage(
                settings: settings, address: address, facts: facts,
                routers: control.virtualRouters, refresh: refresh, now: request.now)
            return LocalResponse(status: 200, fields: fields, body: page.render(report))
        }
    }

    /// Nothing is loaded from anywhere, nothing is run, nobody puts the page into a frame.
    private static let pageFields = [
        "Content-Type: text/html; charset=utf-8",
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
            + " frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: no-referrer",
    ]

    private var tooLarge: LocalResponse {
        LocalResponse(
            status: 503, fields: ["Cache-Control: no-cache", "Content-Type: text/plain"],
            body: Array(
                """
                The statistics have more than \(StatsService.answerBytes >> 20) MB in this form.
                Choose a part with ?scope=NAME, take ;csv, or ask the runtime socket.

                """.utf8))
    }

    private func unauthorized(_ settings: StatsSettings) -> LocalResponse {
        let realm = settings.realm.flatMap { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }
        return LocalResponse(
            status: 401,
            fields: [
                "Cache-Control: no-cache", "Content-Type: text/html",
                "WWW-Authenticate: Basic realm=\"\(String(realm))\"",
            ],
            body: Array(
                """
                <html><body><h1>401 Unauthorized</h1>
                You need a valid user and password to access this content.
                </body></html>

                """.utf8))
    }

    private func redirect(to location: String) -> LocalResponse {
        LocalResponse(
            status: 303,
            fields: [
                "Cache-Control: no-cache", "Content-Type: text/plain", "Location: \(location)",
            ])
    }
}
