package import Configuration
internal import Diagnostics
internal import Linux

/// Says what is wrong with the TLS of a line by building what it asks for.
package enum TLSExaminer {
    package static func examine(_ subject: TLSExamination) -> [TLSFinding] {
        do throws(TLSProblem) {
            switch subject {
            case .bind(let settings):
                let context = try TLSServerContext(settings)
                return context.certificates.flatMap { ages($0) }
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

    private static func validity(_ certificate: TLSCertificate) -> [TLSFinding] {
        let now = Clock.realtime() / 1_000_000_000
        if certificate.notAfter < now {
            return [
                TLSFinding(
                    .warning,
                    "the certificate of '\(certificate.path)' expired \((now - certificate.notAfter) / 86400) days ago."
                )
            ]
        }
        if certificate.notBefore > now {
            return [
                TLSFinding(.warning, "the certificate of '\(certificate.path)' is not valid yet.")
            ]
        }
        return []
    }
}
