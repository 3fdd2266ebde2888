package import Core

/// Something inside the process that answers requests of a frontend instead of a server: the stats page and
/// the Prometheus service. Appliance hands the engine what Control offers, so that no import goes up.
///
/// Called on the worker that owns the client: it must not wait.
package protocol LocalService: Sendable {
    /// nil: this request is not for the service.
    func respond(to request: LocalRequest) -> LocalResponse?
}

/// A request as a local service sees it: copied out of the buffers, cold path.
package struct LocalRequest: Sendable {
    package enum Service: Sendable { case statistics, prometheus }

    package let service: Service
    /// Index of the frontend in the snapshot.
    package let proxy: Int
    package let snapshot: Snapshot
    /// `GET`, `HEAD`, `POST`, …
    package let method: String
    /// Path and query as they came.
    package let target: String
    /// The value of `Authorization`, if there was one.
    package let authorization: String?
    /// The body of a small POST; empty otherwise. `LocalRequest.bodyLimit` bytes at most.
    package let body: [UInt8]
    /// A condition of `stats admin` holds.
    package let isAdmin: Bool
    package let now: Instant

    /// Larger bodies are answered with 413.
    package static let bodyLimit = 16384

    package init(
        _ service: Service = .statistics, proxy: Int, snapshot: Snapshot, method: String,
        target: String, authorization: String?,
        body: [UInt8], isAdmin: Bool = false, now: Instant
    ) {
        self.service = service
        self.proxy = proxy
        self.snapshot = snapshot
        self.method = method
        self.target = target
        self.authorization = authorization
        self.body = body
        self.isAdmin = isAdmin
        self.now = now
    }
}

/// What a local service answers. The engine adds framing and connection fields.
package struct LocalResponse: Sendable {
    package var status: Int
    /// `Name: value` without line ends.
    package var fields: [String]
    package var body: [UInt8]

    package init(status: Int, fields: [String] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}
