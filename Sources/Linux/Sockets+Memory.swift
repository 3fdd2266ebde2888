internal import CLinux
internal import Glibc

/// Calls for a library that brings its own memory: OpenSSL. Everybody else uses buffers.
extension Sockets {
    /// Receives into memory of somebody else.
    @unsafe @inline(__always)
    public static func receive(
        _ number: Int32, into memory: UnsafeMutableRawPointer, _ count: Int
    ) -> Transfer {
        unsafe Transfer(linux_recv(number, memory, count))
    }

    /// Sends from memory of somebody else.
    @unsafe @inline(__always)
    public static func send(
        _ number: Int32, from memory: UnsafeRawPointer, _ count: Int
    ) -> Transfer {
        unsafe Transfer(linux_send(number, memory, count, 0))
    }
}
