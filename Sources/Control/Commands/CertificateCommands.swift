internal import Configuration
internal import Proxy
internal import TLS

extension CommandTable {
    /// Certificates that change while the service runs (HAProxy's management guide, section 9.3). Replies are HAProxy's.
    static let certificateCommands: [Command] = [
        Command(
            "show ssl cert", .admin, arguments: "[[*]<file>]",
            does: "show the certificates, and how long they last", showCertificates),
        Command(
            "new ssl cert", .admin, arguments: "<file>", does: "make room for a new certificate",
            newCertificate),
        Command(
            "set ssl cert", .admin, arguments: "<file> <payload>",
            does: "prepare another certificate for a file", setCertificate),
        Command(
            "commit ssl cert", .admin, arguments: "<file>",
            does: "put the prepared certificate in force", commitCertificate),
        Command(
            "abort ssl cert", .admin, arguments: "<file>", does: "forget the prepared certificate",
            abortCertificate),
        Command(
            "del ssl cert", .admin, arguments: "<file>",
            does: "remove a certificate without a user",
            deleteCertificate),
    ]

    // MARK: Show

    private static func showCertificates(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        let configuration = call.snapshot.configuration
        let (pending, unused) = call.control.certificates.with { ($0.certificate, $0.certificates) }
        guard let name = call.arguments.first else {
            var text = ""
            if let pending { text += "# transaction\n*\(pending.path)\n" }
            let paths = Set(configuration.certificatesInUse.map(\.path)).union(unused.keys)
            return .text(text + (["# filename"] + paths.sorted()).map { "\($0)\n" }.joined())
        }
        let chains = configuration.process.tls.issuerChains
        let notFound = "Can't display the certificate: Not found or the certificate is a bundle!"
        if name.hasPrefix("*") {
            guard let pending, "*\(pending.path)" == name else { return .error(notFound) }
            return .text(describe(pending, name: name, status: "Unused", chains))
        }
        if let used = configuration.certificatesInUse.first(where: { $0.path == name }) {
            return .text(describe(used, name: name, status: "Used", chains))
        }
        guard let idle = unused[name] else { return .error(notFound) }
        return .text(
            describe(idle, name: name, status: idle.files.isEmpty ? "Empty" : "Unused", chains))
    }

    private static func describe(
        _ settings: TLSCertificateSettings, name: String, status: String, _ chains: [TLSFile]
    ) -> String {
        var text = "Filename: \(name)\n"
        if !settings.files.isEmpty {
            text += "Crt filename: \(settings.files.first?.path ?? "")\n"
            text += "Key filename: \(settings.files.last?.path ?? "")\n"
        }
        if let file = settings.ocspResponse { text += "OCSP filename: \(file.path)\n" }
        if let file = settings.issuer { text += "Issuer filename: \(file.path)\n" }
        text += "Status: \(status)\n"
        guard !settings.files.isEmpty else { return text + "OCSP Response Key: \n" }
        // One that is not whole yet, because its key is still to come, is shown as far as it goes.
        let certificate = try? TLSCertificate(settings, chains: chains)
        let first = settings.files.first.flatMap { TLSFileReport.certificates($0.bytes).first }
        if let report = certificate?.report ?? first { text += report.lines }
        if let file = certificate?.chainFile { text += "Chain Filename: \(file)\n" }
        for chain in certificate?.chainReports ?? [] {
            text += "Chain Subject: \(chain.subject)\nChain Issuer: \(chain.issuer)\n"
        }
        let identity = certificate?.stapled == nil ? [] : certificate?.identity ?? []
        return text + "OCSP Response Key: \(hexadecimal(identity))\n"
    }

    // MARK: Change

    private static func newCertificate(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        guard let path = call.arguments.first else {
            return .error("'new ssl cert' expects a filename")
        }
        let isUsed = call.snapshot.configuration.uses(ofCertificate: path) > 0
        return call.control.certificates.with { desk in
            if isUsed || desk.certificates[path] != nil {
                return .error("Certificate '\(path)' already exists!")
            }
            guard desk.certificates.count < CertificateDesk.unusedLimit else {
                return .error(
                    "There are \(CertificateDesk.unusedLimit) unused certificates already.")
            }
            desk.certificates[path] = TLSCertificateSettings(files: [])
            return .message(.notice, "New empty certificate store '\(path)'!")
        }
    }

