internal import COpenSSL

/// Secrets of a session by their labels in a key log file (draft-ietf-tls-keylogfile), for who has to decrypt captured
/// traffic: only with `tune.ssl.keylog on`, and only for the fetches that ask for them.
internal final class KeyLogKeeper {
    /// TLS 1.3 has seven; more is a surprise that is not kept.
    private static let limit = 16

    private var secrets: [(label: [UInt8], secret: [UInt8])] = []

    /// Owned by the slot, which releases it with the session.
    private static let slot = unsafe openssl_new_owning_session_index { _, kept, _, _, _, _ in
        guard let kept = unsafe kept else { return }
        unsafe Unmanaged<KeyLogKeeper>.fromOpaque(kept).release()
    }

    /// Makes the sessions of a context keep their secrets.
    static func install(in context: OpaquePointer) {
        unsafe SSL_CTX_set_keylog_callback(context) { ssl, line in
            guard let ssl = unsafe ssl, let line = unsafe line else { return }
            unsafe KeyLogKeeper.note(String(cString: line), ssl)
        }
    }

    /// A line is `<label> <client random> <secret>`, the last two in hexadecimal digits.
    private static func note(_ line: String, _ ssl: OpaquePointer) {
        let words = line.utf8.split(separator: UInt8(ascii: " "))
        guard words.count == 3, let keeper = unsafe keeper(of: ssl) ?? made(for: ssl),
            keeper.secrets.count < limit
        else { return }
        keeper.secrets.append((Array(words[0]), Array(words[2])))
    }

    private static func keeper(of ssl: OpaquePointer) -> KeyLogKeeper? {
        guard let kept = unsafe SSL_get_ex_data(ssl, slot) else { return nil }
        return unsafe Unmanaged<KeyLogKeeper>.fromOpaque(kept).takeUnretainedValue()
    }

    private static func made(for ssl: OpaquePointer) -> KeyLogKeeper? {
        let keeper = KeyLogKeeper()
        let kept = unsafe Unmanaged.passRetained(keeper)
        if unsafe SSL_set_ex_data(ssl, slot, kept.toOpaque()) == 1 { return keeper }
        unsafe kept.release()
        return nil
    }

    /// In hexadecimal digits; empty: there is none, or none is kept.
    static func secret(_ label: String, of ssl: OpaquePointer) -> [UInt8] {
        let found = unsafe keeper(of: ssl)?.secrets.last { $0.label.elementsEqual(label.utf8) }
        return found?.secret ?? []
    }
}
