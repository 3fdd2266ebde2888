internal import COpenSSL

/// How a handshake failed; the words are HAProxy's.
public enum TLSFailure: UInt8, Sendable, BitwiseCopyable {
    /// The other side closed before it had said all of its first message.
    case closedEarly
    /// The connection was reset, or ended in the middle.
    case aborted
    /// The other side sent nonsense, or nothing that both can do.
    case refused
    /// A certificate of the chain above the other side's was not verified.
    case untrustedAuthority
    /// The other side's certificate was not verified.
    case untrustedCertificate
    case timedOut

    internal init(after error: Int32, _ ssl: OpaquePointer) {
        defer { ErrorQueue.drain() }
        if error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN || ERR_peek_error() == 0 {
            // The state is still the one before the first message. A reset is no end: HAProxy calls it a failure, and so do
            // the logs of scans and probes that people count.
            let isEnd = unsafe SSL_get_rbio(ssl).map { unsafe SocketBIO.hasEnded($0) } ?? false
            self = unsafe isEnd && SSL_get_state(ssl) == TLS_ST_BEFORE ? .closedEarly : .aborted
            return
        }
        let reason = openssl_error_reason(ERR_peek_error())
        if reason == SSL_R_UNEXPECTED_EOF_WHILE_READING {
            self = .aborted
        } else if reason == SSL_R_CERTIFICATE_VERIFY_FAILED {
            self =
                unsafe VerificationRecord(ssl).authorityError != 0
                ? .untrustedAuthority : .untrustedCertificate
        } else {
            self = .refused
        }
    }

    /// As HAProxy logs it.
    public var text: StaticString {
        switch self {
        case .closedEarly: "Connection closed during SSL handshake"
        case .aborted, .refused: "SSL handshake failure"
        case .untrustedAuthority: "SSL client CA chain cannot be verified"
        case .untrustedCertificate: "SSL client certificate not trusted"
        case .timedOut: "Timeout during SSL handshake"
        }
    }
}
