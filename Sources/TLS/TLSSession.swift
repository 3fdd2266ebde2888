internal import COpenSSL
public import Core
public import Linux

/// TLS on one connected socket. An empty session owns nothing, so a plain connection pays for one comparison.
///
/// The socket stays its owner's; the session must go before it.
@safe
public struct TLSSession: ~Copyable {
    private var ssl: OpaquePointer?
    private var bio: OpaquePointer?
    /// Keeps what OpenSSL's callbacks look at.
    private var context: (any TLSContext)?
    /// Bytes of the record that OpenSSL has encrypted and the socket has not taken whole: they count as sent.
    private var pending = 0
    private var isBroken = false
    private var hasNotified = false
    private var isEstablished = false
    /// Bytes of a record that is sent, at most. OpenSSL would cut longer pieces itself, and take the first cut only.
    private var recordLimit = UInt16(TLSSession.recordBytes)

    /// Bytes of a record, at most.
    public static let recordBytes = 16384

    /// No TLS.
    public init() {
        unsafe ssl = nil
        unsafe bio = nil
    }

    /// nil: memory has run out.
    internal init?(
        _ openSSL: OpaquePointer, socket: Int32, context: any TLSContext, isServer: Bool
    ) {
        ErrorQueue.drain()
        guard let made = unsafe SSL_new(openSSL) else { return nil }
        guard let bio = unsafe SocketBIO.make(socket) else {
            unsafe SSL_free(made)
            return nil
        }
        unsafe SSL_set_bio(made, bio, bio)
        if isServer {
            unsafe SSL_set_accept_state(made)
        } else {
            unsafe SSL_set_connect_state(made)
        }
        unsafe ssl = made
        unsafe self.bio = bio
        self.context = context
        TLSStatistics.noteOpened()
    }

    deinit {
        guard let ssl = unsafe ssl else { return }
        unsafe SSL_free(ssl)
        TLSStatistics.noteClosed()
    }

    @inline(__always)
    public var isOn: Bool { unsafe ssl != nil }

    /// The handshake is over.
    public var isReady: Bool { isEstablished }

    /// Bytes that count as sent wait for the socket.
    @inline(__always)
    public var hasPending: Bool { pending > 0 }

    // MARK: Handshake

    /// How far a handshake has come.
    public enum Handshake: Sendable, BitwiseCopyable {
        case done
        /// An event will tell when to go on.
        case waits
        case failed(TLSFailure)
    }

