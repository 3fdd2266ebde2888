import ConfigurationLanguage
import Core
import Diagnostics

/// `balance …` and `hash-type …`
enum BalanceKeywords {
    static let table = KeywordTable<ProxyDraft>(
        prefix: "balance",
        [
            algorithm("roundrobin", .roundRobin, "Each server in turn, by weight."),
            algorithm(
                "static-rr", .staticRoundRobin, "As 'roundrobin'; weights are fixed at the start."),
            algorithm("leastconn", .leastConnections, "The server with the fewest connections."),
            algorithm("first", .first, "The first server with a free place, by id."),
            algorithm("source", .source, "By a hash of the client's address."),
        ],
        Keyword.refused(
            "uri url_param hdr* random random* rdp-cookie rdp-cookie* hash",
            in: .serverSide, because: "this algorithm comes with the HTTP engine",
            wayOut: "use roundrobin, static-rr, leastconn, first or source"),
        Keyword.refused(
            "log-hash sticky", in: .serverSide, because: "'mode log' is not part of this product",
            wayOut: Reason.notPlannedWayOut))

    static func apply(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let word = statement.nextKeyword() else {
            proxy.settings.balance = .roundRobin
            return
        }
        statement.name = "balance \(word.text)"
        statement.dispatch(word, through: table, to: &proxy) { nearest, statement in
            statement.alert(
                "balance only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', 'url_param', 'hdr(name)' and 'rdp-cookie(name)' options.",
                fix: nearest.map { "did you mean '\($0)' ?" })
        }
    }

    /// Only the default, for `balance source`, is there.
    static func hashType(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let word = statement.next(), ["map-based", "consistent"].contains(word.text) else {
            statement.alert("'hash-type' only supports 'consistent' and 'map-based'.")
            return statement.skipRest()
        }
        let rest = statement.takeText()
        guard word.text == "map-based", rest.isEmpty || rest == "sdbm" else {
            statement.alert(
                "'hash-type \(word.text)\(rest.isEmpty ? "" : " " + rest)' is not supported: consistent hashing comes with the HTTP engine.",
                at: word, fix: "remove the line: 'map-based sdbm' is the default")
            return
        }
    }

    private static func algorithm(
        _ name: String, _ value: BalanceSettings, _ summary: String
    ) -> Keyword<ProxyDraft> {
        Keyword(name, in: .serverSide, "", summary) { proxy, statement in
            proxy.settings.balance = value
            statement.finish()
        }
    }
}