    private static func setCertificate(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        guard let name = call.arguments.first, let payload = call.payload, !payload.isEmpty else {
            return .error("'set ssl cert' expects a filename and a certificate as a payload")
        }
        let configuration = call.snapshot.configuration
        let used = configuration.certificatesInUse
        return call.control.certificates.with { desk in
            let (path, part) = CertificatePayload.split(name) { path in
                desk.certificates[path] != nil || used.contains { $0.path == path }
            }
            let isNew = desk.certificate == nil
            var wanted: TLSCertificateSettings
            if let pending = desk.certificate {
                guard pending.path == path else {
                    return .error(
                        "The ongoing transaction is about '\(pending.path)' but you are trying to set '\(path)'\nCan't update \(path)!"
                    )
                }
                wanted = pending
            } else if let known = used.first(where: { $0.path == path }) ?? desk.certificates[path]
            {
                wanted = known
            } else {
                return .error(
                    "Can't replace a certificate which is not referenced by the configuration!\nCan't update \(path)!"
                )
            }
            if let complaint = CertificatePayload.put(payload, part, of: path, into: &wanted) {
                return .error("\(complaint)\nCan't update \(path)!")
            }
            desk.certificate = wanted
            return .message(
                .notice, "Transaction \(isNew ? "created" : "updated") for certificate \(path)!")
        }
    }

    private static func commitCertificate(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        guard let path = call.arguments.first else {
            return .error("'commit ssl cert expects a filename")
        }
        let control = call.control
        let wanted = control.certificates.with { $0.certificate }
        guard let wanted else {
            return .error("No ongoing transaction! !\nCan't commit \(path)!")
        }
        guard wanted.path == path else {
            return .error(
                "The ongoing transaction is about '\(wanted.path)' but you are trying to set '\(path)'\nCan't commit \(path)!"
            )
        }
        do throws(TLSProblem) {
            _ = try TLSCertificate(wanted)
        } catch {
            return .error("\(error.message)\nCan't commit \(path)!")
        }
        let uses = call.snapshot.configuration.uses(ofCertificate: path)
        guard uses > 0 else {
            control.certificates.with { desk in
                desk.certificates[path] = wanted
                desk.certificate = nil
            }
            return .message(.notice, "Committing \(path)\nSuccess!")
        }
        let dots = String(repeating: ".", count: min(uses, 100))
        control.change(
            CertificateChange("certificate '\(path)'") {
                control.certificates.with { desk in
                    if desk.certificate == wanted { desk.certificate = nil }
                }
            } _: { configuration in
                guard configuration.uses(ofCertificate: path) > 0 else {
                    return "'\(path)' is not used any more."
                }
                configuration.replaceCertificate(path, with: wanted)
                return nil
            }, reply: "Committing \(path)\(dots)\nSuccess!\n", context.ticket)
        return .later
    }

    private static func abortCertificate(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        guard let path = call.arguments.first else {
            return .error("'abort ssl cert' expects a filename")
        }
        return call.control.certificates.with { desk in
            guard let pending = desk.certificate else { return .error("No ongoing transaction!") }
            guard pending.path == path else {
                return .error(
                    "The ongoing transaction is about '\(pending.path)' but you are trying to abort a transaction for '\(path)'"
                )
            }
            desk.certificate = nil
            return .message(.notice, "Transaction aborted for certificate '\(path)'!")
        }
    }

    private static func deleteCertificate(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        guard let path = call.arguments.first else {
            return .error("'del ssl cert' expects a certificate name")
        }
        let isUsed = call.snapshot.configuration.uses(ofCertificate: path) > 0
        return call.control.certificates.with { desk in
            if isUsed {
                return .error(
                    "Can't remove the certificate: certificate '\(path)' in use, can't be deleted!\n"
                )
            }
            guard desk.certificates.removeValue(forKey: path) != nil else {
                return .error(
                    "Can't remove the certificate: certificate '\(path)' doesn't exist!\n")
            }
            return .message(.notice, "Certificate '\(path)' deleted!")
        }
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension CertificateReport {
    /// HAProxy's lines, and ours: how many days are left.
    var lines: String {
        """
        Serial: \(serial)
        notBefore: \(notBefore)
        notAfter: \(notAfter)
        Days left: \(daysLeft(now: CertificateReport.now))
        Subject Alternative Name: \(alternativeNames)
        Algorithm: \(algorithm)
        SHA1 FingerPrint: \(fingerprint)
        Subject: \(subject)
        Issuer: \(issuer)

        """
    }
}
