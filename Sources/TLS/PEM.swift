internal import COpenSSL

/// Objects in PEM text. What is made belongs to the caller.
internal enum PEM {
    /// What looking for a private key gave.
    @unsafe enum Key {
        case key(OpaquePointer)
        case missing
        /// It needs a passphrase.
        case locked
        case unreadable(String)
    }

    static func certificates(_ bytes: [UInt8], limit: Int) -> [OpaquePointer] {
        unsafe withBIO(bytes) { bio in
            var found: [OpaquePointer] = unsafe []
            while unsafe found.count < limit,
                let certificate = unsafe PEM_read_bio_X509_AUX(bio, nil, nil, nil)
            {
                unsafe found.append(certificate)
            }
            return unsafe found
        } ?? []
    }

    static func revocations(_ bytes: [UInt8], limit: Int) -> [OpaquePointer] {
        unsafe withBIO(bytes) { bio in
            var found: [OpaquePointer] = unsafe []
            while unsafe found.count < limit,
                let list = unsafe PEM_read_bio_X509_CRL(bio, nil, nil, nil)
            {
                unsafe found.append(list)
            }
            return unsafe found
        } ?? []
    }

    /// When the last of them ends, seconds since 1970; nil: there is none.
    static func lastEnd(ofCertificates bytes: [UInt8]) -> Int64? {
        let found = unsafe certificates(bytes, limit: OpenSSLContext.storeLimit)
        var last: Int64?
        for index in unsafe found.indices {
            let end = unsafe CertificateTime.seconds(X509_get0_notAfter(found[index]))
            last = max(last ?? end, end)
            unsafe X509_free(found[index])
        }
        return last
    }

    /// When the newest of them is to be replaced; nil: there is none, or none that says so.
    static func lastEnd(ofRevocations bytes: [UInt8]) -> Int64? {
        let found = unsafe revocations(bytes, limit: OpenSSLContext.storeLimit)
        var last: Int64?
        for index in unsafe found.indices {
            if let time = unsafe X509_CRL_get0_nextUpdate(found[index]) {
                let end = unsafe CertificateTime.seconds(time)
                last = max(last ?? end, end)
            }
            unsafe X509_CRL_free(found[index])
        }
        return last
    }

    static func parameters(_ bytes: [UInt8]) -> OpaquePointer? {
        unsafe withBIO(bytes) { unsafe PEM_read_bio_Parameters($0, nil) } ?? nil
    }

    static func privateKey(_ bytes: [UInt8]) -> Key {
        guard contains("PRIVATE KEY-----", bytes) else { return unsafe .missing }
        var wasAsked = false
        let key = unsafe withUnsafeMutablePointer(to: &wasAsked) { flag in
            unsafe withBIO(bytes) { bio in
                unsafe PEM_read_bio_PrivateKey(
                    bio, nil,
                    { _, _, _, flag in
                        unsafe flag?.assumingMemoryBound(to: Bool.self).pointee = true
                        return -1
                    }, flag)
            } ?? nil
        }
        if let key = unsafe key {
            ErrorQueue.drain()
            return unsafe .key(key)
        }
        if wasAsked {
            ErrorQueue.drain()
            return unsafe .locked
        }
        return unsafe .unreadable(ErrorQueue.takeText())
    }

    /// Whether a text stands in the bytes.
    static func contains(_ text: StaticString, _ bytes: [UInt8]) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count >= count else { return false }
        let wanted = Array("\(text)".utf8)
        return bytes.indices.dropLast(count - 1).contains { start in
            bytes[start] == wanted[0] && bytes[start..<start + count].elementsEqual(wanted)
        }
    }

    private static func withBIO<Result>(
        _ bytes: [UInt8], _ body: (OpaquePointer) -> Result
    ) -> Result? {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let count = Int32(exactly: bytes.count), count > 0,
                let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, count)
            else { return nil }
            defer { unsafe BIO_free_all(bio) }
            return unsafe body(bio)
        }
    }
}
