import Checking
import ConfigurationLanguage
import Core
import Diagnostics

/// `http-check connect …` and `tcp-check connect …`
enum CheckConnects {
    static let arguments =
        "[ default ] [ port <port> ] [ addr <address> ] [ send-proxy ] [ ssl ] [ sni <name> ] [ alpn <protocols> ] [ linger ]"

    static func rule(_ statement: inout Statement, _ family: String) -> CheckDraft.Rule? {
        var connection = CheckConnection()
        while let word = statement.peek, word.text != "comment" {
            _ = statement.nextKeyword()
            switch word.text {
            case "port":
                let missing = "'\(family) connect' : expects a port number."
                guard let value = statement.argument(or: missing) else { return nil }
                guard let number = UInt16(value.text), number > 0 else {
                    statement.alert(
                        "'\(family) connect' : invalid port '\(value.text)'.", at: value)
                    statement.skipRest()
                    return nil
                }
                connection.port = number
            case "addr": guard address(&statement, family, &connection) else { return nil }
            case "default": connection.isStandard = true
            case "ssl": connection.usesTLS = true
            case "send-proxy": connection.sendsProxyHeader = true
            case "sni":
                let missing = "'\(family) connect' : 'sni' expects a string as argument."
                guard let name = statement.argument(or: missing) else { return nil }
                connection.name = name.text
            case "alpn":
                let missing =
                    "'\(family) connect' : 'alpn' expects a comma-separated list of protocol names as argument."
                guard let names = statement.argument(or: missing) else { return nil }
                connection.applicationProtocols = TLSWords.protocolsOfChecks(names, statement)
            case "linger": connection.lingers = true
            case "proto", "via-socks4":
                statement.alert(
                    "'\(family) connect \(word.text)' is not supported: \(Reason.notPlanned).",
                    fix: Reason.notPlannedWayOut)
                statement.skipRest()
                return nil
            default:
                statement.alert(
                    "'\(family) connect' : expects 'comment', 'port', 'addr', 'send-proxy', 'ssl', 'sni', 'alpn' or 'via-socks4', 'linger', 'default' but got '\(word.text)' as argument."
                )
                statement.skipRest()
                return nil
            }
        }
        return statement.rule(.connect(connection))
    }

    private static func address(
        _ statement: inout Statement, _ family: String, _ connection: inout CheckConnection
    ) -> Bool {
        let missing = "'\(family) connect' : 'addr' expects an address as argument."
        guard let word = statement.argument(or: missing) else { return false }
        if case .success(let syntax) = statement.context.address(word),
            case .internet(.address(let address), _, let ports) = syntax.place, !syntax.isDatagram
        {
            connection.address = address
            if case .range(let range) = ports, connection.port == nil {
                connection.port = range.lowerBound
            }
            return true
        }
        statement.alert(
            "'\(family) connect' : invalid address '\(word.text)'.", at: word,
            fix: "write an IP address")
        statement.skipRest()
        return false
    }
}
