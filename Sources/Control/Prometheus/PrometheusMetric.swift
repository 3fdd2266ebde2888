/// One metric of the Prometheus service: its name behind `haproxy_<kind>_`, its type, and where the value comes from.
struct PrometheusMetric: Sendable {
    enum Kind: String, Sendable { case gauge, counter }

    /// How a value of `show stat` or `show info` becomes a sample.
    enum Form: Sendable {
        case number
        /// Milliseconds, given as seconds.
        case milliseconds
        /// Seconds with their fraction, from text.
        case text
        /// The text stands in this label, and the value is 1.
        case label(String)
        /// One sample for each state.
        case status
        case checkStatus
        /// States of the servers of a backend, counted.
        case serverStates
        case serverCheckStates
        /// One sample for each class of status codes.
        case responses
    }

    let name: String
    let kind: Kind
    let help: String
    let form: Form

    init(_ name: String, _ kind: Kind, _ help: String, as form: Form = .number) {
        self.name = name
        self.kind = kind
        self.help = help
        self.form = form
    }

    /// `# HELP …` and `# TYPE …`
    func header(_ prefix: String) -> String {
        "# HELP \(prefix)\(name) \(help)\n# TYPE \(prefix)\(name) \(kind.rawValue)\n"
    }
}

/// A metric of frontends, backends or servers, taken from a column of their rows.
struct PrometheusColumn: Sendable {
    let column: StatColumn
    let metric: PrometheusMetric
    let kinds: [StatRow.Kind]
}
