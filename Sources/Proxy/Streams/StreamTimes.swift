internal import Core

/// When things happened to a stream, in nanoseconds of the monotonic clock; -1: they did not.
struct StreamTimes: BitwiseCopyable {
    /// The connection was accepted, or the last answer ended.
    var accepted: Int64 = 0
    /// The request's first byte.
    var requestStart: Int64 = -1
    /// The whole head was there.
    var requestEnd: Int64 = -1
    /// It left the queue.
    var dequeued: Int64 = -1
    var connected: Int64 = -1
    /// The answer's head was there.
    var responseStart: Int64 = -1

    /// Milliseconds between two moments; -1 where one did not happen.
    @inline(__always)
    static func milliseconds(_ from: Int64, _ to: Int64) -> Int {
        from < 0 || to < 0 ? -1 : Int((to &- from) / 1_000_000)
    }
}

/// What is counted for a stream.
struct StreamCounts: BitwiseCopyable {
    /// From the client, from the server.
    var bytesIn = 0
    var bytesOut = 0
    /// Parts of them that the counters have.
    var countedIn = 0
    var countedOut = 0
    /// How many were in front of it in the server's and the backend's queue.
    var serverQueue = 0
    var backendQueue = 0
}
