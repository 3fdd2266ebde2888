internal import CLinux
public import Core
internal import Glibc

extension SocketAddress {
    /// The address family's number.
    public var family: Int32 {
        switch self {
        case .ip(.v4, _): AF_INET
        case .ip(.v6, _): AF_INET6
        case .unix, .abstract: AF_UNIX
        }
    }

    /// For the C shims. A path longer than the field is cut; the configuration refuses such paths.
    internal var endpoint: linux_endpoint {
        var endpoint = linux_endpoint()
        endpoint.family = family
        var octets: [UInt8]
        switch self {
        case .ip(let address, let port):
            endpoint.port = port
            octets = address.octets
        case .unix(let path): octets = Array(path.utf8)
        case .abstract(let name): octets = [0] + Array(name.utf8)
        }
        octets = Array(octets.prefix(108))
        endpoint.length = UInt16(octets.count)
        unsafe withUnsafeMutableBytes(of: &endpoint.bytes) { unsafe $0.copyBytes(from: octets) }
        return endpoint
    }

    /// From the C shims; an unnamed unix socket is an empty path.
    internal init(_ endpoint: linux_endpoint) {
        let octets = unsafe withUnsafeBytes(of: endpoint.bytes) {
            unsafe Array($0.prefix(Int(endpoint.length)))
        }
        switch endpoint.family {
        case AF_INET where octets.count == 4:
            self = .ip(
                .v4(IPv4Address(rawValue: octets.reduce(0) { $0 << 8 | UInt32($1) })),
                port: endpoint.port)
        case AF_INET6 where octets.count == 16:
            self = .ip(
                .v6(
                    IPv6Address(
                        high: octets[0..<8].reduce(0) { $0 << 8 | UInt64($1) },
                        low: octets[8..<16].reduce(0) { $0 << 8 | UInt64($1) })),
                port: endpoint.port)
        default:
            self =
                octets.first == 0
                ? .abstract(String(decoding: octets.dropFirst().prefix { $0 != 0 }, as: UTF8.self))
                : .unix(String(decoding: octets, as: UTF8.self))
        }
    }
}

/// An address in the kernel's form, made once, so that using it allocates nothing.
public struct PreparedAddress: Sendable {
    internal let endpoint: linux_endpoint

    public init(_ address: SocketAddress) { endpoint = address.endpoint }
}

extension PeerAddress {
    /// From the C shims, without allocating.
    @inline(__always)
    internal init(_ endpoint: borrowing linux_endpoint) {
        switch endpoint.family {
        case AF_INET where endpoint.length == 4:
            let value = unsafe withUnsafeBytes(of: endpoint.bytes) {
                unsafe UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self))
            }
            self.init(ip: .v4(IPv4Address(rawValue: value)), port: endpoint.port)
        case AF_INET6 where endpoint.length == 16:
            let address = unsafe withUnsafeBytes(of: endpoint.bytes) {
                unsafe IPv6Address(
                    high: UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                    low: UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
            }
            self.init(ip: .v6(address), port: endpoint.port)
        default: self = .unnamed
        }
    }
}
