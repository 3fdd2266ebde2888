import ConfigurationLanguage
import Core
import Diagnostics

/// The addresses of `bind` and `stats socket`: several behind commas, ranges of ports.
enum BindAddresses {
    /// Sockets of one line at most.
    static let limit = 4096

    struct Result {
        let address: ListenAddress
        /// `ipv6@`: an address of IPv6 alone.
        let isIPv6Only: Bool
    }

    /// Every socket that the word stands for; mistakes are reported.
    static func resolve(_ word: Word, _ statement: inout Statement, what: String) -> [Result] {
        var results: [Result] = []
        // As server addresses: names of the environment are understood outside of quotes, too.
        for part in statement.context.expanded(word.text).split(
            separator: ",", omittingEmptySubsequences: false)
        {
            let text = String(part)
            switch AddressSyntax.parse(text) {
            case .failure(let failure): statement.alert(failure.message, at: word)
            case .success(let syntax) where syntax.isDatagram:
                statement.alert(
                    "datagram addresses like '\(text)' are not supported here", at: word,
                    fix: "there is no load balancing of UDP")
            case .success(let syntax):
                results += sockets(of: syntax, text, word, statement)
            }
        }
        if results.count > limit {
            statement.alert("too many addresses on one line, limit: \(limit)", at: word)
            return []
        }
        return results
    }

    private static func sockets(
        of syntax: AddressSyntax, _ text: String, _ word: Word, _ statement: Statement
    ) -> [Result] {
        func plain(_ address: ListenAddress) -> [Result] {
            [Result(address: address, isIPv6Only: false)]
        }
        switch syntax.place {
        case .unix(let path): return plain(.address(.unix(path)))
        case .abstract(let name): return plain(.address(.abstract(name)))
        case .descriptor(let number): return plain(.descriptor(number))
        case .internet(let host, let family, let ports):
            guard case .range(let range) = ports else {
                statement.alert(
                    "missing port specification in '\(text)'", at: word,
                    fix: "write an address and a port, for instance '*:80'")
                return []
            }
            let address: IPAddress
            switch host {
            case .any: address = family == .v6 ? .v6(.any) : .v4(.any)
            case .address(let known): address = known
            case .name(let name):
                guard let found = statement.context.resolve(name, family: family).first else {
                    statement.alert(
                        "invalid address: '\(name)' in '\(text)'", at: word,
                        fix: "the name does not resolve: write an address, or '*' for all")
                    return []
                }
                address = found
            }
            if range.count > limit {
                statement.alert("too many addresses on one line, limit: \(limit)", at: word)
                return []
            }
            return range.map { port in
                Result(
                    address: .address(.ip(address, port: port)),
                    isIPv6Only: family == .v6 && address.isAny)
            }
        }
    }
}
