/// The two versions of the protocol that are in use.
package enum ProtocolVersion: UInt8, Sendable {
    /// RFC 3768: IPv4, whole seconds, a field for a password.
    case v2 = 2
    /// RFC 5798 and RFC 9568: both families, centiseconds, no password.
    case v3 = 3
}

/// Over what the checksum of a VRRPv3 packet over IPv4 runs. Over IPv6 the pseudo header is always in it,
/// in version 2 it never is.
package enum ChecksumForm: Sendable {
    /// Message and IPv4 pseudo header: keepalived's and FRR's default, and so ours.
    case pseudoHeader
    /// The message alone: the text of RFC 9568 section 5.2.8, `v3_checksum_as_v2`.
    case messageOnly
}
