internal import Core
internal import EventLoop
internal import Linux
internal import TLS

/// The channel's calls where TLS stands between it and the socket. Out of line: a plain connection only asks whether it
/// is one.
extension Channel {
    /// Whether bytes wait for the socket, in `output` or encrypted.
    var hasUnsent: Bool { !output.isEmpty || tls.hasPending }

    @inline(never)
    mutating func noteSecurely(_ bits: UInt32) {
        tls.noteReadable()
        // What TLS wants to send before it can read on is sent by reading on.
        if bits & Readiness.writable.rawValue != 0 { canRead = true }
        if tls.hasPending, canWrite { flushSecurely() }
    }

    /// Sends what was encrypted before.
    private mutating func flushSecurely() {
        switch tls.flush() {
        case .moved:
            guard hasSentEnd else { return }
            tls.sendEnd()
            Sockets.shutdownSending(number)
        case .wouldBlock: canWrite = false
        case .ended, .failed:
            canWrite = false
            hasFailed = true
        }
    }

    @inline(never)
    mutating func receiveSecurely() -> Outcome {
        switch tls.receive(into: &input, expectsEnd: expectsEnd) {
        case .moved(let count):
            if tls.isDrained, !expectsEnd { canRead = false }
            return .moved(count)
        case .wouldBlock:
            canRead = false
            return .blocked
        case .ended:
            canRead = false
            hasEnded = true
            return .ended
        case .failed:
            canRead = false
            hasFailed = true
            return .failed
        }
    }

    @inline(never)
    mutating func sendOutputSecurely() -> Outcome {
        // Lent out for the call: both lie in this channel.
        var session = TLSSession()
        swap(&session, &tls)
        let transfer = session.send(output.bytes)
        swap(&session, &tls)
        return sentSecurely(transfer)
    }

    @inline(never)
    mutating func sentSecurely(_ transfer: Transfer) -> Outcome {
        switch transfer {
        case .moved(let count):
            if tls.hasPending { canWrite = false }
            return .moved(count)
        case .wouldBlock:
            canWrite = false
            return .blocked
        case .ended, .failed:
            canWrite = false
            hasFailed = true
            return .failed
        }
    }
}
