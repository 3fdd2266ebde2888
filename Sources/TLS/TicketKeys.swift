internal import COpenSSL
internal import Configuration

/// `tls-ticket-keys`: keys that several machines share, so that a client may resume its session at any of them. Tickets are
/// made with the last key but one, as HAProxy does; the last one waits until all machines know it, and any of them opens a
/// ticket.
@safe
internal final class TicketKeys: @unchecked Sendable {
    /// Keys of a file that count, the last ones (HAProxy manual, `tls-ticket-keys`).
    static let count = 3
    /// Bytes of the keys that OpenSSL makes by itself.
    private static let ownBytes = 80

    struct Key {
        let name: [UInt8]
        let cipher: [UInt8]
        let mac: [UInt8]

        /// 48 bytes for AES-128, 80 for AES-256: name, cipher key, MAC key.
        init?(_ bytes: [UInt8]) {
            guard bytes.count == 48 || bytes.count == 80 else { return nil }
            let size = (bytes.count - 16) / 2
            name = Array(bytes[..<16])
            cipher = Array(bytes[16..<16 + size])
            mac = Array(bytes[(16 + size)...])
        }
    }

    private let keys: [Key]

    init(_ file: TLSFile) throws(TLSProblem) {
        let lines = file.bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        var keys: [Key] = []
        for line in lines.suffix(TicketKeys.count) {
            guard let key = Base64.decode(line).flatMap(Key.init) else {
                throw TLSProblem(
                    "'tls-ticket-keys' : unable to decode base64 key in '\(file.path)'.",
                    fix: "each line: openssl rand -base64 80 | tr -d '\\n'")
            }
            keys.append(key)
        }
        guard keys.count == TicketKeys.count, Set(keys.map(\.cipher.count)).count == 1 else {
            throw TLSProblem(
                "'tls-ticket-keys' : please supply at least \(TicketKeys.count) keys of one length in '\(file.path)'.",
                fix: "each line: openssl rand -base64 80 | tr -d '\\n'")
        }
        self.keys = keys
    }

    /// Makes the sessions of a context ask for their keys.
    static func install(in context: OpaquePointer) {
        unsafe openssl_set_ticket_callback(
            context,
            { ssl, name, vector, cipher, mac, encrypts in
                guard let ssl = unsafe ssl, let name = unsafe name, let vector = unsafe vector,
                    let me = unsafe SSL_get_ex_data(ssl, TicketKeys.slot)
                else { return -1 }
                let keys = unsafe Unmanaged<TicketKeys>.fromOpaque(me).takeUnretainedValue()
                return unsafe encrypts == 1
                    ? keys.encrypt(name, vector, cipher, mac)
                    : keys.decrypt(name, vector, cipher, mac)
            })
    }

    /// What such a session uses; its owner keeps this object.
    func serve(_ ssl: OpaquePointer) {
        unsafe SSL_set_ex_data(ssl, TicketKeys.slot, Unmanaged.passUnretained(self).toOpaque())
    }

    private static let slot = openssl_new_session_index()

    private func encrypt(
        _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>,
        _ cipher: OpaquePointer?, _ mac: OpaquePointer?
    ) -> Int32 {
        let key = keys[TicketKeys.count - 2]
        guard unsafe RAND_bytes(vector, 16) == 1 else { return -1 }
        for index in 0..<16 { unsafe name[index] = key.name[index] }
        let isReady = unsafe openssl_begin_ticket(
            cipher, mac, key.cipher, key.mac, Int32(key.cipher.count), vector, 1)
        return isReady == 1 ? 1 : -1
    }

    /// 2: the session goes on, with a new ticket.
    private func decrypt(
        _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>,
        _ cipher: OpaquePointer?, _ mac: OpaquePointer?
    ) -> Int32 {
        let wanted = unsafe Array(UnsafeBufferPointer(start: name, count: 16))
        guard let index = keys.firstIndex(where: { $0.name == wanted }) else { return 0 }
        let key = keys[index]
        let isReady = unsafe openssl_begin_ticket(
            cipher, mac, key.cipher, key.mac, Int32(key.cipher.count), vector, 0)
        guard isReady == 1 else { return -1 }
        return index == TicketKeys.count - 2 ? 1 : 2
    }

    /// A new context opens the tickets of the one before it.
    static func copy(from old: OpaquePointer, to new: OpaquePointer) {
        unsafe withUnsafeTemporaryAllocation(byteCount: ownBytes, alignment: 16) { keys in
            guard let base = keys.baseAddress,
                unsafe openssl_get_ticket_keys(old, base, ownBytes) == 1
            else { return }
            unsafe openssl_set_ticket_keys(new, base, ownBytes)
            unsafe OPENSSL_cleanse(base, ownBytes)
        }
    }
}
