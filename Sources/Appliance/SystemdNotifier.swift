internal import Core
internal import Linux

/// Tells systemd how the service is (sd_notify(3)): datagrams to `$NOTIFY_SOCKET`, in HAProxy's words.
internal struct SystemdNotifier: Sendable {
    private let address: SocketAddress?

    /// Does nothing where the environment names no socket.
    init() {
        address = Host.environment("NOTIFY_SOCKET").flatMap { path in
            path.hasPrefix("@") ? .abstract(String(path.dropFirst())) : .unix(path)
        }
    }

    func ready(status: String = "Ready.") {
        send("READY=1\nMAINPID=\(Processes.identifier)\nSTATUS=\(status)\n")
    }

    func reloading() {
        let microseconds = Clock.now().nanoseconds / 1000
        send("RELOADING=1\nSTATUS=Reloading Configuration.\nMONOTONIC_USEC=\(microseconds)\n")
    }

    func stopping() { send("STOPPING=1") }

    func status(_ text: String) { send("STATUS=\(text)\n") }

    private func send(_ text: String) {
        guard let address, let socket = try? Socket(.datagram, for: address) else { return }
        let bytes = Array(text.utf8)
        _ = bytes.withBytes { Sockets.send(socket.number, $0, to: address) }
    }
}
