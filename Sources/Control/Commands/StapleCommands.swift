internal import Configuration
internal import Proxy
internal import TLS

extension CommandTable {
    /// OCSP responses and keys of tickets that change while the service runs.
    static let stapleCommands: [Command] = [
        Command(
            "show ssl ocsp-response", .admin, arguments: "[<key>]",
            does: "show what is stapled to handshakes", showResponses),
        Command(
            "set ssl ocsp-response", .admin, arguments: "<response>",
            does: "staple another response, given in base64", setResponse),
        Command("show tls-keys", .admin, does: "show the files of ticket keys; never the keys") {
            call, _ in
            let files = call.snapshot.configuration.ticketKeyFiles.enumerated()
            return .text(
                "# id (file)\n" + files.map { "\($0.offset) (\($0.element.path))\n" }.joined())
        },
        Command(
            "set ssl tls-key", .admin, arguments: "<id|file> <key>",
            does: "add a key of tickets, given in base64", addTicketKey),
    ]

    /// Every certificate that a bind line uses, once.
    private static func certificates(_ call: CommandCall) -> [TLSCertificate] {
        var found: [String: TLSCertificate] = [:]
        for proxy in call.snapshot.proxies {
            for context in proxy.bindContexts {
                for certificate in context?.certificates ?? [] {
                    found[certificate.material.path] = certificate
                }
            }
        }
        return found.values.sorted { $0.material.path < $1.material.path }
    }

    private static func showResponses(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        let stapling = certificates(call).filter { $0.stapled != nil }
        guard let key = call.arguments.first else {
            var text = "# Certificate IDs\n"
            for certificate in stapling {
                text += "Certificate ID key : \(hexadecimal(certificate.identity))\n"
                text += "Certificate path : \(certificate.material.path)\n"
                text += "Certificate ID:\n  Serial Number: \(certificate.report.serial)\n"
            }
            return .text(stapling.isEmpty ? "" : text)
        }
        let wanted = stapling.first {
            hexadecimal($0.identity) == key || $0.material.path == key
        }
        guard let wanted, let response = wanted.stapled else {
            return .error("Certificate ID or path does not match any certificate.")
        }
        return .text(
            "OCSP Response Data:\n    Response Status: successful\n    Cert Status: \(response.statusWord)\n    Serial Number: \(wanted.report.serial)\n    Next Update: \(response.nextUpdateText)\n"
        )
    }

    private static func setResponse(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        let text = call.payload ?? Array(call.argument(0).utf8)
        guard !text.isEmpty else {
            return .error("'set ssl ocsp-response' expects response in base64 encoding.")
        }
        guard let bytes = Base64.decode(text) else {
            return .error("'set ssl ocsp-response' received invalid base64 encoded response.")
        }
        let response: OCSPResponse
        do throws(TLSProblem) {
            response = try OCSPResponse(bytes)
        } catch {
            return .error("\(error.message).")
        }
        let paths = certificates(call).filter { response.isAbout($0) }.map(\.material)
        guard !paths.isEmpty else {
            return .error(
                "OCSP single response: Certificate ID does not match any certificate or issuer.")
        }
        call.control.change(
            CertificateChange("OCSP response of '\(paths.map(\.path).joined(separator: "', '"))'") {
                configuration in
                for var material in configuration.certificatesInUse
                where paths.contains(where: { $0.path == material.path }) {
                    let path = material.ocspResponse?.path ?? material.besidePath(".ocsp")
                    material.ocspResponse = TLSFile(path: path, bytes: bytes)
                    configuration.replaceCertificate(material.path, with: material)
                }
                return nil
            }, reply: "OCSP Response updated!\n", context.ticket)
        return .later
    }

    private static func addTicketKey(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        guard call.arguments.count > 1 else {
            return .error(
                "'set ssl tls-key' expects a filename and the new TLS key in base64 encoding.")
        }
        let name = call.argument(0)
        let files = call.snapshot.configuration.ticketKeyFiles.enumerated()
        guard
            let file = files.first(where: {
                "\($0.offset)" == name || "#\($0.offset)" == name || $0.element.path == name
            })
        else { return .error("'set ssl tls-key' unable to locate referenced filename") }
        let key = call.argument(1)
        guard let count = Base64.decode(key.utf8)?.count, count == 48 || count == 80 else {
            return .error("'set ssl tls-key' received invalid base64 encoded TLS key.")
        }
        let path = file.element.path
        call.control.change(
            CertificateChange("ticket keys of '\(path)'") { configuration in
                let old = configuration.ticketKeyFiles.first { $0.path == path }
                guard let old else { return "'\(path)' is not used any more." }
                let lines = old.bytes.split(separator: 10).suffix(8) + [Array(key.utf8)[...]]
                configuration.replaceTicketKeys(path, with: Array(lines.joined(separator: [10])))
                return nil
            }, reply: "TLS ticket key updated!\n", context.ticket)
        return .later
    }
}
