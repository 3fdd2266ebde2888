internal import CLinux
public import Core
internal import Glibc

/// Owns a non-blocking socket that is closed on exec.
public struct Socket: ~Copyable, Sendable {
    /// Kinds of sockets.
    public enum Kind: Sendable { case stream, datagram }

    /// The descriptor, for waiting on it.
    public let number: Int32

    /// Takes a descriptor over.
    @inline(__always)
    public init(owning number: Int32) { self.number = number }

    /// A new socket of the address' family.
    public init(_ kind: Kind, for address: SocketAddress) throws(Errno) {
        let type = kind == .stream ? Int32(SOCK_STREAM.rawValue) : Int32(SOCK_DGRAM.rawValue)
        number = try checked(linux_socket(address.family, type, 0))
    }

    deinit { _ = linux_close(number) }

    /// Gives the descriptor up without closing it.
    public consuming func release() -> Int32 {
        let released = number
        discard self
        return released
    }

    /// Two connected unix sockets. A pair of datagram kind is SOCK_SEQPACKET: messages stay whole, and the end of one
    /// side is seen at the other.
    public static func pair(_ kind: Kind) throws(Errno) -> (Int32, Int32) {
        let type = kind == .stream ? Int32(SOCK_STREAM.rawValue) : Int32(SOCK_SEQPACKET.rawValue)
        var ends: (Int32, Int32) = (-1, -1)
        let result = unsafe withUnsafeMutablePointer(to: &ends) { ends in
            unsafe ends.withMemoryRebound(to: Int32.self, capacity: 2) {
                unsafe linux_socketpair(type, $0)
            }
        }
        try check(result)
        return ends
    }

    // MARK: Moving bytes

    /// Receives into the free part of the buffer.
    @inline(__always)
    public func receive(into buffer: inout Buffer) -> Transfer {
        Sockets.receive(number, into: &buffer)
    }

    /// Sends a prefix of the bytes. `more`: others follow at once, so that the kernel may wait for them.
    @inline(__always)
    public func send(_ bytes: RawSpan, more: Bool = false) -> Transfer {
        Sockets.send(number, bytes, more: more)
    }

    /// Sends a prefix of two spans one behind the other.
    @inline(__always)
    public func send(_ first: RawSpan, _ second: RawSpan, more: Bool = false) -> Transfer {
        Sockets.send(number, first, second, more: more)
    }

    // MARK: Addresses

    public func bind(to address: SocketAddress) throws(Errno) {
        var endpoint = address.endpoint
        try check(unsafe linux_bind(number, &endpoint))
    }

    /// Starts to connect; `inProgress` is no error.
    public func connect(to address: SocketAddress) -> Errno? {
        var endpoint = address.endpoint
        let result = unsafe linux_connect(number, &endpoint)
        return result < 0 && result != -Int(EINPROGRESS) ? Errno(result: result) : nil
    }

    public func listen(backlog: Int32) throws(Errno) { try check(linux_listen(number, backlog)) }

    public func localAddress() throws(Errno) -> SocketAddress {
        var endpoint = linux_endpoint()
        try check(unsafe linux_local_endpoint(number, &endpoint))
        return SocketAddress(endpoint)
    }

    public func peerAddress() throws(Errno) -> SocketAddress {
        var endpoint = linux_endpoint()
        try check(unsafe linux_peer_endpoint(number, &endpoint))
        return SocketAddress(endpoint)
    }

    /// SO_ERROR: how connecting ended; nil when it succeeded.
    public func takeError() -> Errno? {
        var value: Int32 = 0
        let result = unsafe linux_get_option(number, SOL_SOCKET, SO_ERROR, &value)
        if result < 0 { return Errno(result: result) }
        return value == 0 ? nil : Errno(rawValue: value)
    }

    /// Ends our direction: the other side reads an end of stream.
    public func shutdownSending() { _ = linux_shutdown(number, Int32(SHUT_WR)) }

    // MARK: Options

