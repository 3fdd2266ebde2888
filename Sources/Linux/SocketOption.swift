internal import CLinux
internal import Glibc

/// Something that a TCP socket is asked for. What a listening socket was asked for, the accepted ones inherit.
public enum SocketOption: Sendable, Equatable {
    case number(level: Int32, name: Int32, Int32)
    case congestionControl([UInt8])

    public static func keepAliveCount(_ probes: Int) -> SocketOption { tcp(TCP_KEEPCNT, probes) }
    public static func keepAliveIdle(seconds: Int) -> SocketOption { tcp(TCP_KEEPIDLE, seconds) }
    public static func keepAliveInterval(seconds: Int) -> SocketOption {
        tcp(TCP_KEEPINTVL, seconds)
    }
    public static func userTimeout(milliseconds: Int) -> SocketOption {
        tcp(TCP_USER_TIMEOUT, milliseconds)
    }
    public static func unsentBytes(_ count: Int) -> SocketOption { tcp(TCP_NOTSENT_LOWAT, count) }
    public static func receiveBuffer(bytes: Int) -> SocketOption {
        .number(level: SOL_SOCKET, name: SO_RCVBUF, Int32(clamping: bytes))
    }
    public static func sendBuffer(bytes: Int) -> SocketOption {
        .number(level: SOL_SOCKET, name: SO_SNDBUF, Int32(clamping: bytes))
    }

    private static func tcp(_ name: Int32, _ value: Int) -> SocketOption {
        .number(level: Int32(IPPROTO_TCP), name: name, Int32(clamping: value))
    }
}

extension Sockets {
    /// Asks for all of them. What the kernel does not have stays as it is: the configuration's reader has said so.
    public static func set(_ number: Int32, _ options: [SocketOption]) {
        for option in options {
            switch option {
            case .number(let level, let name, let value):
                _ = linux_set_option(number, level, name, value)
            case .congestionControl(let name):
                _ = unsafe name.withUnsafeBytes {
                    unsafe linux_set_option_bytes(
                        number, Int32(IPPROTO_TCP), TCP_CONGESTION, $0.baseAddress, $0.count)
                }
            }
        }
    }

    /// The first bytes go with the request for a connection, where the peer has allowed that before.
    public static func setFastConnect(_ number: Int32) {
        _ = linux_set_option(number, Int32(IPPROTO_TCP), TCP_FASTOPEN_CONNECT, 1)
    }
}
