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

    package init(
        linkIndex: Int32, prefix: IPPrefix, broadcast: IPv4Address? = nil, label: String? = nil,
        scope: UInt8 = 0, mark: UInt8 = 0
    ) {
        self.linkIndex = linkIndex
        self.prefix = prefix
        self.broadcast = broadcast
        self.label = label
        self.scope = scope
        self.mark = mark
    }

    /// The mark of addresses that Dyad put on an interface: a number that the kernel and iproute2 leave free.
    package static let ourMark: UInt8 = 0xd1

    /// Whether the kernel counts both as one address: same interface, address and length.
    package func isSame(as other: InterfaceAddress) -> Bool {
        linkIndex == other.linkIndex && prefix == other.prefix
    }
}
