package import Configuration
internal import Synchronization

/// What commands have brought and nothing uses yet: one change of a certificate, of authorities and of a revocation list at
/// a time (HAProxy's transactions), and files without a user. In memory only: a reload starts from the files on disk.
package final class CertificateDesk: Sendable {
    /// Files that nothing uses, at most, of each kind.
    package static let unusedLimit = 1000
    /// Bytes of a file that commands add to, at most.
    static let fileLimit = 4 << 20

    /// Kinds of files that hold no key.
    package enum ListKind: Sendable { case authorities, revocations }

    struct State {
        /// The change of a certificate under way.
        var certificate: TLSCertificateSettings?
        var pendingAuthorities: TLSFile?
        var pendingRevocations: TLSFile?
        /// Made by `new ssl cert`; without files: still empty.
        var certificates: [String: TLSCertificateSettings] = [:]
        var authorities: [String: [UInt8]] = [:]
        var revocations: [String: [UInt8]] = [:]

        func pending(_ kind: ListKind) -> TLSFile? {
            kind == .authorities ? pendingAuthorities : pendingRevocations
        }

        mutating func setPending(_ file: TLSFile?, _ kind: ListKind) {
            if kind == .authorities { pendingAuthorities = file } else { pendingRevocations = file }
        }

        func unused(_ kind: ListKind) -> [String: [UInt8]] {
            kind == .authorities ? authorities : revocations
        }

        mutating func setUnused(_ path: String, _ bytes: [UInt8]?, _ kind: ListKind) {
            if kind == .authorities {
                authorities[path] = bytes
            } else {
                revocations[path] = bytes
            }
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// What commands may name without a file: everything in memory that nothing uses.
    package var files: [TLSFile] {
        state.withLock { state in
            state.certificates.values.flatMap(\.allFiles)
                + (state.authorities.map { $0 } + state.revocations.map { $0 }).filter {
                    !$0.value.isEmpty
                }.map { TLSFile(path: $0.key, bytes: $0.value) }
        }
    }

    /// Files whose last user went stay in memory until they are deleted; those that have one again are no longer idle.
    package func follow(_ before: ServiceConfiguration, to after: ServiceConfiguration) {
        let used = Set(after.tlsFiles.map(\.path))
        state.withLock { state in
            for path in used {
                state.certificates[path] = nil
                state.authorities[path] = nil
                state.revocations[path] = nil
            }
            for gone in before.certificatesInUse where !used.contains(gone.path) {
                if state.certificates.count < CertificateDesk.unusedLimit {
                    state.certificates[gone.path] = gone
                }
            }
            for gone in before.authoritiesInUse where !used.contains(gone.path) {
                if state.authorities.count < CertificateDesk.unusedLimit {
                    state.authorities[gone.path] = gone.bytes
                }
            }
            for gone in before.revocationsInUse where !used.contains(gone.path) {
                if state.revocations.count < CertificateDesk.unusedLimit {
                    state.revocations[gone.path] = gone.bytes
                }
            }
        }
    }

    func with<Result>(_ body: (inout State) -> sending Result) -> sending Result {
        state.withLock { body(&$0) }
    }
}
