internal import Balancing
internal import Configuration
internal import Core
internal import Expressions

/// `hash-key`: what a server's places on the ring of `hash-type consistent` follow.
struct RingKey: Sendable {
    private let kind: ServerSettings.HashKey
    private let number: Int

    init(_ server: ServerSettings) {
        kind = server.hashKey
        number = server.id
    }

    /// Where its points begin; nil: where its number says, as for all that has no IP address.
    func value(at address: SocketAddress?) -> UInt32? {
        switch kind {
        case .id: return nil
        case .id32: return UInt32(truncatingIfNeeded: number)
        case .address, .endpoint:
            guard case .ip(let ip, let port)? = address else { return nil }
            let seed = kind == .endpoint ? Hashes.avalanche(UInt32(port)) : 0
            return switch ip {
            // The address as it lies in memory, so that all programs that speak of it agree.
            case .v4(let address): Hashes.avalanche(seed &+ address.rawValue.byteSwapped)
            case .v6(let address): address.octets.withBytes { XXHash32.hash($0, seed: seed) }
            }
        }
    }
}
