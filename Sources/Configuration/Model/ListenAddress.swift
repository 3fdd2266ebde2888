package import Core

/// Where a `bind` or `stats socket` line listens.
package enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
    case address(SocketAddress)
    /// `fd@N`: a socket that listens already and was inherited.
    case descriptor(Int32)

    package var description: String {
        switch self {
        case .address(let address): address.description
        case .descriptor(let number): "fd@\(number)"
        }
    }
}
