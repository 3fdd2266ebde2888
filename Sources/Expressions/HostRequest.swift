/// What `set-timeout` sets.
public enum TimeoutKind: String, Sendable, BitwiseCopyable, CaseIterable {
    case client, server, connect, queue, tunnel, tarpit
}

/// `set-mark`, `set-tos`
public enum SocketSetting: Sendable, BitwiseCopyable { case mark, typeOfService }

/// Numbers of a stream that rules set.
public enum StreamNumber: Sendable, BitwiseCopyable {
    /// `set-priority-class`, `set-priority-offset`: where it stands in queues.
    case priorityClass, priorityOffset
    /// `set-retries`
    case retries
}

/// What rules ask the engine to do with a stream and its connection.
public enum HostRequest: Sendable, BitwiseCopyable {
    case setTimeout(TimeoutKind, nanoseconds: Int64)
    case setSocket(SocketSetting, UInt32)
    case disableRetry
    case setNumber(StreamNumber, Int64)
    /// A line of an interim answer, in the arena.
    case addHint(Bytes)
    /// Sends the lines.
    case sendHints
}
