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
                return try TLSServerContext(settings).certificates.flatMap { ages($0) }.filter {
                    seen.insert($0.message).inserted
                }
            case .server(let settings):
                _ = try TLSClientContext(settings)
                return []
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
                    "the certificate of '\(certificate.path)' expired \((now - certificate.notAfter) / 86400) days ago."
                )
            ]
        }
        if certificate.notBefore > now {
            return [
                TLSFinding(.notice, "the certificate of '\(certificate.path)' is not valid yet.")
            ]
        }
        return []
    }
}
