/// What `set-timeout` sets.
public enum TimeoutKind: String, Sendable, BitwiseCopyable, CaseIterable {
    case client, server, connect, queue, tunnel, tarpit
}

/// `set-mark`, `set-tos`
public enum SocketSetting: Sendable, BitwiseCopyable { case mark, typeOfService }

/// What rules ask the engine to do with a stream and its connection.
public enum HostRequest: Sendable, BitwiseCopyable {
    case setTimeout(TimeoutKind, nanoseconds: Int64)
    case setSocket(SocketSetting, UInt32)
    case disableRetry
    /// A line of an interim answer, in the arena.
    case addHint(Bytes)
    /// Sends the lines.
    case sendHints
}
