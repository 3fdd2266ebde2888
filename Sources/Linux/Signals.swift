internal import Glibc

/// Signals by name, so that nobody else needs the C library for them.
public enum Signals {
    public static let hangUp = SIGHUP
    public static let interrupt = SIGINT
    public static let terminate = SIGTERM
    public static let user1 = SIGUSR1
    public static let user2 = SIGUSR2
    /// keepalived's signal for its JSON: the third of the real-time signals that glibc leaves to programs (34 to 64).
    public static let dumpJSON: Int32 = 36
    public static let childEnded = SIGCHLD
    public static let kill = SIGKILL
    public static let quit = SIGQUIT
    public static let ttyOutput = SIGTTOU
    public static let ttyInput = SIGTTIN

    /// A write to a closed pipe is an error of the call, not the end of the process.
    public static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }
}
