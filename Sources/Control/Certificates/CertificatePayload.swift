internal import Configuration
internal import TLS

/// A payload of `set ssl cert`, put into the place of the part of a certificate that the file's name says.
enum CertificatePayload {
    /// The parts that have files of their own.
    enum Part: String, CaseIterable {
        case key, ocsp, issuer, sctl
    }

    /// The certificate's path and the part, for instance of `/etc/site.pem.key`.
    static func split(
        _ name: String, isKnown: (String) -> Bool
    ) -> (path: String, part: Part?) {
        if isKnown(name) { return (name, nil) }
        for part in Part.allCases where name.hasSuffix(".\(part.rawValue)") {
            let stem = String(name.dropLast(part.rawValue.utf8.count + 1))
            // `ssl-load-extra-del-ext`: `site.key` belongs to `site.crt`.
            return (!isKnown(stem) && isKnown("\(stem).crt") ? "\(stem).crt" : stem, part)
        }
        return (name, nil)
    }

    /// Puts it in. Returns HAProxy's complaint; nil: it was done.
    static func put(
        _ payload: [UInt8], _ part: Part?, of path: String,
        into wanted: inout TLSCertificateSettings
    ) -> String? {
        // The name of one in a store is not its file's.
        let main = wanted.files.first?.path ?? path
        let stem = wanted.stem ?? main
        let complaint = "unable to load certificate from file '\(path)'.\nCan't load the payload"
        switch part {
        case nil:
            guard !TLSFileReport.certificates(payload).isEmpty else { return complaint }
            // Without a key the old one stays, wherever it stood.
            let key = PEMText.keys(in: payload).isEmpty ? oldKey(of: wanted) : []
            wanted.files = [TLSFile(path: main, bytes: payload)] + key
        case .key:
            guard !PEMText.keys(in: payload).isEmpty else {
                return "unable to load private key from file '\(path)'.\nCan't load the payload"
            }
            let certificate = PEMText.withoutKeys(wanted.files.first?.bytes ?? [])
            let key = wanted.files.count > 1 ? wanted.files[1].path : "\(stem).key"
            wanted.files = [
                TLSFile(path: main, bytes: certificate), TLSFile(path: key, bytes: payload),
            ]
        case .issuer:
            guard !TLSFileReport.certificates(payload).isEmpty else { return complaint }
            wanted.issuer = TLSFile(path: "\(stem).issuer", bytes: payload)
        case .ocsp:
            guard let bytes = Base64.decode(payload) else {
                return "Can't load the payload: an OCSP response is given in base64"
            }
            do throws(TLSProblem) {
                _ = try OCSPResponse(bytes)
            } catch {
                return error.message + "\nCan't load the payload"
            }
            wanted.ocspResponse = TLSFile(path: "\(stem).ocsp", bytes: bytes)
        case .sctl: return "Timestamps ('.sctl') are not in this version."
        }
        return nil
    }

    private static func oldKey(of certificate: TLSCertificateSettings) -> [TLSFile] {
        if certificate.files.count > 1 { return Array(certificate.files.dropFirst()) }
        guard let main = certificate.files.first else { return [] }
        let key = PEMText.keys(in: main.bytes)
        return key.isEmpty ? [] : [TLSFile(path: certificate.besidePath(".key"), bytes: key)]
    }
}

/// Cuts PEM text into its blocks.
enum PEMText {
    /// The blocks that are private keys, with their lines.
    static func keys(in bytes: [UInt8]) -> [UInt8] { divide(bytes).keys }

    /// What is left without them.
    static func withoutKeys(_ bytes: [UInt8]) -> [UInt8] { divide(bytes).rest }

    private static func divide(_ bytes: [UInt8]) -> (keys: [UInt8], rest: [UInt8]) {
        var keys: [UInt8] = []
        var rest: [UInt8] = []
        var isInside = false
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            let text = String(decoding: line.prefix(64), as: UTF8.self)
            let isKey = text.contains("PRIVATE KEY-----")
            if isKey, text.hasPrefix("-----BEGIN") { isInside = true }
            if isInside { keys += line + [10] } else { rest += line + [10] }
            if isKey, text.hasPrefix("-----END") { isInside = false }
        }
        return (keys, rest)
    }
}
