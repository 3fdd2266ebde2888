internal import COpenSSL

/// What verifying the other side's certificate found, ignored or not: kept in a slot of the session.
internal struct VerificationRecord: BitwiseCopyable {
    /// Of the certificate itself; 0: none.
    var leafError: Int32
    /// The first one of the certificates above it; 0: none.
    var authorityError: Int32
    /// How far above it.
    var authorityDepth: Int32

    private static let slot = openssl_new_session_index()

    init(_ ssl: OpaquePointer) {
        let bits = unsafe UInt(bitPattern: SSL_get_ex_data(ssl, VerificationRecord.slot))
        leafError = Int32(truncatingIfNeeded: bits & 0xffff)
        authorityError = Int32(truncatingIfNeeded: bits >> 16 & 0xffff)
        authorityDepth = Int32(truncatingIfNeeded: bits >> 32 & 0xff)
    }

    func store(in ssl: OpaquePointer) {
        let bits =
            UInt(truncatingIfNeeded: leafError) & 0xffff
            | (UInt(truncatingIfNeeded: authorityError) & 0xffff) << 16
            | (UInt(truncatingIfNeeded: authorityDepth) & 0xff) << 32
        unsafe SSL_set_ex_data(
            ssl, VerificationRecord.slot, UnsafeMutableRawPointer(bitPattern: bits))
    }
}