    /// Goes on with the handshake.
    public mutating func shakeHands() -> Handshake {
        guard let ssl = unsafe ssl, !isBroken else { return .failed(.aborted) }
        ErrorQueue.drain()
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 {
            isEstablished = true
            limitRecords(unsafe openssl_agreed_record_limit(ssl))
            unsafe TLSStatistics.noteHandshake(ssl)
            return .done
        }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .waits
        case let error:
            isBroken = true
            return .failed(unsafe TLSFailure(after: error, ssl))
        }
    }

    /// Makes records smaller: `tune.ssl.hard-maxrecord`, or what the client asks for (RFC 6066 4). 0: no limit.
    internal mutating func limitRecords(_ bytes: Int) {
        guard bytes > 0, bytes < Int(recordLimit) else { return }
        recordLimit = UInt16(bytes)
    }

    // MARK: Moving bytes

    /// Whether the last `receive` found that nothing more is there until an event comes.
    public private(set) var isDrained = false

    /// An event says that the socket can be read.
    public mutating func noteReadable() {
        isDrained = false
        if let bio = unsafe bio { unsafe SocketBIO.noteReadable(bio) }
    }

    /// Receives into the free part of the buffer, as many records as fit and are there.
    public mutating func receive(into buffer: inout Buffer, expectsEnd: Bool) -> Transfer {
        guard let ssl = unsafe ssl, let bio = unsafe bio, !isBroken else { return .failed(104) }
        if expectsEnd { unsafe SocketBIO.noteReadable(bio) }
        isDrained = false
        var total = 0
        while buffer.room > 0 {
            var count = 0
            let result = unsafe TLSSession.read(ssl, &buffer, &count)
            if result == 1 {
                buffer.commit(count)
                total += count
                if unsafe SocketBIO.isDrained(bio), unsafe SSL_has_pending(ssl) == 0 {
                    isDrained = true
                    return .moved(total)
                }
                continue
            }
            if unsafe openssl_waits(ssl, bio) != 0 {
                isDrained = true
                return total > 0 ? .moved(total) : .wouldBlock
            }
            let hasEnded = unsafe TLSSession.hasEnded(ssl)
            if !hasEnded { isBroken = true }
            if total > 0 { return .moved(total) }
            return hasEnded ? .ended : .failed(104)
        }
        return .moved(total)
    }

    /// Whether a read has failed because the other side said that no more bytes follow. What others have left in the
    /// error queue would look like an error of this session, so it is emptied first; then the library says the same once
    /// more. Emptying it before each read and write would cost 400 instructions a request.
    private static func hasEnded(_ ssl: OpaquePointer) -> Bool {
        ErrorQueue.drain()
        guard unsafe SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN != 0 else { return false }
        defer { ErrorQueue.drain() }
        var byte: UInt8 = 0
        var count = 0
        let result = unsafe SSL_read_ex(ssl, &byte, 1, &count)
        return unsafe SSL_get_error(ssl, result) == SSL_ERROR_ZERO_RETURN
    }

    private static func read(
        _ ssl: OpaquePointer, _ buffer: inout Buffer, _ count: inout Int
    ) -> Int32 {
        var free = buffer.free
        return unsafe free.withUnsafeMutableBytes { free in
            unsafe SSL_read_ex(ssl, free.baseAddress, free.count, &count)
        }
    }

    /// Sends a prefix of the bytes.
    public mutating func send(_ bytes: RawSpan) -> Transfer {
        if pending > 0 {
            let outcome = flush()
            guard case .moved = outcome else { return outcome }
        }
        var sent = 0
        let count = bytes.byteCount
        while sent < count, pending == 0 {
            let size = min(count &- sent, Int(recordLimit))
            let isTaken = unsafe bytes.extracting(sent..<sent &+ size).withUnsafeBytes {
                unsafe write($0)
            }
            guard isTaken else { return sent > 0 ? .moved(sent) : .failed(104) }
            sent &+= size
        }
        return .moved(sent)
    }

    /// Sends a prefix of two spans one behind the other: they share their first record.
    public mutating func send(_ first: RawSpan, _ second: RawSpan) -> Transfer {
        if pending > 0 {
            let outcome = flush()
            guard case .moved = outcome else { return outcome }
        }
        let limit = Int(recordLimit)
        guard first.byteCount < limit else {
            let outcome = send(first)
            guard case .moved(let count) = outcome, count == first.byteCount, pending == 0 else {
                return outcome
            }
            if case .moved(let more) = send(second) { return .moved(count &+ more) }
            return outcome
        }
        let beside = min(second.byteCount, limit &- first.byteCount)
        let size = first.byteCount &+ beside
        let isTaken = unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) {
            record in
            unsafe first.withUnsafeBytes { unsafe record.copyMemory(from: $0) }
            unsafe second.extracting(first: beside).withUnsafeBytes {
                unsafe UnsafeMutableRawBufferPointer(rebasing: record[first.byteCount...])
                    .copyMemory(from: $0)
            }
            return unsafe write(UnsafeRawBufferPointer(record))
        }
        guard isTaken else { return .failed(104) }
        guard pending == 0, beside < second.byteCount else { return .moved(size) }
        if case .moved(let more) = send(second.extracting(beside..<second.byteCount)) {
            return .moved(size &+ more)
        }
        return .moved(size)
    }

    /// Encrypts one record. What the socket does not take of it waits inside, and counts as sent: OpenSSL would have it
    /// repeated with the same bytes, which its user may have moved by then. False: the connection is broken.
    private mutating func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let ssl = unsafe ssl, let bio = unsafe bio, !isBroken else { return false }
        if bytes.count == 0 { return true }
        var written = 0
        let result = unsafe SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &written)
        if result == 1 { return true }
        if unsafe openssl_waits(ssl, bio) != 0 {
            pending = bytes.count
            return true
        }
        isBroken = true
        ErrorQueue.drain()
        return false
    }

    /// Hands the socket what waits.
    public mutating func flush() -> Transfer {
        guard let ssl = unsafe ssl, let bio = unsafe bio, pending > 0, !isBroken else {
            return .failed(104)
        }
        var written = 0
        // The record is encrypted: OpenSSL looks at the number only, not at the bytes.
        let result = unsafe withUnsafeTemporaryAllocation(byteCount: pending, alignment: 16) {
            unsafe SSL_write_ex(ssl, $0.baseAddress, $0.count, &written)
        }
        if result == 1 {
            defer { pending = 0 }
            return .moved(pending)
        }
        if unsafe openssl_waits(ssl, bio) != 0 { return .wouldBlock }
        isBroken = true
        ErrorQueue.drain()
        return .failed(104)
    }

    // MARK: End

    /// Tells the other side that no more bytes follow: close_notify.
    public mutating func sendEnd() {
        guard let ssl = unsafe ssl, isEstablished, !isBroken, !hasNotified, pending == 0 else {
            return
        }
        hasNotified = true
        ErrorQueue.drain()
        _ = unsafe SSL_shutdown(ssl)
        ErrorQueue.drain()
    }

    /// Frees everything. `notifies`: the other side is told that the end is meant.
    public mutating func close(notifies: Bool) {
        guard let open = unsafe ssl else { return }
        if notifies { sendEnd() }
        // OpenSSL forgets sessions of connections that were not shut down: with clients that just close, nothing could
        // ever be resumed. A failed one stays forgotten.
        if isEstablished, !isBroken {
            unsafe SSL_set_shutdown(open, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        }
        unsafe ssl = nil
        unsafe bio = nil
        unsafe SSL_free(open)
        TLSStatistics.noteClosed()
        context = nil
        ErrorQueue.drain()
    }

    // MARK: Facts

    /// The file of a certificate that we show; empty: it is none of the context's.
    internal borrowing func certificatePath(_ certificate: OpaquePointer) -> [UInt8] {
        guard let context = context as? TLSServerContext else { return [] }
        let found = context.certificates.first { unsafe $0.leaf == certificate }
        return Array((found?.path ?? "").utf8)
    }

    /// Calls `body` with OpenSSL's object; for the files beside this one.
    @discardableResult
    internal borrowing func withOpenSSL<Result>(_ body: (OpaquePointer) -> Result) -> Result? {
        guard let ssl = unsafe ssl else { return nil }
        return unsafe body(ssl)
    }
}
