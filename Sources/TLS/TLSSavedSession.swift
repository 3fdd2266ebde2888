internal import COpenSSL

/// A session with a server that another connection may resume. Belongs to one worker.
@safe
public final class TLSSavedSession {
    private var session: OpaquePointer?

    public init() { unsafe session = nil }

    deinit { unsafe SSL_SESSION_free(session) }

    /// Keeps what the connection has agreed on, where it can be resumed.
    public func save(_ connection: borrowing TLSSession) {
        unsafe connection.withOpenSSL { ssl in
            guard let current = unsafe SSL_get1_session(ssl) else { return }
            guard unsafe SSL_SESSION_is_resumable(current) == 1 else {
                unsafe SSL_SESSION_free(current)
                return
            }
            unsafe SSL_SESSION_free(session)
            unsafe session = current
        }
    }

    internal func offer(_ ssl: OpaquePointer) {
        guard let session = unsafe session else { return }
        _ = unsafe SSL_set_session(ssl, session)
    }
}
