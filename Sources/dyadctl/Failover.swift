internal import ArgumentParser

/// `dyadctl failover`
struct Failover: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give the virtual addresses to the peer, or take them.",
        discussion:
            "The addresses stay here until the peer advertises; with no peer nothing changes.")

    @OptionGroup var socket: SocketOption

    @Flag(help: "Take the addresses from the peer.")
    var take = false

    @Argument(help: "The virtual router; without a name all of them.")
    var router: String?

    func run() throws {
        try socket.move(take ? "vrrp takeover" : "vrrp failover", router)
    }
}

/// `dyadctl maintenance on|off`
struct Maintenance: ParsableCommand {
    enum Wish: String, ExpressibleByArgument, CaseIterable { case on, off }

    static let configuration = CommandConfiguration(
        abstract: "Keep this node from holding virtual addresses, or end that.")

    @OptionGroup var socket: SocketOption

    @Argument(help: "on: the peer takes over, and this node rests; off: it serves again.")
    var wish: Wish

    @Argument(help: "The virtual router; without a name all of them.")
    var router: String?

    func run() throws {
        try socket.move("vrrp maintenance \(wish.rawValue)", router)
    }
}

extension SocketOption {
    /// Says a command that moves addresses, and ends with 1 where it was refused.
    fileprivate func move(_ command: String, _ router: String?) throws {
        if let router, router.utf8.contains(where: { $0 <= 0x20 || $0 == 0x3b }) {
            throw ValidationError("A virtual router's name has no blanks and no semicolons.")
        }
        let reply = try ask(
            command + (router.map { " " + $0 } ?? ""), patience: RuntimeClient.longPatience)
        Screen.write(reply)
        let isDone = reply.split(separator: "\n").allSatisfy { $0.contains(": ") }
        if !isDone { throw CommandExit.refused }
    }
}
