internal import CLinux
internal import Glibc

/// Owns a file descriptor; closes it when it ends.
public struct Descriptor: ~Copyable, Sendable {
    /// The number, for calls that borrow it; -1 after `release`.
    public private(set) var number: Int32

    /// Takes the descriptor over.
    @inline(__always)
    public init(owning number: Int32) { self.number = number }

    deinit {
        if number >= 0 { _ = linux_close(number) }
    }

    /// Gives the descriptor up without closing it.
    public consuming func release() -> Int32 {
        let released = number
        discard self
        return released
    }

    /// Two ends of a non-blocking pipe: read, write.
    public static func pipe() throws(Errno) -> (Int32, Int32) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = unsafe withUnsafeMutablePointer(to: &ends) { ends in
            unsafe ends.withMemoryRebound(to: Int32.self, capacity: 2) { unsafe linux_pipe($0) }
        }
        if result < 0 { throw Errno(result: result) }
        return ends
    }
}

/// Calls on descriptors by number, for owners that hold several.
public enum Descriptors {
    public static func close(_ number: Int32) { _ = linux_close(number) }

    /// Reads into `buffer`; for files, pipes and eventfds.
    public static func read(_ number: Int32, into buffer: inout [UInt8]) -> Transfer {
        unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe Transfer(linux_read(number, bytes.baseAddress, bytes.count))
        }
    }

    /// Writes a prefix of `bytes`.
    public static func write(_ number: Int32, _ bytes: RawSpan) -> Transfer {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe Transfer(linux_write(number, bytes.baseAddress, bytes.count))
        }
    }

    public static func setNonBlocking(_ number: Int32) throws(Errno) {
        try check(linux_set_nonblocking(number))
    }

    public static func setCloseOnExec(_ number: Int32, _ on: Bool) throws(Errno) {
        try check(linux_set_cloexec(number, on ? 1 : 0))
    }

    /// A second descriptor for the same thing, closed on exec.
    public static func duplicate(_ number: Int32) throws(Errno) -> Int32 {
        try checked(linux_duplicate(number))
    }

    /// Makes `number` name what `source` names, so that threads that use the number go on with the new thing.
    public static func replace(_ number: Int32, with source: Int32) throws(Errno) {
        try check(linux_replace_descriptor(number, source))
    }

    /// Waits until something can be read, without end; for programs that do nothing else.
    public static func waitReadable(_ number: Int32) { _ = linux_wait_readable(number, -1) }

    /// Waits until something can be read, `milliseconds` at most. False: nothing came.
    public static func waitReadable(_ number: Int32, milliseconds: Int32) -> Bool {
        linux_wait_readable(number, milliseconds) > 0
    }

    /// Waits until something can be written, `milliseconds` at most.
    public static func waitWritable(_ number: Int32, milliseconds: Int32) {
        _ = linux_wait_writable(number, milliseconds)
    }

    public static func isTerminal(_ number: Int32) -> Bool { linux_is_terminal(number) == 1 }

    /// Moves bytes between a socket and a pipe inside the kernel.
    @inline(__always)
    public static func splice(from source: Int32, to target: Int32, atMost count: Int) -> Transfer {
        Transfer(linux_splice(source, target, count))
    }

    public static func setPipeSize(_ number: Int32, bytes: Int32) throws(Errno) -> Int {
        let result = linux_set_pipe_size(number, bytes)
        if result < 0 { throw Errno(result: result) }
        return result
    }
}

/// Turns a shim's negative result into an error.
internal func check(_ result: Int) throws(Errno) {
    if result < 0 { throw Errno(result: result) }
}

/// Like `check`, for results that are descriptors, pids or small counts.
internal func checked(_ result: Int) throws(Errno) -> Int32 {
    if result < 0 { throw Errno(result: result) }
    return Int32(truncatingIfNeeded: result)
}
