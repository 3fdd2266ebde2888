internal import CLinux
internal import Glibc

/// This process and its children.
public enum Processes {
    /// How a child ended.
    public enum Ending: Sendable, Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// What to start; see `spawn.h`.
    public struct Child: Sendable {
        /// Used as it is: no search, no symlink resolved.
        public var path: String
        /// With the program's name first.
        public var arguments: [String]
        /// `NAME=value`
        public var environment: [String]
        /// Descriptors for standard input, output, error; -1: /dev/null.
        public var standard: (Int32, Int32, Int32) = (-1, -1, -1)
        /// Descriptors that the child has as 3, 4, …
        public var passed: [Int32] = []
        /// User and group to become.
        public var identity: (user: UInt32, group: UInt32)?
        public var newProcessGroup = false
        /// Detached from the terminal.
        public var newSession = false
        public var diesWithParent = false

        public init(path: String, arguments: [String], environment: [String] = []) {
            self.path = path
            self.arguments = arguments
            self.environment = environment
        }
    }

    public static var identifier: Int32 { Int32(truncatingIfNeeded: linux_getpid()) }
    public static var parent: Int32 { Int32(truncatingIfNeeded: linux_getppid()) }
    public static var isRoot: Bool { linux_getuid() == 0 }

    /// Starts a child and returns its pid; a failed exec is an error here.
    public static func spawn(_ child: Child) throws(Errno) -> Int32 {
        let result = unsafe withCStrings(child.arguments) { arguments in
            unsafe withCStrings(child.environment) { environment in
                unsafe child.path.withCString { path in
                    unsafe child.passed.withUnsafeBufferPointer { passed in
                        var request = unsafe spawn_request()
                        unsafe request.path = path
                        unsafe request.arguments = arguments
                        unsafe request.environment = environment
                        unsafe request.standard_input = child.standard.0
                        unsafe request.standard_output = child.standard.1
                        unsafe request.standard_error = child.standard.2
                        unsafe request.passed = passed.baseAddress
                        unsafe request.passed_count = passed.count
                        unsafe request.changes_ids = child.identity == nil ? 0 : 1
                        unsafe request.user_id = child.identity?.user ?? 0
                        unsafe request.group_id = child.identity?.group ?? 0
                        unsafe request.new_process_group = child.newProcessGroup ? 1 : 0
                        unsafe request.new_session = child.newSession ? 1 : 0
                        unsafe request.dies_with_parent = child.diesWithParent ? 1 : 0
                        return unsafe spawn_child(&request)
                    }
                }
            }
        }
        return try checked(result)
    }

    /// One child that has ended, or nil.
    public static func reapAny() -> (pid: Int32, ending: Ending)? {
        var status: Int32 = 0
        let result = unsafe linux_wait_any(&status)
        return result > 0 ? (Int32(truncatingIfNeeded: result), Ending(status: status)) : nil
    }

    /// How a child ended; nil when it still runs.
    public static func reap(_ pid: Int32) -> Ending? {
        var status: Int32 = 0
        return unsafe linux_wait(pid, &status, 0) > 0 ? Ending(status: status) : nil
    }

    /// Waits for a child to end.
    public static func wait(_ pid: Int32) -> Ending? {
        var status: Int32 = 0
        return unsafe linux_wait(pid, &status, 1) > 0 ? Ending(status: status) : nil
    }

    /// A negative pid names a process group.
    @discardableResult
    public static func signal(_ pid: Int32, _ signal: Int32) -> Errno? {
        let result = linux_kill(pid, signal)
        return result < 0 ? Errno(result: result) : nil
    }

    /// A descriptor that becomes readable when the process ends.
    public static func descriptor(of pid: Int32) throws(Errno) -> Int32 {
        try checked(linux_pidfd_open(pid))
    }

    /// A socket that reads the signals, which are blocked for this thread and those it starts.
    public static func signalDescriptor(_ signals: [Int32]) throws(Errno) -> Int32 {
        try checked(
            unsafe signals.withUnsafeBufferPointer {
                unsafe linux_signalfd($0.baseAddress, $0.count)
            })
    }

    /// The next signal of a signal descriptor.
    public static func nextSignal(_ descriptor: Int32) -> Int32? {
        let result = linux_read_signal(descriptor)
        return result > 0 ? Int32(truncatingIfNeeded: result) : nil
    }

    public static func changeDirectory(to path: String) throws(Errno) {
        try check(unsafe linux_chdir(path))
    }

    /// What `ps` and `pgrep` call the calling thread, and with its first thread the process; 15 bytes of it.
    /// The corresponding C function is `prctl` with `PR_SET_NAME`.
    public static func setName(_ name: String) { _ = unsafe linux_set_name(name) }

    /// Standard input, output and error lead nowhere from now on.
    public static func detachFromTerminal() {
        for number: Int32 in 0...2 { _ = linux_redirect_to_null(number) }
    }

    /// Ends the process, running what `atexit` knows.
    public static func exit(_ status: Int32) -> Never {
        linux_exit(status)
        preconditionFailure("exit returned")
    }

    private static func withCStrings<R>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
    ) -> R {
        var bytes: [CChar] = []
        var offsets: [Int] = []
        for string in strings {
            offsets.append(bytes.count)
            bytes.append(contentsOf: string.utf8CString)
        }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            var pointers: [UnsafePointer<CChar>?] = unsafe offsets.map {
                unsafe bytes.baseAddress?.advanced(by: $0)
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { pointers in
                guard let base = pointers.baseAddress else {
                    preconditionFailure("an array with a last nil is never empty")
                }
                return unsafe body(base)
            }
        }
    }
}

extension Processes.Ending {
    fileprivate init(status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: signal)
    }
}
