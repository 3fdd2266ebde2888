internal import CLinux
internal import Glibc

/// A system error number.
public struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: Int32

    @inline(__always)
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// From the negative result of a C shim.
    @inline(__always)
    internal init(result: Int) { rawValue = Int32(truncatingIfNeeded: -result) }

    public static let permission = Errno(rawValue: EPERM)
    public static let noEntry = Errno(rawValue: ENOENT)
    /// ESRCH: also what the kernel says of a route that is not there.
    public static let noProcess = Errno(rawValue: ESRCH)
    public static let interrupted = Errno(rawValue: EINTR)
    public static let badDescriptor = Errno(rawValue: EBADF)
    public static let wouldBlock = Errno(rawValue: EAGAIN)
    public static let access = Errno(rawValue: EACCES)
    public static let exists = Errno(rawValue: EEXIST)
    public static let noDevice = Errno(rawValue: ENODEV)
    public static let invalid = Errno(rawValue: EINVAL)
    public static let tooManyDescriptors = Errno(rawValue: EMFILE)
    public static let tooManyDescriptorsInSystem = Errno(rawValue: ENFILE)
    public static let brokenPipe = Errno(rawValue: EPIPE)
    public static let addressInUse = Errno(rawValue: EADDRINUSE)
    public static let addressNotAvailable = Errno(rawValue: EADDRNOTAVAIL)
    public static let networkDown = Errno(rawValue: ENETDOWN)
    public static let networkUnreachable = Errno(rawValue: ENETUNREACH)
    public static let noBuffers = Errno(rawValue: ENOBUFS)
    public static let noMemory = Errno(rawValue: ENOMEM)
    public static let notConnected = Errno(rawValue: ENOTCONN)
    public static let connectionReset = Errno(rawValue: ECONNRESET)
    public static let connectionRefused = Errno(rawValue: ECONNREFUSED)
    public static let connectionAborted = Errno(rawValue: ECONNABORTED)
    public static let timedOut = Errno(rawValue: ETIMEDOUT)
    public static let inProgress = Errno(rawValue: EINPROGRESS)
    /// The peer does not keep to the protocol.
    public static let protocolError = Errno(rawValue: EPROTO)
    public static let hostUnreachable = Errno(rawValue: EHOSTUNREACH)

    /// The system's sentence: `Connection refused`.
    public var description: String {
        unsafe strerror(rawValue).map { unsafe String(cString: $0) } ?? "error \(rawValue)"
    }

    /// The symbol, as HAProxy's newer messages have it: `ECONNREFUSED`; the number where we have no name.
    public var name: String {
        unsafe linux_error_name(rawValue).map { unsafe String(cString: $0) } ?? "\(rawValue)"
    }
}
