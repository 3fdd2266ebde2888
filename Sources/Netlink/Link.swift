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

    package init(
        index: Int32, name: String, isUp: Bool, isRunning: Bool, isLoopback: Bool,
        hardwareAddress: MACAddress?
    ) {
        self.index = index
        self.name = name
        self.isUp = isUp
        self.isRunning = isRunning
        self.isLoopback = isLoopback
        self.hardwareAddress = hardwareAddress
    }

    /// Whether packets can leave.
    package var isUsable: Bool { isUp && isRunning }
}
