internal import Configuration
internal import EventLoop

/// Whoever stands behind the process: the guard at the other end of a channel, or the process itself where no guard
/// is needed. It loads configurations, owns listening sockets, starts scripts and hears signals; used by the control
/// thread only.
internal protocol ProcessHost: AnyObject {
    /// Adds its descriptors to the control thread's loop, under the kind `ControlKind.host`.
    func register(in loop: Loop) throws(HostFailure)
    /// What an event of that kind, or a deadline of its own, brought.
    func take(_ event: Loop.Event) -> [HostEvent]
    /// What the process says to it; see `ProcessMessage`. False: it did not take it, not even after a second, or is gone.
    @discardableResult
    func tell(_ message: ProcessMessage) -> Bool
    /// Events that came while nobody waited: results of `tell`.
    func takePending() -> [HostEvent]
}

/// Why a host cannot work.
internal struct HostFailure: Error {
    let message: String
}

/// What the host tells the process.
internal enum HostEvent {
    /// A configuration to run from now on, with every listening socket that it needs.
    /// `messages`: warnings about the files, as `-c` prints them.
    case configuration(
        ServiceConfiguration, sockets: [String: [Int32]], generation: Int, messages: String)
    case reloadFailed(String)
    case stop(immediately: Bool)
    case drain
    case scriptEnded(id: Int, status: Int)
    /// -1: it could not be had.
    case logSocket(path: String, descriptor: Int32)
    /// A file that `crt-watch` looks at was changed.
    case file(path: String, bytes: [UInt8])
    /// A dump of keepalived's is to be written to this file, and the file closed.
    case dump(KeepalivedDumpKind, descriptor: Int32)
    /// The guard has died: give everything up and end.
    case abandoned
}
