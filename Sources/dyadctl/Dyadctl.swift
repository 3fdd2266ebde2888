internal import ArgumentParser
internal import Core
internal import Diagnostics

/// A friendly face on the runtime socket.
@main
struct Dyadctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dyadctl",
        abstract: "Look at a running dyad, and tell it what to do.",
        discussion: """
            It talks to the runtime socket; 'raw' says any command of it as it is.
            """,
        version: Product.version,
        subcommands: [
            Status.self, Top.self, Check.self, Reload.self, Failover.self, Maintenance.self,
            Explain.self, Raw.self,
        ])

    /// A wrong command is told in words of its own: the argument parser would speak of an unexpected argument.
    static func main() {
        let names = configuration.subcommands.map { $0._commandName } + ["help"]
        if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"),
            !names.contains(word)
        {
            let meant = NearestWord.suggestion(for: word, among: names)
            exit(
                withError: ValidationError(
                    "There is no command '\(word)'"
                        + (meant.map { "; did you mean '\($0)'?" } ?? ".")
                ))
        }
        main(nil)
    }
}

/// Exit codes beside those of `status`.
enum CommandExit {
    /// The command was refused or failed.
    static let refused = ExitCode(1)
    /// Nobody answers.
    static let unreachable = ExitCode(3)
}
