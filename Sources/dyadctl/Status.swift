internal import ArgumentParser

/// `dyadctl status`
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the state of this node on one screen.",
        discussion: """
            Exit code: 0 serves (master, or no virtual router), 1 backup and ready, 2 degraded, 3 no answer.
            """)

    @OptionGroup var socket: SocketOption

    @Flag(name: .shortAndLong, help: "Print nothing; only the exit code tells.")
    var quiet = false

    func run() throws {
        let report = try Status.report(socket)
        if !quiet { Screen.write(report.text) }
        throw ExitCode(report.verdict.rawValue)
    }

    /// Asks for everything that the report needs.
    static func report(_ socket: SocketOption) throws -> StatusReport {
        guard let stat = StatTable(try socket.ask("show stat")) else {
            Screen.complain("\(socket.name) is no runtime socket")
            throw CommandExit.unreachable
        }
        return StatusReport(
            info: InfoTable(try socket.ask("show info")), stat: stat,
            routers: JSONValue(try socket.ask("show vrrp json"))?.items ?? [],
            health: try socket.ask("show health"))
    }
}
