internal import Configuration
internal import Linux

extension SocketOption {
    /// What the settings ask for.
    static func list(_ tcp: TCPSettings) -> [SocketOption] {
        var options: [SocketOption] = []
        func add(_ value: Int, _ option: (Int) -> SocketOption) {
            if value > 0 { options.append(option(value)) }
        }
        add(tcp.userTimeout, SocketOption.userTimeout(milliseconds:))
        add(tcp.probes.count, SocketOption.keepAliveCount)
        add(tcp.probes.idle, SocketOption.keepAliveIdle(seconds:))
        add(tcp.probes.interval, SocketOption.keepAliveInterval(seconds:))
        add(tcp.buffers.receive, SocketOption.receiveBuffer(bytes:))
        add(tcp.buffers.send, SocketOption.sendBuffer(bytes:))
        add(tcp.buffers.unsent, SocketOption.unsentBytes)
        if let name = tcp.congestionControl { options.append(.congestionControl(Array(name.utf8))) }
        return options
    }
}
