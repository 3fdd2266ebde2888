internal import CLinux

/// Threads of our own. No thread is joined: each lives as long as the process, or ends by itself.
public enum Threads {
    /// Starts a thread; `name` is cut to 15 bytes. It gets a signal stack for the fatal-signal handler.
    public static func start(
        name: String, _ body: @escaping @Sendable () -> Void
    ) throws(Errno) {
        final class Start {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let start = unsafe Unmanaged.passRetained(Start(body))
        let result = unsafe linux_start_thread(
            { context in
                guard let context = unsafe context else { return }
                unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
            }, start.toOpaque(), name)
        if result < 0 {
            unsafe start.release()
            throw Errno(result: result)
        }
    }
}
