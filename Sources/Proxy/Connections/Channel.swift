internal import Core
internal import EventLoop
internal import Linux
internal import TLS

/// One end of the engine's plumbing: a stream socket with what was received from it and what is still to be sent.
/// The only place that calls the socket, so that TLS can step in between here.
///
/// The socket is registered with the loop once, lazily and edge-triggered: `canRead` and `canWrite` remember that a
/// call has not yet said EAGAIN since the last event.
struct Channel: ~Copyable {
    /// -1 once it was given up.
    private(set) var number: Int32
    var input = Buffer()
    /// Bytes that the socket did not take at once.
    var output = Buffer()
    var canRead = true
    var canWrite = true
    var isArmed = false
    /// The peer has sent its last byte, and we have read it.
    var hasEnded = false
    /// The peer has sent its last byte, or the connection failed: a short read is not the last one.
    var expectsEnd = false
    var hasFailed = false
    /// We have sent our last byte.
    var hasSentEnd = false
    /// Empty on plain connections.
    var tls = TLSSession()
    /// The end must look like a broken connection, because something is missing.
    var isCut = false

    init(owning number: Int32) { self.number = number }

    deinit { if number >= 0 { Descriptors.close(number) } }

    /// Gives the socket up; nothing may be buffered.
    mutating func release() -> Int32 {
        defer { number = -1 }
        return number
    }

    /// Closes the socket now.
    mutating func close() {
        if tls.isOn { tls.close(notifies: !hasFailed && !hasSentEnd && !isCut) }
        if number >= 0 { Descriptors.close(number) }
        number = -1
    }

    /// What a call has found.
    enum Outcome: BitwiseCopyable {
        case moved(Int)
        /// Nothing now; an event will tell.
        case blocked
        /// Received only: the peer's last byte was read before.
        case ended
        case failed
    }

    /// Takes in what an event says.
    @inline(__always)
    mutating func note(_ readiness: Readiness) {
        let bits = readiness.rawValue
        if bits & (Readiness.readable.rawValue | Readiness.peerEnded.rawValue) != 0 {
            canRead = true
        }
        if bits & Readiness.writable.rawValue != 0 { canWrite = true }
        if bits & Channel.endBits != 0 {
            expectsEnd = true
            if bits & (Readiness.failed.rawValue | Readiness.hungUp.rawValue) != 0 {
                canRead = true
                canWrite = true
                if bits & Readiness.failed.rawValue != 0 { hasFailed = true }
            }
        }
        if tls.isOn { noteSecurely(bits) }
    }

    private static let endBits =
        Readiness.peerEnded.rawValue | Readiness.failed.rawValue | Readiness.hungUp.rawValue

    /// Receives into the free part of the input, which must have room.
    @inline(__always)
    mutating func receive() -> Outcome {
        if tls.isOn { return receiveSecurely() }
        let room = input.room
        switch Sockets.receive(number, into: &input) {
        case .moved(let count):
            // A short read has emptied the socket: no need to be told so by another call.
            if count < room, !expectsEnd { canRead = false }
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

    /// Sends bytes that lie elsewhere; `output` must be empty. `more`: others follow at once, or the end does; the
    /// kernel may wait for them with the last packet.
    @inline(__always)
    mutating func send(_ bytes: RawSpan, more: Bool = false) -> Outcome {
        if tls.isOn { return sentSecurely(tls.send(bytes)) }
        return sent(Sockets.send(number, bytes, more: more), of: bytes.byteCount)
    }

    /// Sends a buffer and, behind it, a part of another; `output` must be empty.
    @inline(__always)
    mutating func send(
        _ head: borrowing Buffer, _ body: borrowing Buffer, _ range: Range<Int>, more: Bool = false
    ) -> Outcome {
        if range.isEmpty { return send(head.bytes, more: more) }
        if tls.isOn {
            return sentSecurely(tls.send(head.bytes, body.bytes.extracting(range)))
        }
        return sent(
            Sockets.send(number, head.bytes, body.bytes.extracting(range), more: more),
            of: head.count &+ range.count)
    }

    /// Sends what is left in `output`.
    mutating func flush() -> Outcome {
        let outcome =
            tls.isOn
            ? sendOutputSecurely()
            : sent(Sockets.send(number, output.bytes), of: output.count)
        if case .moved(let count) = outcome { output.consume(count) }
        return outcome
    }

    @inline(__always)
    private mutating func sent(_ transfer: Transfer, of count: Int) -> Outcome {
        switch transfer {
        case .moved(let sent):
            if sent < count { canWrite = false }
            return .moved(sent)
        case .wouldBlock:
            canWrite = false
            return .blocked
        case .ended, .failed:
            canWrite = false
            hasFailed = true
            return .failed
        }
    }

    /// Tells the peer that we have sent our last byte.
    mutating func sendEnd() {
        guard !hasSentEnd else { return }
        hasSentEnd = true
        // The end follows what TLS still has to send.
        if tls.hasPending { return }
        if tls.isOn { tls.sendEnd() }
        Sockets.shutdownSending(number)
    }
}
