internal import ArgumentParser

/// `dyadctl failover`
struct Failover: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give the virtual addresses to the peer, or take them.",
        discussion:
            "Connections are waited for first. The addresses stay here until the peer advertises; with no peer nothing changes."
    )

    @OptionGroup var socket: SocketOption

    @Flag(help: "Take the addresses from the peer.")
    var take = false

    @OptionGroup var drain: DrainOption

    @Argument(help: "The virtual router; without a name all of them.")
    var router: String?

    func run() throws {
        if take && drain.isGiven { throw ValidationError("--take waits for no connections.") }
        try socket.move(take ? "vrrp takeover" : "vrrp failover", router, drain)
    }
}

/// `dyadctl maintenance on|off`
struct Maintenance: ParsableCommand {
    enum Wish: String, ExpressibleByArgument, CaseIterable { case on, off }

    static let configuration = CommandConfiguration(
        abstract: "Keep this node from holding virtual addresses, or end that.")

    @OptionGroup var socket: SocketOption

    @OptionGroup var drain: DrainOption

    @Argument(help: "on: the peer takes over, and this node rests; off: it serves again.")
    var wish: Wish

    @Argument(help: "The virtual router; without a name all of them.")
    var router: String?

    func run() throws {
        if wish == .off && drain.isGiven {
            throw ValidationError("The end of maintenance waits for no connections.")
        }
        try socket.move("vrrp maintenance \(wish.rawValue)", router, drain)
    }
}

/// How long connections are waited for.
struct DrainOption: ParsableArguments {
    @Option(
        name: .customLong("drain"),
        help:
            "Longest wait for connections, as 20s or 5m; 0: none (default: hard-stop-after, else 30s)."
    )
    var time: String?

    var isGiven: Bool { time != nil }
}

extension SocketOption {
    /// Says a command that moves addresses, and ends with 1 where it was refused.
    fileprivate func move(_ command: String, _ router: String?, _ drain: DrainOption) throws {
        for word in [router, drain.time].compactMap({ $0 })
        where word.utf8.contains(where: { $0 <= 0x20 || $0 == 0x3b }) {
            throw ValidationError("'\(word)' has blanks or semicolons.")
        }
        let words =
            [command] + [router].compactMap { $0 } + (drain.time.map { ["drain", $0] } ?? [])
        let reply = try ask(
            words.joined(separator: " "), patience: RuntimeClient.longPatience)
        Screen.write(reply)
        let isDone = reply.split(separator: "\n").allSatisfy { $0.contains(": ") }
        if !isDone { throw CommandExit.refused }
    }
}
