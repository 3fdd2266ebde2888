internal import CLinux
public import Core
internal import Glibc

/// What the kernel knows of connections and addresses.
extension Sockets {
    /// Times in microseconds, the rest in segments (tcp(7), TCP_INFO).
    public struct Transport: Sendable, BitwiseCopyable {
        public let roundTrip, roundTripVariation: UInt32
        public let unacknowledged, selectivelyAcknowledged, lost, retransmitted: UInt32
        public let forwardAcknowledged, reordering: UInt32
    }

    /// nil for what is no TCP connection.
    public static func transport(_ number: Int32) -> Transport? {
        var info = linux_tcp_facts()
        guard unsafe linux_tcp_info(number, &info) >= 0 else { return nil }
        return Transport(
            roundTrip: info.rtt, roundTripVariation: info.rttvar, unacknowledged: info.unacked,
            selectivelyAcknowledged: info.sacked, lost: info.lost, retransmitted: info.retrans,
            forwardAcknowledged: info.fackets, reordering: info.reordering)
    }

    /// Whether an address is one of this host: a socket can be bound to it. Three calls.
    public static func isLocal(_ address: IPAddress) -> Bool {
        let wanted = SocketAddress.ip(address, port: 0)
        let made = linux_socket(wanted.family, Int32(SOCK_DGRAM.rawValue), 0)
        guard made >= 0 else { return false }
        let number = Int32(truncatingIfNeeded: made)
        defer { _ = linux_close(number) }
        var endpoint = wanted.endpoint
        return unsafe linux_bind(number, &endpoint) >= 0
    }
}
