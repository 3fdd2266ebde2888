internal import COpenSSL

/// Why something that TLS needs cannot be used: one line for the one who wrote the configuration.
package struct TLSProblem: Error, Sendable, Equatable {
    package let message: String
    /// What helps.
    package let fix: String?

    package init(_ message: String, fix: String? = nil) {
        self.message = message
        self.fix = fix
    }
}

/// OpenSSL's queue of errors, one per thread.
internal enum ErrorQueue {
    /// Empties it: what is found there afterwards belongs to the next call.
    @inline(__always)
    static func drain() {
        // Asking is cheap, clearing goes over all places of the queue.
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }

    /// The newest error's words, for instance `wrong version number`; empties the queue.
    static func takeText() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0 else { return "" }
        return unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
            ?? "error \(code)"
    }
}
