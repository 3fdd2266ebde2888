internal import COpenSSL
internal import Linux

/// How OpenSSL reaches a socket: a BIO of our own. The library's own one would call `write`, which raises SIGPIPE, and
/// would not say that a short read has emptied the socket, which saves a system call a request.
///
/// The BIO's data is a number, not a pointer: the socket in its low half, flags above.
internal enum SocketBIO {
    /// The last read took less than it could: reading again is pointless until an event comes.
    private static let drained: UInt = 1 << 32
    private static let socketMask: UInt = 0xffff_ffff
    /// BIO_FLAGS_IN_EOF
    private static let endFlag: Int32 = 0x800

    nonisolated(unsafe) private static let method: OpaquePointer? = unsafe makeMethod()

    /// A BIO for a socket; it does not own the socket.
    static func make(_ socket: Int32) -> OpaquePointer? {
        guard let method = unsafe method, let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(
            bio, UnsafeMutableRawPointer(bitPattern: UInt(UInt32(bitPattern: socket))))
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }

    @inline(__always)
    static func isDrained(_ bio: OpaquePointer) -> Bool { unsafe state(bio) & drained != 0 }

    /// The other side has closed in order.
    static func hasEnded(_ bio: OpaquePointer) -> Bool {
        unsafe BIO_test_flags(bio, endFlag) != 0
    }

    @inline(__always)
    static func noteReadable(_ bio: OpaquePointer) {
        unsafe BIO_set_data(bio, UnsafeMutableRawPointer(bitPattern: state(bio) & ~drained))
    }

    @inline(__always)
    private static func state(_ bio: OpaquePointer) -> UInt {
        UInt(bitPattern: unsafe BIO_get_data(bio))
    }

    private static func makeMethod() -> OpaquePointer? {
        // BIO_TYPE_SOURCE_SINK: it is the end of a chain.
        guard let method = unsafe BIO_meth_new(BIO_get_new_index() | 0x0400, "socket") else {
            return nil
        }
        unsafe BIO_meth_set_read(method) { bio, memory, count in
            guard let bio = unsafe bio, let memory = unsafe memory, count > 0 else { return 0 }
            return unsafe SocketBIO.read(bio, memory, Int(count))
        }
        unsafe BIO_meth_set_write(method) { bio, memory, count in
            guard let bio = unsafe bio, let memory = unsafe memory, count > 0 else { return 0 }
            return unsafe SocketBIO.write(bio, memory, Int(count))
        }
        unsafe BIO_meth_set_ctrl(method) { bio, command, _, _ in
            switch command {
            case 2:  // BIO_CTRL_EOF
                guard let bio = unsafe bio else { return 0 }
                return unsafe BIO_test_flags(bio, SocketBIO.endFlag) != 0 ? 1 : 0
            case 11: return 1  // BIO_CTRL_FLUSH: nothing is held back here.
            default: return 0
            }
        }
        return unsafe method
    }

    private static func read(
        _ bio: OpaquePointer, _ memory: UnsafeMutableRawPointer, _ count: Int
    ) -> Int32 {
        unsafe openssl_clear_retry(bio)
        let state = unsafe state(bio)
        if state & drained != 0 {
            unsafe openssl_retry_read(bio)
            return -1
        }
        switch unsafe Sockets.receive(
            Int32(truncatingIfNeeded: state & socketMask), into: memory, count)
        {
        case .moved(let got):
            if got < count {
                unsafe BIO_set_data(bio, UnsafeMutableRawPointer(bitPattern: state | drained))
            }
            return Int32(truncatingIfNeeded: got)
        case .wouldBlock:
            unsafe BIO_set_data(bio, UnsafeMutableRawPointer(bitPattern: state | drained))
            unsafe openssl_retry_read(bio)
            return -1
        case .ended:
            unsafe BIO_set_flags(bio, endFlag)
            return 0
        case .failed: return -1
        }
    }

    private static func write(
        _ bio: OpaquePointer, _ memory: UnsafeRawPointer, _ count: Int
    ) -> Int32 {
        unsafe openssl_clear_retry(bio)
        let socket = Int32(truncatingIfNeeded: unsafe state(bio) & socketMask)
        switch unsafe Sockets.send(socket, from: memory, count) {
        case .moved(let sent): return Int32(truncatingIfNeeded: sent)
        case .wouldBlock:
            unsafe openssl_retry_write(bio)
            return -1
        case .ended, .failed: return -1
        }
    }
}
