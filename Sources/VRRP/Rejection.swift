package import Core

/// Why a packet was refused. A refused packet changes nothing but a counter: it never touches a timer.
package enum Rejection: Error, Sendable, Equatable {
    /// Shorter than a VRRP header, not the length that its count asks for, or not what IP promised.
    case length(received: Int, expected: Int)
    case timeToLive(received: UInt8, allowed: ClosedRange<UInt8>)
    case version(received: UInt8)
    /// A type of authentication that no document names.
    case unknownAuthentication(received: UInt8)
    /// Another type of authentication than ours.
    case authenticationMismatch(received: UInt8)
    case wrongPassword
    /// VRRPv2: the intervals of all routers must be equal.
    case interval(receivedSeconds: UInt8)
    /// keepalived takes an interval of 0 as "the master is dead": one packet ends its service.
    case zeroInterval
    /// Learning it would keep us waiting long after the sender has gone.
    case learnedIntervalTooLong(received: Duration, limit: Duration)
    case type(received: UInt8)
    case checksum
    /// Not the way this router gets advertisements: multicast to a unicast router or the reverse.
    case destination(IPAddress)
    /// Nobody on this link has such an address: any, loopback, multicast.
    case impossibleSource
    case offLinkSource
    case ownSource
    /// Unicast from somebody who is no peer of ours.
    case unknownPeer
    /// No signature, where one is asked for (`auth_hmac`).
    case unsigned
    /// A kind of signature that there is not.
    case malformedSignature
    /// Signed with a key that we do not have.
    case unknownKey(number: UInt8)
    case wrongSignature
    /// The sender's clock and ours differ by more than the window; positive: the packet is old.
    case staleSignature(seconds: Int64, window: Int64)
    /// Heard before.
    case replayed
    /// A virtual router number that we do not have on this link.
    case unknownVirtualRouter(UInt8)

    /// The kinds of refusal: one counter and one rate-limited log line each.
    package enum Kind: Int, CaseIterable, Sendable {
        case length, timeToLive, version, unknownAuthentication, authenticationMismatch
        case wrongPassword, interval, zeroInterval, learnedIntervalTooLong, type, checksum
        case destination, impossibleSource, offLinkSource, ownSource, unknownPeer
        case unsigned, malformedSignature, unknownKey, wrongSignature, staleSignature, replayed
        case unknownVirtualRouter
    }

    package var kind: Kind {
        switch self {
        case .length: .length
        case .timeToLive: .timeToLive
        case .version: .version
        case .unknownAuthentication: .unknownAuthentication
        case .authenticationMismatch: .authenticationMismatch
        case .wrongPassword: .wrongPassword
        case .interval: .interval
        case .zeroInterval: .zeroInterval
        case .learnedIntervalTooLong: .learnedIntervalTooLong
        case .type: .type
        case .checksum: .checksum
        case .destination: .destination
        case .impossibleSource: .impossibleSource
        case .offLinkSource: .offLinkSource
        case .ownSource: .ownSource
        case .unknownPeer: .unknownPeer
        case .unsigned: .unsigned
        case .malformedSignature: .malformedSignature
        case .unknownKey: .unknownKey
        case .wrongSignature: .wrongSignature
        case .staleSignature: .staleSignature
        case .replayed: .replayed
        case .unknownVirtualRouter: .unknownVirtualRouter
        }
    }
}
