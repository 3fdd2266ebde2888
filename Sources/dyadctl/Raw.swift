internal import ArgumentParser

/// `dyadctl raw "show stat"`
struct Raw: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say a command to the runtime socket and print the reply as it is.")

    @OptionGroup var socket: SocketOption

    @Argument(help: "The command, for instance: show servers state")
    var words: [String]

    func validate() throws {
        if words.contains(where: { $0.utf8.contains(0x0a) }) {
            throw ValidationError("A command is one line.")
        }
    }

    func run() throws {
        Screen.write(
            try socket.ask(words.joined(separator: " "), patience: RuntimeClient.longPatience))
    }
}
