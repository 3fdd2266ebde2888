internal import Configuration
internal import Synchronization

/// What commands have brought and nothing uses yet: one change of a certificate, of authorities and of a revocation list at
/// a time (HAProxy's transactions), and files without a user. In memory only: a reload starts from the files on disk.
package final class CertificateDesk: Sendable {
    /// Files that nothing uses, at most, of each kind.
    package static let unusedLimit = 1000

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

    func with<Result>(_ body: (inout State) -> sending Result) -> sending Result {
        state.withLock { body(&$0) }
    }
}
