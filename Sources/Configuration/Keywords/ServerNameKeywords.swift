import ConfigurationLanguage
import Core

/// Words of server lines about names that are looked up at run time (HAProxy manual, section 5.2).
enum ServerNameKeywords {
    static let all: [Keyword<ServerDraft>] = [
        Keyword(
            "resolvers", in: .serverSide, "<section>",
            "Follows its name at run time, by asking the name servers of the section."
        ) { server, statement in
            if let word = statement.argument(or: "'resolvers' expects <name> as argument") {
                server.resolversName = word
            }
        },
        Keyword(
            "resolve-prefer", in: .serverSide, "{ ipv4 | ipv6 }",
            "The family of addresses to take when there are both; ipv6 by itself."
        ) { server, statement in
            let complaint = "'resolve-prefer' expects either ipv4 or ipv6 as argument."
            guard let word = statement.argument(or: complaint) else { return }
            switch word.text {
            case "ipv4": server.resolution.prefersIPv4 = true
            case "ipv6": server.resolution.prefersIPv4 = false
            default: statement.alert(complaint, at: word)
            }
        },
        Keyword(
            "resolve-net", in: .serverSide, "<network>[,<network>]…",
            "Networks whose addresses are taken first."
        ) { server, statement in
            guard let word = statement.argument(or: "'resolve-net' expects a list of networks.")
            else { return }
            server.resolution.networks = []
            for text in word.text.split(separator: ",") {
                guard let network = network(text) else {
                    return statement.alert("'resolve-net' invalid network '\(text)'.", at: word)
                }
                server.resolution.networks.append(network)
            }
        },
        Keyword(
            "resolve-opts", in: .serverSide, "<option>[,<option>]…",
            "allow-dup-ip, prevent-dup-ip: whether servers may share an address; ignore-weight: of service records."
        ) { server, statement in
            guard let word = statement.argument(or: "'resolve-opts' expects a list of options.")
            else { return }
            for text in word.text.split(separator: ",") {
                switch text {
                case "allow-dup-ip": server.resolution.allowsDuplicates = true
                case "prevent-dup-ip": server.resolution.allowsDuplicates = false
                case "ignore-weight": server.resolution.ignoresWeight = true
                default:
                    return statement.alert(
                        "'resolve-opts' : unknown resolve-opts option '\(text)', supported methods are 'allow-dup-ip', 'ignore-weight', and 'prevent-dup-ip'.",
                        at: word)
                }
            }
        },
    ]

    private static func network(_ text: Substring) -> IPPrefix? {
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let address = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        if parts.count == 1 { return IPPrefix(address, length: address.isIPv4 ? 32 : 128) }
        return Int(parts[1]).flatMap { IPPrefix(address, length: $0) }
    }
}
