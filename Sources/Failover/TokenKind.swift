internal import EventLoop

/// What the descriptors of the vrrp thread's loop are for.
internal enum TokenKind: UInt8 {
    case mailbox = 1
    case network
    /// The number is that of an `AdvertisementSocket`.
    case advertisements
    /// The number is the script's.
    case script
    /// The number is that of a `ClaimWatch`.
    case claims
    /// Routes or rules went.
    case routes

    func token(_ number: UInt32 = 0) -> Token { Token(kind: rawValue, number: number) }
}
