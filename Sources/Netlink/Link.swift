package import Core

/// A network interface as the kernel reports it.
package struct Link: Sendable, Equatable {
    /// The kernel's number; another interface of the same name has another one.
    package let index: Int32
    package let name: String
    /// Switched on by the administrator.
    package let isUp: Bool
    /// Carrier, and the driver is ready to send.
    package let isRunning: Bool
    package let isLoopback: Bool
    /// nil where the interface has none, or none of Ethernet's length.
    package let hardwareAddress: MACAddress?
    /// The interface that this one lies on; nil: none, or one of another namespace.
    package let parent: Int32?
    /// Whether the host is an IPv6 router there.
    package let forwardsIPv6: Bool
    /// net.ipv4.conf.NAME.arp_ignore; nil: the interface has no IPv4.
    package let arpIgnore: Int32?

    package init(
        index: Int32, name: String, isUp: Bool, isRunning: Bool, isLoopback: Bool,
        hardwareAddress: MACAddress?, parent: Int32? = nil, forwardsIPv6: Bool = false,
        arpIgnore: Int32? = nil
    ) {
        self.index = index
        self.name = name
        self.isUp = isUp
        self.isRunning = isRunning
        self.isLoopback = isLoopback
        self.hardwareAddress = hardwareAddress
        self.parent = parent
        self.forwardsIPv6 = forwardsIPv6
        self.arpIgnore = arpIgnore
    }

    /// Whether packets can leave.
    package var isUsable: Bool { isUp && isRunning }
}
