/// A number that a stream or its connections have, beside those of its proxies.
public enum StreamFact: Sendable, Hashable, BitwiseCopyable {
    /// In milliseconds; -1: it did not come to that.
    case timer(StreamTimer)
    /// A time of the calendar. `unit`: 0 seconds, 1 milliseconds, 2 microseconds.
    case acceptDate(unit: UInt8), requestDate(unit: UInt8)
    /// What the kernel knows of a TCP connection. `unit`: 1 milliseconds, 2 microseconds.
    case transport(TransportFact, ofServer: Bool, unit: UInt8)
    /// How many were before it in the queue of its server, of its backend.
    case serverQueue, backendQueue
    /// The stream's number, as far as 32 bits tell it.
    case identifier
    /// Whether an address of the client's connection is one of this host. `received`: as the connection has it,
    /// whatever a PROXY header or a rule says.
    case isLocal(isSource: Bool, received: Bool)
}

/// The times of a stream (HAProxy manual, section 8.4).
public enum StreamTimer: Sendable, Hashable, BitwiseCopyable {
    /// `Th`, `Ti`, `Tq`, `TR`, `Tw`, `Tc`, `Tr`, `Td`
    case handshake, idle, query, request, wait, connect, response, data
    /// `Ta`, `Tt`, `Tu`: while the stream lasts, what they are so far.
    case active, total, user
}

/// Fields of the kernel's `tcp_info`.
public enum TransportFact: UInt8, Sendable, Hashable, BitwiseCopyable {
    case roundTrip, roundTripVariation
    case unacknowledged, selectivelyAcknowledged, lost, retransmitted, forwardAcknowledged
    case reordering
}
