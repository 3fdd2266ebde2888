internal import COpenSSL

/// The library that makes TLS, as it runs.
package enum TLSLibrary {
    /// `OpenSSL 3.0.22 25 Aug 2026`
    package static let name = unsafe String(cString: OpenSSL_version(OPENSSL_VERSION))

    /// `3.0.22`
    package static let version =
        "\(OPENSSL_version_major()).\(OPENSSL_version_minor()).\(OPENSSL_version_patch())"
}