    public func setReuseAddress() throws(Errno) { try set(SOL_SOCKET, SO_REUSEADDR, 1) }
    public func setReusePort() throws(Errno) { try set(SOL_SOCKET, SO_REUSEPORT, 1) }
    public func setNoDelay() throws(Errno) { try set(Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
    public func setKeepAlive() throws(Errno) { try set(SOL_SOCKET, SO_KEEPALIVE, 1) }
    public func setV6Only(_ only: Bool) throws(Errno) {
        try set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, only ? 1 : 0)
    }
    /// Binds addresses that no interface has yet.
    public func setFreeBind(_ family: Int32) throws(Errno) {
        try set(
            Int32(family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP),
            family == AF_INET6 ? 78 : IP_FREEBIND, 1)
    }
    public func setTransparent(_ family: Int32) throws(Errno) {
        try set(
            Int32(family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP),
            family == AF_INET6 ? 75 : IP_TRANSPARENT, 1)
    }
    public func setDeferAccept(seconds: Int32) throws(Errno) {
        try set(Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, seconds)
    }
    public func setFastOpen(queue: Int32) throws(Errno) {
        try set(Int32(IPPROTO_TCP), TCP_FASTOPEN, queue)
    }
    public func setMaximumSegment(_ bytes: Int32) throws(Errno) {
        try set(Int32(IPPROTO_TCP), TCP_MAXSEG, bytes)
    }
    public func setDevice(_ name: String) throws(Errno) {
        let bytes = Array(name.utf8) + [0]
        try check(
            unsafe bytes.withUnsafeBytes {
                unsafe linux_set_option_bytes(
                    number, SOL_SOCKET, SO_BINDTODEVICE, $0.baseAddress, $0.count)
            })
    }
    /// Closing resets the connection: SO_LINGER 0.
    public func setResetOnClose() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        _ = unsafe linux_set_option_bytes(
            number, SOL_SOCKET, SO_LINGER, &linger, MemoryLayout<Glibc.linger>.size)
    }

    public func set(_ level: Int32, _ name: Int32, _ value: Int32) throws(Errno) {
        try check(linux_set_option(number, level, name, value))
    }
}

/// Calls on sockets that others own.
public enum Sockets {
    /// What an accept gave.
    public enum Accepted: Sendable {
        case connection(Int32, from: SocketAddress)
        case wouldBlock
        case failed(Errno)
    }

    /// Takes one connection from a listening socket.
    public static func accept(_ listener: Int32) -> Accepted {
        var endpoint = linux_endpoint()
        let result = unsafe linux_accept(listener, &endpoint)
        if result >= 0 {
            return .connection(Int32(truncatingIfNeeded: result), from: SocketAddress(endpoint))
        }
        return result == -Int(EAGAIN) ? .wouldBlock : .failed(Errno(result: result))
    }

    /// Receives one datagram.
    public static func receive(_ socket: Int32, into bytes: inout [UInt8]) -> (
        Transfer, SocketAddress
    ) {
        var endpoint = linux_endpoint()
        let result = unsafe bytes.withUnsafeMutableBytes {
            unsafe linux_recvfrom(socket, $0.baseAddress, $0.count, &endpoint)
        }
        return (Transfer(result), SocketAddress(endpoint))
    }

    /// Sends one datagram.
    public static func send(_ socket: Int32, _ bytes: RawSpan, to address: SocketAddress)
        -> Transfer
    {
        var endpoint = address.endpoint
        return unsafe bytes.withUnsafeBytes {
            unsafe Transfer(linux_sendto(socket, $0.baseAddress, $0.count, &endpoint))
        }
    }

    /// Connects a datagram socket that is connected already to the same or another receiver.
    public static func connect(_ socket: Int32, to address: SocketAddress) -> Errno? {
        var endpoint = address.endpoint
        let result = unsafe linux_connect(socket, &endpoint)
        return result < 0 ? Errno(result: result) : nil
    }

    /// Sends many datagrams that lie one behind the other in `bytes`; returns how many left. nil: to where the
    /// socket is connected.
    public static func sendMany(
        _ socket: Int32, _ bytes: RawSpan, lengths: [UInt32], to address: PreparedAddress?
    ) -> Result<Int, Errno> {
        var endpoint = address?.endpoint ?? linux_endpoint()
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe lengths.withUnsafeBufferPointer { lengths in
                unsafe withUnsafePointer(to: &endpoint) { endpoint in
                    unsafe linux_send_many(
                        socket, bytes.baseAddress, lengths.baseAddress, lengths.count,
                        address == nil ? nil : endpoint)
                }
            }
        }
        return result < 0 ? .failure(Errno(result: result)) : .success(result)
    }

    /// Sends bytes with descriptors beside them (SCM_RIGHTS); at most 250 at once.
    public static func send(
        _ socket: Int32, _ bytes: [UInt8], descriptors: [Int32]
    ) throws(Errno) {
        try check(
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe descriptors.withUnsafeBufferPointer { descriptors in
                    unsafe linux_send_descriptors(
                        socket, bytes.baseAddress, bytes.count, descriptors.baseAddress,
                        descriptors.count)
                }
            })
    }

    /// Receives into `bytes` and takes the descriptors beside them over; the caller owns them.
    public static func receive(
        _ socket: Int32, into bytes: inout [UInt8], descriptors: inout [Int32]
    ) -> Transfer {
        var received = [Int32](repeating: -1, count: 250)
        var count = received.count
        let result = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe received.withUnsafeMutableBufferPointer { received in
                unsafe linux_recv_descriptors(
                    socket, bytes.baseAddress, bytes.count, received.baseAddress, &count)
            }
        }
        descriptors.append(contentsOf: received.prefix(count))
        return Transfer(result)
    }
}
