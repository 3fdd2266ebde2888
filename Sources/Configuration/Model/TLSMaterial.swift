/// The TLS files of a configuration: what they are used for, and replacing them while the service runs. Pure; whoever
/// changes a configuration in this way builds a snapshot from it, as a reload does.
extension ServiceConfiguration {
    /// Whether certificates in use come from a file, and how many contexts hold it.
    package func uses(ofCertificate path: String) -> Int {
        var count = 0
        forEachTLS { bind in
            count += bind.certificates.filter { $0.path == path }.count
        } server: { server in
            if server.certificate?.path == path { count += 1 }
        }
        return count
    }

    /// The certificates in use, by the order of their paths.
    package var certificatesInUse: [TLSCertificateSettings] {
        var found: [String: TLSCertificateSettings] = [:]
        forEachTLS { bind in
            for certificate in bind.certificates { found[certificate.path] = certificate.material }
        } server: { server in
            if let certificate = server.certificate {
                found[certificate.path] = certificate.material
            }
        }
        return found.values.sorted { $0.path < $1.path }
    }

    /// Puts another certificate in the place of each that comes from this file.
    package mutating func replaceCertificate(_ path: String, with material: TLSCertificateSettings)
    {
        func replace(_ certificate: inout TLSCertificateSettings) {
            guard certificate.path == path else { return }
            certificate.files = material.files
            certificate.issuer = material.issuer
            certificate.ocspResponse = material.ocspResponse
        }
        changeTLS { bind in
            for index in bind.certificates.indices { replace(&bind.certificates[index]) }
        } server: { server in
            if var certificate = server.certificate {
                replace(&certificate)
                server.certificate = certificate
            }
        }
    }

    // MARK: Authorities and revocation lists

    /// Authorities in use, by the order of their paths.
    package var authoritiesInUse: [TLSFile] {
        verificationFiles { $0.authorities + $0.unnamedAuthorities }
    }

    package var revocationsInUse: [TLSFile] { verificationFiles { $0.revocations } }

    package mutating func replaceAuthorities(_ path: String, with bytes: [UInt8]) {
        changeVerification { settings in
            settings.authorities.replace(path, with: bytes)
            settings.unnamedAuthorities.replace(path, with: bytes)
        }
    }

    package mutating func replaceRevocations(_ path: String, with bytes: [UInt8]) {
        changeVerification { $0.revocations.replace(path, with: bytes) }
    }

    private func verificationFiles(_ files: (TLSVerificationSettings) -> [TLSFile]) -> [TLSFile] {
        var found: [String: TLSFile] = [:]
        func note(_ settings: TLSVerificationSettings) {
            for file in files(settings) { found[file.path] = file }
        }
        forEachTLS { bind in
            note(bind.context.verification)
            for certificate in bind.certificates {
                if let own = certificate.own { note(own.verification) }
            }
        } server: { server in
            note(server.verification)
        }
        return found.values.sorted { $0.path < $1.path }
    }

    private mutating func changeVerification(_ change: (inout TLSVerificationSettings) -> Void) {
        changeTLS { bind in
            change(&bind.context.verification)
            for index in bind.certificates.indices {
                guard var own = bind.certificates[index].own else { continue }
                change(&own.verification)
                bind.certificates[index].own = own
            }
        } server: { server in
            change(&server.verification)
        }
    }

    // MARK: Keys of tickets

    package var ticketKeyFiles: [TLSFile] {
        var found: [TLSFile] = []
        forEachTLS { bind in
            if let file = bind.ticketKeys, !found.contains(where: { $0.path == file.path }) {
                found.append(file)
            }
        } server: { _ in
        }
        return found
    }

    package mutating func replaceTicketKeys(_ path: String, with bytes: [UInt8]) {
        changeTLS { bind in
            if bind.ticketKeys?.path == path {
                bind.ticketKeys = TLSFile(path: path, bytes: bytes)
            }
        } server: { _ in
        }
    }

    // MARK: Everything

    /// Every file, by its path: what `crt-watch` looks at.
    package var tlsFiles: [TLSFile] {
        var found: [String: TLSFile] = [:]
        func note(_ file: TLSFile?) { if let file { found[file.path] = file } }
        for certificate in certificatesInUse {
            for file in certificate.files { note(file) }
            note(certificate.issuer)
            note(certificate.ocspResponse)
        }
        for file in authoritiesInUse + revocationsInUse + ticketKeyFiles { note(file) }
        return found.values.sorted { $0.path < $1.path }
    }

    /// Puts new contents in the place of every file of that path.
    package mutating func replaceTLSFile(_ path: String, with bytes: [UInt8]) {
        for certificate in certificatesInUse {
            var material = certificate
            material.files.replace(path, with: bytes)
            if material.issuer?.path == path {
                material.issuer = TLSFile(path: path, bytes: bytes)
            }
            if material.ocspResponse?.path == path {
                material.ocspResponse = TLSFile(path: path, bytes: bytes)
            }
            if material != certificate { replaceCertificate(certificate.path, with: material) }
        }
        replaceAuthorities(path, with: bytes)
        replaceRevocations(path, with: bytes)
        replaceTicketKeys(path, with: bytes)
    }

    package func forEachTLS(
        bind: (TLSBindSettings) -> Void, server: (TLSServerSettings) -> Void
    ) {
        for proxy in proxies {
            for line in proxy.binds { if let tls = line.tls { bind(tls) } }
            for line in proxy.servers {
                if let tls = line.tls { server(tls) }
                if let tls = line.check?.tls { server(tls) }
            }
        }
    }

    package mutating func changeTLS(
        bind: (inout TLSBindSettings) -> Void, server: (inout TLSServerSettings) -> Void
    ) {
        for proxy in proxies.indices {
            for line in proxies[proxy].binds.indices {
                guard var tls = proxies[proxy].binds[line].tls else { continue }
                bind(&tls)
                proxies[proxy].binds[line].tls = tls
            }
            for line in proxies[proxy].servers.indices {
                if var tls = proxies[proxy].servers[line].tls {
                    server(&tls)
                    proxies[proxy].servers[line].tls = tls
                }
                if var tls = proxies[proxy].servers[line].check?.tls {
                    server(&tls)
                    proxies[proxy].servers[line].check?.tls = tls
                }
            }
        }
    }
}

extension [TLSFile] {
    fileprivate mutating func replace(_ path: String, with bytes: [UInt8]) {
        for index in indices where self[index].path == path {
            self[index] = TLSFile(path: path, bytes: bytes)
        }
    }
}
