internal import COpenSSL
internal import Configuration

/// What is wrong with the files of a certificate, and the way out: what people put there in place of one is known.
internal enum CertificateComplaint {
    /// No certificate is in the files.
    static func missing(_ path: String, _ files: [TLSFile]) -> TLSProblem {
        let (why, fix) = reason(path, files.first?.bytes ?? [])
        return TLSProblem("unable to load certificate from file '\(path)': \(why).", fix: fix)
    }

    private static func reason(_ path: String, _ bytes: [UInt8]) -> (why: String, fix: String) {
        if bytes.isEmpty {
            return (
                "no PEM certificate found, the file is empty",
                "write certificate, chain and key into it, as PEM"
            )
        }
        if PEM.contains("-----BEGIN CERTIFICATE REQUEST", bytes)
            || PEM.contains("-----BEGIN NEW CERTIFICATE REQUEST", bytes)
        {
            return (
                "no PEM certificate found, only a request for one",
                "take the certificate that the authority has sent for it"
            )
        }
        if PEM.contains("-----BEGIN CERTIFICATE", bytes)
            || PEM.contains("-----BEGIN TRUSTED CERTIFICATE", bytes)
        {
            return (
                "the certificate in it is damaged",
                "copy it again; 'openssl x509 -noout -text -in \(path)' tries to read it"
            )
        }
        if PEM.contains("-----BEGIN PKCS7", bytes) {
            return (
                "no PEM certificate found, but PKCS#7",
                "openssl pkcs7 -print_certs -in \(path) -out \(path).pem"
            )
        }
        if PEM.contains("PRIVATE KEY-----", bytes) {
            return (
                "no PEM certificate found, only a key", "put the certificate into it as well"
            )
        }
        switch binary(bytes) {
        case .certificate:
            return (
                "no PEM certificate found, it is DER",
                "openssl x509 -inform DER -in \(path) -out \(path).pem"
            )
        case .archive:
            return (
                "no PEM certificate found, it is PKCS#12",
                "openssl pkcs12 -nodes -in \(path) -out \(path).pem"
            )
        case .other:
            return (
                "no PEM certificate found",
                "the file needs '-----BEGIN CERTIFICATE-----'; in a directory for 'crt' nothing else may lie"
            )
        }
    }

    /// There is no key, neither in it nor where else one was looked for.
    static func withoutKey(_ material: TLSCertificateSettings) -> TLSProblem {
        let beside = material.files.count > 1 ? material.files[1].path : material.besidePath(".key")
        return TLSProblem(
            "No Private Key found in '\(material.path)' or '\(beside)'.",
            fix: "append the key to the file, or put it beside it as '\(beside)'")
    }

    /// A key is there that cannot be read.
    static func damagedKey(_ path: String, _ why: String) -> TLSProblem {
        TLSProblem(
            "unable to load private key from file '\(path)': it is damaged (\(why)).",
            fix: "copy it again; 'openssl pkey -noout -in \(path)' tries to read it")
    }

    /// A key needs a passphrase. `isAlone`: it has a file of its own; if not, `other` is where one may lie.
    static func lockedKey(_ path: String, isAlone: Bool, other: String) -> TLSProblem {
        let command =
            isAlone
            ? "openssl pkey -in \(path) -out \(path).new && mv \(path).new \(path)"
            : "openssl pkey -in \(path) -out \(other)"
        return TLSProblem(
            "the private key in '\(path)' has a passphrase, and nobody can type it at start",
            fix: "take it off: \(command)")
    }

    /// OpenSSL does not take the certificate.
    static func unusable(_ path: String, _ why: String) -> TLSProblem {
        let isWeak = why.hasSuffix("too small") || why.hasSuffix("too weak")
        return TLSProblem(
            "cannot use the certificate of '\(path)': \(why).",
            fix: isWeak
                ? "make a new one with a key of 2048 bits or more; 'ssl-security-level' in 'global' allows weak ones"
                : nil)
    }

    private enum Binary { case certificate, archive, other }

    private static func binary(_ bytes: [UInt8]) -> Binary {
        defer { ErrorQueue.drain() }
        // A sequence of ASN.1; everything else is text.
        guard bytes.first == 0x30 else { return .other }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            if let certificate = unsafe d2i_X509(nil, &start, bytes.count) {
                unsafe X509_free(certificate)
                return .certificate
            }
            unsafe start = bytes.baseAddress
            if let archive = unsafe d2i_PKCS12(nil, &start, bytes.count) {
                unsafe PKCS12_free(archive)
                return .archive
            }
            return .other
        }
    }
}
