internal import CLinux
public import Core
internal import Glibc

/// The hot calls on stream sockets that the engine owns by number.
extension Sockets {
    /// What accepting gave.
    public enum AcceptedStream: Sendable, BitwiseCopyable {
        case connection(Int32, from: PeerAddress)
        case wouldBlock
        case failed(Int32)
    }

    /// Takes one connection from a listening socket, without allocating.
    public static func acceptStream(_ listener: Int32) -> AcceptedStream {
        var endpoint = linux_endpoint()
        let result = unsafe linux_accept(listener, &endpoint)
        if result >= 0 {
            return .connection(Int32(truncatingIfNeeded: result), from: PeerAddress(endpoint))
        }
        return result == -Int(EAGAIN) ? .wouldBlock : .failed(Int32(truncatingIfNeeded: -result))
    }

    /// What starting a connection gave.
    public enum Connecting: Sendable, BitwiseCopyable {
        /// The socket; it may be established already.
        case started(Int32)
        case failed(Int32)
    }

    /// Starts to connect a new stream socket. Small messages leave at once, unless `delaysAcknowledgement`: then the
    /// handshake's last packet waits for the first bytes, or is never sent where a reset comes before it.
    public static func connectStream(
        to address: SocketAddress, from source: SocketAddress?, keepAlive: Bool,
        delaysAcknowledgement: Bool = false, options: [SocketOption] = [], fast: Bool = false
    ) -> Connecting {
        let made = linux_socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        guard made >= 0 else { return .failed(Int32(truncatingIfNeeded: -made)) }
        let number = Int32(truncatingIfNeeded: made)
        if address.family != AF_UNIX {
            if delaysAcknowledgement {
                _ = linux_set_option(number, Int32(IPPROTO_TCP), TCP_QUICKACK, 0)
            } else {
                _ = linux_set_option(number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            }
            if keepAlive { _ = linux_set_option(number, SOL_SOCKET, SO_KEEPALIVE, 1) }
            if !options.isEmpty { set(number, options) }
            if fast { setFastConnect(number) }
        }
        if let source {
            // IP_BIND_ADDRESS_NO_PORT: the port is chosen when the destination is known.
            _ = linux_set_option(number, Int32(IPPROTO_IP), 24, 1)
            var endpoint = source.endpoint
            let result = unsafe linux_bind(number, &endpoint)
            if result < 0 {
                _ = linux_close(number)
                return .failed(Int32(truncatingIfNeeded: -result))
            }
        }
        var endpoint = address.endpoint
        let result = unsafe linux_connect(number, &endpoint)
        if result < 0, result != -Int(EINPROGRESS) {
            _ = linux_close(number)
            return .failed(Int32(truncatingIfNeeded: -result))
        }
        return .started(number)
    }

    /// Connects a socket that was disconnected.
    public static func reconnectStream(
        _ number: Int32, to address: SocketAddress, delaysAcknowledgement: Bool
    ) -> Errno? {
        // Disconnecting has forgotten it.
        if delaysAcknowledgement {
            _ = linux_set_option(number, Int32(IPPROTO_TCP), TCP_QUICKACK, 0)
        }
        var endpoint = address.endpoint
        let result = unsafe linux_connect(number, &endpoint)
        return result < 0 && result != -Int(EINPROGRESS) ? Errno(result: result) : nil
    }

    /// Resets the socket's connection; it can be connected again. False: it has to be closed.
    public static func disconnect(_ number: Int32) -> Bool { linux_disconnect(number) >= 0 }

    /// How a connection that was started stands.
    public enum ConnectProgress: Sendable {
        case established
        case pending
        case failed(Errno)
    }

    /// Asks how far a started connection has come: one on this host stands as soon as it was started, and asking costs
    /// less than waiting for an event.
    public static func progress(of number: Int32, to address: SocketAddress) -> ConnectProgress {
        var endpoint = address.endpoint
        let result = unsafe linux_connect(number, &endpoint)
        switch -result {
        case 0, Int(EISCONN): return .established
        case Int(EALREADY), Int(EINPROGRESS): return .pending
        default: return .failed(Errno(result: result))
        }
    }

    /// Receives into the free part of the buffer, which must have room.
    @inline(__always)
    public static func receive(_ number: Int32, into buffer: inout Buffer) -> Transfer {
        var free = buffer.free
        let result = unsafe free.withUnsafeMutableBytes { free in
            guard let base = free.baseAddress, free.count > 0 else { return -Int(ENOBUFS) }
            return unsafe linux_recv(number, base, free.count)
        }
        if result > 0 { buffer.commit(result) }
        return Transfer(result)
    }

    /// Copies what has come into the free part of the buffer, and leaves it to be received.
    public static func peek(_ number: Int32, into buffer: inout Buffer) -> Transfer {
        var free = buffer.free
        let result = unsafe free.withUnsafeMutableBytes { free in
            guard let base = free.baseAddress, free.count > 0 else { return -Int(ENOBUFS) }
            return unsafe linux_recv_peek(number, base, free.count)
        }
        if result > 0 { buffer.commit(result) }
        return Transfer(result)
    }

    /// Sends a prefix of the bytes.
    @inline(__always)
    public static func send(_ number: Int32, _ bytes: RawSpan, more: Bool = false) -> Transfer {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe Transfer(linux_send(number, bytes.baseAddress, bytes.count, more ? 1 : 0))
        }
    }

