internal import ArgumentParser

/// `dyadctl reload`
struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let the service read its configuration again.",
        discussion:
            "Where the new files are not valid the service goes on with the old ones and says why.")

    @OptionGroup var socket: SocketOption

    func run() throws {
        let reply = try socket.ask("reload", patience: RuntimeClient.longPatience)
        Screen.write(reply)
        if !reply.hasPrefix("Success=1") { throw CommandExit.refused }
    }
}
