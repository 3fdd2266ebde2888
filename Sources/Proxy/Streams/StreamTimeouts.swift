internal import Expressions

/// Timeouts that `set-timeout` gives one stream, nanoseconds; 0: the proxy's holds.
struct StreamTimeouts: BitwiseCopyable {
    var client: Int64 = 0
    var server: Int64 = 0
    var connect: Int64 = 0
    var queue: Int64 = 0
    var tunnel: Int64 = 0
    var tarpit: Int64 = 0
}

extension Stream {
    @inline(__always)
    var clientTimeout: Int64 {
        has(Flag.hasTimeouts) && ownTimeouts.client > 0
            ? ownTimeouts.client : frontend.timeouts.client
    }

    @inline(__always)
    var serverTimeout: Int64 {
        has(Flag.hasTimeouts) && ownTimeouts.server > 0
            ? ownTimeouts.server : backend.timeouts.server
    }

    @inline(__always)
    var connectTimeout: Int64 {
        has(Flag.hasTimeouts) && ownTimeouts.connect > 0
            ? ownTimeouts.connect : backend.timeouts.connect
    }

    var queueTimeout: Int64 {
        has(Flag.hasTimeouts) && ownTimeouts.queue > 0
            ? ownTimeouts.queue : backend.timeouts.queue
    }

    var tunnelTimeout: Int64 {
        if has(Flag.hasTimeouts), ownTimeouts.tunnel > 0 { return ownTimeouts.tunnel }
        return backend.timeouts.tunnel > 0 ? backend.timeouts.tunnel : frontend.timeouts.tunnel
    }

    /// The backend's, as HAProxy; before there is one, the frontend's.
    var tarpitTimeout: Int64 {
        has(Flag.hasTimeouts) && ownTimeouts.tarpit > 0
            ? ownTimeouts.tarpit : backend.timeouts.tarpit
    }

    func forgetServerSettings() {
        wishes.retries = nil
        ownTimeouts.server = 0
        ownTimeouts.connect = 0
        ownTimeouts.queue = 0
        ownTimeouts.tunnel = 0
    }

    func setTimeout(_ kind: TimeoutKind, _ nanoseconds: Int64) {
        if !has(Flag.hasTimeouts) {
            ownTimeouts = StreamTimeouts()
            set(Flag.hasTimeouts)
        }
        switch kind {
        case .client: ownTimeouts.client = nanoseconds
        case .server: ownTimeouts.server = nanoseconds
        case .connect: ownTimeouts.connect = nanoseconds
        case .queue: ownTimeouts.queue = nanoseconds
        case .tunnel: ownTimeouts.tunnel = nanoseconds
        case .tarpit: ownTimeouts.tarpit = nanoseconds
        }
    }

    /// Milliseconds, for fetches.
    func timeout(_ kind: TimeoutKind) -> Int64 {
        let nanoseconds =
            switch kind {
            case .client: clientTimeout
            case .server: serverTimeout
            case .connect: connectTimeout
            case .queue: queueTimeout
            case .tunnel: tunnelTimeout
            case .tarpit: tarpitTimeout
            }
        return nanoseconds / 1_000_000
    }
}