    /// Sends a prefix of two spans one behind the other.
    @inline(__always)
    public static func send(
        _ number: Int32, _ first: RawSpan, _ second: RawSpan, more: Bool = false
    ) -> Transfer {
        unsafe first.withUnsafeBytes { first in
            unsafe second.withUnsafeBytes { second in
                unsafe Transfer(
                    linux_send_two(
                        number, first.baseAddress, first.count, second.baseAddress, second.count,
                        more ? 1 : 0))
            }
        }
    }

    /// Drops bytes that have come; for a connection whose input nobody wants any more.
    public static func discard(_ number: Int32, atMost count: Int) -> Transfer {
        Transfer(linux_recv_discard(number, count))
    }

    /// Ends our direction: the other side reads an end of stream.
    @inline(__always)
    public static func shutdownSending(_ number: Int32) {
        _ = linux_shutdown(number, Int32(SHUT_WR))
    }

    /// Closing resets the connection.
    public static func setResetOnClose(_ number: Int32) {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        _ = unsafe linux_set_option_bytes(
            number, SOL_SOCKET, SO_LINGER, &linger, MemoryLayout<Glibc.linger>.size)
    }

    /// Closing tells the peer nothing: with the right to it the kernel forgets the connection, otherwise what it sends
    /// dies at the first router.
    public static func silence(_ number: Int32) {
        // TCP_QUICKACK: what was received is acknowledged now. Otherwise the peer would send it again, and the kernel,
        // which knows of no connection any more, would tell it so by a reset.
        _ = linux_set_option(number, Int32(IPPROTO_TCP), 12, 1)
        // TCP_REPAIR
        guard linux_set_option(number, Int32(IPPROTO_TCP), 19, 1) < 0 else { return }
        _ = linux_set_option(number, Int32(IPPROTO_IP), IP_TTL, 1)
        _ = linux_set_option(number, Int32(IPPROTO_IPV6), IPV6_UNICAST_HOPS, 1)
    }

    /// Marks packets for the kernel's routing; needs rights that a dropped process has not.
    public static func setMark(_ number: Int32, _ mark: UInt32) {
        _ = linux_set_option(number, SOL_SOCKET, SO_MARK, Int32(bitPattern: mark))
    }

    public static func setTypeOfService(_ number: Int32, _ value: UInt32) {
        _ = linux_set_type_of_service(number, Int32(truncatingIfNeeded: value))
    }

    /// SO_ERROR: how connecting ended; nil when it succeeded.
    public static func takeError(_ number: Int32) -> Errno? {
        var value: Int32 = 0
        let result = unsafe linux_get_option(number, SOL_SOCKET, SO_ERROR, &value)
        if result < 0 { return Errno(result: result) }
        return value == 0 ? nil : Errno(rawValue: value)
    }

    /// Small messages leave at once. Sockets accepted from a listening one inherit it.
    public static func setNoDelay(_ number: Int32) {
        _ = linux_set_option(number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// Whether what comes is acknowledged at once, or together with what is sent next.
    public static func setQuickAcknowledgement(_ number: Int32, _ isQuick: Bool) {
        _ = linux_set_option(number, Int32(IPPROTO_TCP), TCP_QUICKACK, isQuick ? 1 : 0)
    }

    /// How many connections may wait at a socket that listens already.
    public static func setBacklog(_ number: Int32, _ count: Int32) {
        _ = linux_listen(number, count)
    }

    /// Idle connections are probed.
    public static func setKeepAlive(_ number: Int32) {
        _ = linux_set_option(number, SOL_SOCKET, SO_KEEPALIVE, 1)
    }

    /// Our end's address.
    public static func localAddress(_ number: Int32) -> PeerAddress {
        var endpoint = linux_endpoint()
        let result = unsafe linux_local_endpoint(number, &endpoint)
        return result < 0 ? .unnamed : PeerAddress(endpoint)
    }

    /// The other end's address.
    public static func peerAddress(_ number: Int32) -> PeerAddress {
        var endpoint = linux_endpoint()
        let result = unsafe linux_peer_endpoint(number, &endpoint)
        return result < 0 ? .unnamed : PeerAddress(endpoint)
    }
}
