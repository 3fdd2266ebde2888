internal import COpenSSL
internal import Expressions

/// Keeps what clients say at the beginning: in a slot of the session, as long as that lives.
internal enum HelloKeeper {
    /// Owned by the slot, which releases it with the session.
    private static let slot = unsafe openssl_new_owning_session_index { _, kept, _, _, _, _ in
        guard let kept = unsafe kept else { return }
        unsafe Unmanaged<CapturedHello>.fromOpaque(kept).release()
    }

    /// Makes the sessions of a context keep up to so many bytes of each hello. The number is the callback's argument.
    static func install(in context: OpaquePointer, limit: Int) {
        guard limit > 0 else { return }
        unsafe SSL_CTX_set_msg_callback(context) { isOurs, _, kind, bytes, count, ssl, limit in
            guard isOurs == 0, kind == SSL3_RT_HANDSHAKE, let ssl = unsafe ssl,
                let bytes = unsafe bytes, unsafe SSL_get_ex_data(ssl, HelloKeeper.slot) == nil
            else { return }
            let message = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
            guard message.first == 1,
                let hello = CapturedHello(message, limit: Int(bitPattern: limit))
            else { return }
            let kept = unsafe Unmanaged.passRetained(hello)
            if unsafe SSL_set_ex_data(ssl, HelloKeeper.slot, kept.toOpaque()) != 1 {
                unsafe kept.release()
            }
        }
        unsafe openssl_set_message_argument(context, UnsafeMutableRawPointer(bitPattern: limit))
    }

    /// nil: none was kept.
    static func hello(of ssl: OpaquePointer) -> CapturedHello? {
        guard let kept = unsafe SSL_get_ex_data(ssl, slot) else { return nil }
        return unsafe Unmanaged<CapturedHello>.fromOpaque(kept).takeUnretainedValue()
    }
}

/// What a fetch gets of a hello.
internal enum HelloValue {
    case number(Int64)
    case text([UInt8])
    case bytes([UInt8])
}

extension CapturedHello {
    func value(_ fact: TLSFact, plain: Bool, _ ssl: OpaquePointer) -> HelloValue? {
        switch fact {
        case .helloVersion: .number(Int64(version))
        case .helloCiphersHash: .number(Int64(bitPattern: cipherHash))
        case .helloCiphers: .bytes(bytes(of: .ciphers, plain: plain))
        case .helloCiphersHex:
            .text(Array(CertificateReport.hex(bytes(of: .ciphers, plain: plain)).utf8))
        case .helloCiphersText: .text(unsafe cipherNames(plain: plain, ssl))
        case .helloExtensions: .bytes(bytes(of: .extensions, plain: plain))
        case .helloGroups: .bytes(bytes(of: .groups, plain: plain))
        case .helloFormats: .bytes(bytes(of: .formats, plain: plain))
        case .helloSignatures: .bytes(bytes(of: .signatures, plain: plain))
        case .helloVersions: .bytes(bytes(of: .versions, plain: plain))
        default: nil
        }
    }

    /// OpenSSL's names, `UNKNOWN(5a5a)` for what it does not know.
    private func cipherNames(plain: Bool, _ ssl: OpaquePointer) -> [UInt8] {
        let numbers = bytes(of: .ciphers, plain: plain)
        var names: [String] = []
        for at in stride(from: 0, to: numbers.count - 1, by: 2) {
            let pair = Array(numbers[at..<at + 2])
            if let cipher = unsafe SSL_CIPHER_find(ssl, pair),
                let name = unsafe SSL_CIPHER_get_name(cipher)
            {
                names.append(unsafe String(cString: name))
            } else {
                names.append("UNKNOWN(\(CertificateReport.hex(pair).lowercased()))")
            }
        }
        return Array(names.joined(separator: ",").utf8)
    }
}
