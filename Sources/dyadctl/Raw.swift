internal import ArgumentParser

/// `dyadctl raw "show stat"`
struct Raw: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say a command to the runtime socket and print the reply as it is.",
        discussion:
            "The exit code is 1 where there is no such command, or the socket's level is too low.")

    @OptionGroup var socket: SocketOption

    @Argument(help: "The command, for instance: show servers state")
    var words: [String]

    func validate() throws {
        if words.contains(where: { $0.utf8.contains(0x0a) }) {
            throw ValidationError("A command is one line.")
        }
    }

    func run() throws {
        let reply = try socket.ask(
            words.joined(separator: " "), patience: RuntimeClient.longPatience)
        Screen.write(reply)
        let isRefused = ["Unknown command", "Permission denied"].contains(where: reply.hasPrefix)
        if isRefused { throw CommandExit.refused }
    }
}
