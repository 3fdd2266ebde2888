import ConfigurationLanguage
import Core
import Diagnostics

/// Options of `server` lines that are about how connections to it are made.
enum ServerConnectionKeywords {
    static let all: [Keyword<ServerDraft>] = [
        version(
            "send-proxy", 1,
            "Connections begin with a PROXY header of version 1; checks of the same address, too."),
        version("send-proxy-v2", 2, "The same in version 2."),
        telling("send-proxy-v2-ssl", "Version 2, with what is known of the client's TLS.") {
            $0.proxyTellsSecurity = true
        },
        telling("send-proxy-v2-ssl-cn", "The same, with the common name of its certificate.") {
            $0.proxyTellsSecurity = true
            $0.proxyTellsCommonName = true
        },
        Keyword("no-send-proxy-v2-ssl", in: .serverSide, "", "Without what is known of TLS.") {
            server, _ in
            server.settings.proxyTellsSecurity = false
            server.settings.proxyTellsCommonName = false
        },
        Keyword("no-send-proxy-v2-ssl-cn", in: .serverSide, "", "Without the common name.") {
            server, _ in server.settings.proxyTellsCommonName = false
        },
        version("no-send-proxy", 0, "No PROXY header (the default)."),
        version("no-send-proxy-v2", 0, "No PROXY header (the default)."),
        Keyword(
            "check-send-proxy", in: .serverSide, "",
            "Checks begin with a PROXY header, wherever they go."
        ) { server, _ in server.check.sendProxy = true },
        Keyword("no-check-send-proxy", in: .serverSide, "", "Only as 'send-proxy' says.") {
            server, _ in server.check.sendProxy = false
        },
        Keyword(
            "source", in: .serverSide, "<address>[:<port>]",
            "The address that connections and checks come from."
        ) { server, statement in
            if let source = SourceAddress.take(&statement) {
                server.settings.source = source.address
            }
        },
    ]

    private static func telling(
        _ name: String, _ summary: String, apply: @escaping @Sendable (inout ServerSettings) -> Void
    ) -> Keyword<ServerDraft> {
        Keyword(name, in: .serverSide, "", summary) { server, _ in
            server.settings.sendProxyVersion = 2
            apply(&server.settings)
        }
    }

    private static func version(
        _ name: String, _ version: Int, _ summary: String
    ) -> Keyword<ServerDraft> {
        Keyword(name, in: .serverSide, "", summary) { server, _ in
            server.settings.sendProxyVersion = version
        }
    }
}

/// The argument of `source`, of a server or a backend.
enum SourceAddress {
    struct Result {
        /// nil: the kernel chooses.
        let address: SocketAddress?
    }

    static func take(_ statement: inout Statement) -> Result? {
        let complaint =
            "'source' expects <addr>[:<port>], and optionally 'usesrc' <addr>, and 'interface' <name>."
        guard let word = statement.argument(or: complaint) else { return nil }
        guard case .success(let syntax) = AddressSyntax.parse(word.text),
            case .internet(let host, _, let ports) = syntax.place, !syntax.isDatagram
        else {
            statement.alert("'source' : invalid address '\(word.text)'.", at: word)
            return nil
        }
        var port: UInt16 = 0
        switch ports {
        case .none: break
        case .range(let range) where range.count == 1: port = range.lowerBound
        case .range, .offset:
            statement.alert(
                "'source' : a range of ports is not supported in '\(word.text)'.", at: word,
                fix: "write the address alone: the kernel chooses a free port for each destination")
            return nil
        }
        switch host {
        case .any: return Result(address: port == 0 ? nil : .ip(.v4(.any), port: port))
        case .address(let address):
            return Result(address: address.isAny && port == 0 ? nil : .ip(address, port: port))
        case .name:
            statement.alert("'source' : '\(word.text)' is no address.", at: word)
            return nil
        }
    }
}
