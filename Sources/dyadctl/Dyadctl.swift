internal import ArgumentParser
internal import Core

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
}

/// Exit codes beside those of `status`.
enum CommandExit {
    /// The command was refused or failed.
    static let refused = ExitCode(1)
    /// Nobody answers.
    static let unreachable = ExitCode(3)
}
