package import Core

/// An address on an interface, or one to put there.
package struct InterfaceAddress: Sendable, Hashable {
    package var linkIndex: Int32
    /// The host's own address and the length of its network.
    package var prefix: IPPrefix
    package var broadcast: IPv4Address?
    /// Only IPv4 addresses have one.
    package var label: String?
    /// rtnetlink(7): 0 everywhere, 253 this link, 254 this host.
    package var scope: UInt8
    /// Who put it there (IFA_PROTO, since Linux 5.18); 0: not said.
    package var mark: UInt8
    /// IFA_FLAGS, of if_addr.h.
    package var flags: UInt32
    /// Seconds that an IPv6 address is preferred as a source; nil: for ever, 0: it is deprecated.
    package var preferredLifetime: UInt32?

    package init(
        linkIndex: Int32, prefix: IPPrefix, broadcast: IPv4Address? = nil, label: String? = nil,
        scope: UInt8 = 0, mark: UInt8 = 0, flags: UInt32 = 0, preferredLifetime: UInt32? = nil
    ) {
        self.linkIndex = linkIndex
        self.prefix = prefix
        self.broadcast = broadcast
        self.label = label
        self.scope = scope
        self.mark = mark
        self.flags = flags
        self.preferredLifetime = preferredLifetime
    }

    /// IFA_F_NODAD: a node that takes over cannot wait until nobody objects.
    package static let notProbed: UInt32 = 0x02
    private static let probeFailed: UInt32 = 0x08
    private static let tentative: UInt32 = 0x40
    /// What is kept of the flags that the kernel tells.
    static let known = notProbed | probeFailed | tentative

    /// Whether packets may come from it: the kernel found no other host that has it.
    package var isUsable: Bool {
        flags & (InterfaceAddress.probeFailed | InterfaceAddress.tentative) == 0
    }

    /// The mark of addresses that Dyad put on an interface: a number that the kernel and iproute2 leave free.
    package static let ourMark: UInt8 = 0xd1

    /// Whether the kernel counts both as one address: same interface, address and length.
    package func isSame(as other: InterfaceAddress) -> Bool {
        linkIndex == other.linkIndex && prefix == other.prefix
    }
}
