package import Configuration
internal import Diagnostics
internal import Linux

/// Says what is wrong with the TLS of a line by building what it asks for.
package enum TLSExaminer {
    package static func examine(_ subject: TLSExamination) -> [TLSFinding] {
        do throws(TLSProblem) {
            switch subject {
            case .bind(let settings):
                // One that several lines of a list name is told of once.
                var seen: Set<String> = []
                let certificates = try TLSServerContext(settings).certificates
                let verifications =
                    [settings.context] + settings.certificates.compactMap(\.own)
                return
                    (certificates.flatMap { ages($0) }
                    + verifications.flatMap { ages($0.verification) })
                    .filter { seen.insert($0.message).inserted }
            case .server(let settings):
                _ = try TLSClientContext(settings)
                return ages(settings.verification)
            }
        } catch {
            return [TLSFinding(.alert, error.message, fix: error.fix)]
        }
    }

    private static func ages(_ certificate: TLSCertificate) -> [TLSFinding] {
        let response = certificate.responseProblem.map { [TLSFinding(.warning, $0)] } ?? []
        return response + validity(certificate)
    }

    // Notices: with HAProxy such files work, also where 'zero-warning' is set.
    private static func validity(_ certificate: TLSCertificate) -> [TLSFinding] {
        let now = Clock.realtime() / 1_000_000_000
        if certificate.notAfter < now {
            return [
                TLSFinding(
                    .notice,
                    "the certificate of '\(certificate.path)' expired \((now - certificate.notAfter) / 86400) days ago.",
                    fix: "renew it: clients refuse it")
            ]
        }
        if certificate.notBefore > now {
            return [
                TLSFinding(
                    .notice,
                    "the certificate of '\(certificate.path)' is not valid yet, for \((certificate.notBefore - now) / 86400 + 1) days more.",
                    fix: "see whether the clock of this machine is right ('date')")
            ]
        }
        return []
    }

    /// What has run out among that which others are verified by: none of them gets in any more.
    private static func ages(_ settings: TLSVerificationSettings) -> [TLSFinding] {
        guard settings.mode != .none else { return [] }
        let now = Clock.realtime() / 1_000_000_000
        var findings: [TLSFinding] = []
        for file in settings.authorities + settings.unnamedAuthorities {
            // Large collections always have some that are old.
            guard let end = PEM.lastEnd(ofCertificates: file.bytes), end < now else { continue }
            findings.append(
                TLSFinding(
                    .notice,
                    "the authorities of '\(file.path)' expired \((now - end) / 86400) days ago: what they signed is refused.",
                    fix: "get their new certificates"))
        }
        for file in settings.revocations {
            guard let end = PEM.lastEnd(ofRevocations: file.bytes), end < now else { continue }
            findings.append(
                TLSFinding(
                    .notice,
                    "the revocation list '\(file.path)' expired \((now - end) / 86400) days ago: what its authority signed is refused.",
                    fix: "get the new list; 'set ssl crl-file' and 'commit ssl crl-file' swap it"))
        }
        return findings
    }
}
