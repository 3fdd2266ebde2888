import Glibc

/// A blocking socket of a test: a client, or one connection of an origin. Every call gives up after some seconds, so
/// that a broken engine fails a test instead of hanging it.
final class TestSocket: @unchecked Sendable {
    let number: Int32
    /// Lives as long as the socket.
    var rig: EngineRig?

    init(owning number: Int32) {
        self.number = number
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(
            number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(
            number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        unsafe setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    deinit { Glibc.close(number) }

    /// Connects to a port of the loopback interface.
    init?(port: UInt16) {
        number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(
            number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        unsafe setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        let number = number
        guard unsafe withLoopback(port, { unsafe connect(number, $0, $1) }) == 0 else { return nil }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var at = 0
        while at < bytes.count {
            let count = unsafe bytes[at...].withUnsafeBytes {
                unsafe Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            at += count
        }
    }

    /// Bytes that come next; nil at the end, after a reset or when nothing comes in time.
    func receive() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(number, $0.baseAddress, $0.count, 0)
        }
        return count > 0 ? Array(bytes[0..<count]) : nil
    }

    /// Everything up to and including `end`.
    func receive(until end: String) -> String {
        var all: [UInt8] = []
        let wanted = Array(end.utf8)
        while all.suffix(wanted.count) != wanted[...] {
            guard let next = receive() else { break }
            all += next
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// Exactly so many bytes, or what came before the end.
    func receive(count: Int) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count, let next = receive() { all += next }
        return all
    }

    /// Everything until the other side closes.
    func receiveAll() -> String {
        var all: [UInt8] = []
        while let next = receive() { all += next }
        return String(decoding: all, as: UTF8.self)
    }

    /// Says that nothing more is sent.
    func finishSending() { shutdown(number, Int32(SHUT_WR)) }

    /// Closing will reset the connection.
    func resetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            number, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }
}

/// A listening socket on a port that the kernel chose.
final class TestListener: @unchecked Sendable {
    let number: Int32
    let port: UInt16

    init() {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.number = number
        _ = unsafe withLoopback(0) { unsafe bind(number, $0, $1) }
        listen(number, 1024)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(number, $0, &size)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { Glibc.close(number) }

    func accept() -> TestSocket? {
        let connection = Glibc.accept(number, nil, nil)
        return connection >= 0 ? TestSocket(owning: connection) : nil
    }

    /// Makes a waiting `accept` fail.
    func stop() { shutdown(number, Int32(SHUT_RDWR)) }
}

private func withLoopback(
    _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
