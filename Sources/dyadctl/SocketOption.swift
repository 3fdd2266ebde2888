internal import ArgumentParser
internal import Core
internal import Linux

/// Which runtime socket to talk to.
struct SocketOption: ParsableArguments {
    /// The socket that dyad makes by itself.
    static let ownSocket = "/run/dyad/dyad.sock"

    @Option(
        name: .shortAndLong,
        help:
            "Runtime socket: a path or ADDRESS:PORT (default: $DYAD_SOCKET, else /run/dyad/dyad.sock)."
    )
    var socket: String?

    var name: String { socket ?? Host.environment("DYAD_SOCKET") ?? SocketOption.ownSocket }

    /// `/path`, `unix@/path`, `127.0.0.1:9999`, `[::1]:9999`
    static func address(_ text: String) -> SocketAddress? {
        if text.hasPrefix("unix@") { return .unix(String(text.dropFirst(5))) }
        if text.hasPrefix("abns@") { return .abstract(String(text.dropFirst(5))) }
        if text.contains("/") || !text.contains(":") { return .unix(text) }
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if host.isEmpty || host == "localhost" { host = "127.0.0.1" }
        return IPAddress(host).map { .ip($0, port: port) }
    }

    func client() throws -> RuntimeClient {
        guard let address = SocketOption.address(name) else {
            throw ValidationError("'\(name)' is neither a path nor ADDRESS:PORT.")
        }
        return RuntimeClient(address: address, name: name)
    }

    /// The reply to one command, without its empty last line; says why there is none and ends.
    func ask(_ command: String, patience: Duration = RuntimeClient.patience) throws -> String {
        switch try client().ask(command, patience: patience) {
        case .success(let reply):
            if reply.hasPrefix("Permission denied") {
                Screen.complain(
                    "\(name) does not allow '\(command)': its level is too low; the 'stats socket' line needs 'level operator' or 'level admin'"
                )
            }
            return reply
        case .failure(let failure):
            Screen.complain(failure.text)
            throw CommandExit.unreachable
        }
    }
}
