internal import Configuration
internal import Control
internal import Core
internal import EventLoop
internal import Linux
internal import Logging
internal import Proxy
internal import TLS

/// Files that changed on disk and are not in force yet: all at once, or not before their partner has changed too.
internal struct WatchedFiles {
    private(set) var waiting: [String: [UInt8]] = [:]
    /// Something came since the last look.
    private(set) var isNew = false

    mutating func note(_ path: String, _ bytes: [UInt8]) {
        waiting[path] = bytes
        isNew = true
    }

    mutating func looked() { isNew = false }

    mutating func forget(_ paths: some Sequence<String>) {
        for path in paths { waiting[path] = nil }
    }

    /// The configuration with what waits in it, as far as that is good. `problems`: a sentence for each file that is not;
    /// it goes on to wait.
    func applied(
        to configuration: ServiceConfiguration
    ) -> (changed: ServiceConfiguration, paths: [String], problems: [String]) {
        var changed = configuration
        var taken: [String] = []
        var problems: [String] = []
        let old = Dictionary(
            configuration.tlsFiles.map { ($0.path, $0.bytes) }, uniquingKeysWith: { $1 })
        let different = waiting.filter { old[$0.key] != nil && old[$0.key] != $0.value }
        for (path, bytes) in different.sorted(by: { $0.key < $1.key }) {
            // With everything else that waits: a certificate and its key may lie in two files.
            var trial = configuration
            for (other, contents) in different { trial.replaceTLSFile(other, with: contents) }
            let users = trial.certificatesInUse.filter { certificate in
                (certificate.files
                    + [certificate.issuer, certificate.ocspResponse].compactMap(\.self))
                    .contains { $0.path == path }
            }
            let problem = users.lazy.compactMap { user in
                let old = configuration.certificatesInUse.first { $0.path == user.path }
                return WatchedFiles.problem(of: user, changing: path, instead: old)
            }.first
            if let problem {
                problems.append("'\(path)' cannot be used: \(problem)")
                continue
            }
            let isList =
                configuration.authoritiesInUse.contains { $0.path == path }
                && TLSFileReport.certificates(bytes).isEmpty
                || configuration.revocationsInUse.contains { $0.path == path }
                    && TLSFileReport.revocations(bytes).isEmpty
            if isList {
                problems.append("'\(path)' cannot be used: nothing of the kind is in it.")
                continue
            }
            changed.replaceTLSFile(path, with: bytes)
            taken.append(path)
        }
        return (changed, taken, problems)
    }

    /// A renewed certificate does not wait for its OCSP response: without one, clients ask the authority themselves.
    private static func problem(
        of certificate: TLSCertificateSettings, changing path: String,
        instead old: TLSCertificateSettings?
    ) -> String? {
        do throws(TLSProblem) {
            let made = try TLSCertificate(certificate)
            // For instance from a backup: every client would refuse it.
            let now = CertificateReport.now
            if made.notAfter < now, let old = old.flatMap({ try? TLSCertificate($0) }),
                old.notAfter >= now
            {
                let days = (now - made.notAfter) / 86400
                return days == 0 ? "it has just expired." : "it expired \(days) days ago."
            }
            return certificate.ocspResponse?.path == path ? made.responseProblem : nil
        } catch {
            return error.message
        }
    }
}

extension Service {
    /// Puts in force what has changed on disk; says in the log what it did.
    func lookAtWatchedFiles() {
        guard watched.isNew, case .running = phase else { return }
        watched.looked()
        let (_, paths, problems) = watched.applied(to: configuration)
        for problem in problems {
            logs.system.alert("crt-watch: \(problem) The old one stays in force.")
        }
        let files = watched
        if !paths.isEmpty {
            let change = CertificateChange(
                "files \(paths.map { "'\($0)'" }.joined(separator: ", "))"
            ) {
                configuration in
                configuration = files.applied(to: configuration).changed
                return nil
            }
            if let problem = apply(change) {
                logs.system.alert("crt-watch: \(problem) The old ones stay in force.")
            } else {
                for certificate in configuration.certificatesInUse
                where certificate.files.contains(where: { paths.contains($0.path) }) {
                    say(certificate)
                }
            }
        }
        let known = Dictionary(
            configuration.tlsFiles.map { ($0.path, $0.bytes) }, uniquingKeysWith: { $1 })
        watched.forget(paths + files.waiting.filter { known[$0.key] == $0.value }.keys)
    }

    private func say(_ settings: TLSCertificateSettings) {
        guard let report = try? TLSCertificate(settings).report else { return }
        logs.system.notice(
            "crt-watch: '\(settings.path)' is in force: \(report.subject), serial \(report.serial), \(report.daysLeft(now: CertificateReport.now)) days left."
        )
    }
}
