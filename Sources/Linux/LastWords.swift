internal import CLinux
public import Core

/// What is sent when the process dies of a fatal signal: see `fatal.h`. Slots are small numbers; each holds a
/// packet and the netlink requests that remove addresses.
public enum LastWords {
    /// Number of slots, of packets and of removals each.
    public static let slots = 256
    /// Largest packet and largest request: a signed advertisement of 255 IPv6 addresses has 4156.
    public static let bytes = Int(FATAL_BYTES)

    /// Installs the handlers of fatal signals, before any thread is started.
    public static func install() { fatal_install() }

    /// The packet of a slot; an empty one clears it. `index`: the interface that it leaves by.
    public static func set(
        packet: [UInt8], slot: Int, descriptor: Int32, destination: IPAddress, index: Int32
    ) {
        var address = [UInt8](repeating: 0, count: 128)
        let length = unsafe address.withUnsafeMutableBytes { address in
            switch destination {
            case .v4(let destination):
                return unsafe linux_sockaddr4(
                    destination.rawValue, address.baseAddress, address.count)
            case .v6(let destination):
                let octets = destination.octets
                return unsafe octets.withUnsafeBytes {
                    unsafe linux_sockaddr6(
                        $0.baseAddress, index, address.baseAddress, address.count)
                }
            }
        }
        unsafe address.withUnsafeBytes { address in
            unsafe packet.withUnsafeBytes { packet in
                unsafe fatal_set_packet(
                    Int32(clamping: slot), descriptor, address.baseAddress, max(0, length),
                    packet.baseAddress, packet.count)
            }
        }
    }

    /// The request that removes an address; an empty one clears the slot.
    public static func set(removal: [UInt8], slot: Int, descriptor: Int32) {
        unsafe removal.withUnsafeBytes {
            unsafe fatal_set_removal(
                Int32(clamping: slot), descriptor, $0.baseAddress, $0.count)
        }
    }

    /// The calling thread removes the addresses when `wakeup` becomes readable; -1: it ends.
    public static func setRemover(wakeup: Int32) { fatal_set_vrrp_thread(wakeup) }

    /// Whether the process is dying.
    public static var areSaid: Bool { fatal_has_come() != 0 }

    /// The addresses are gone; the process may die.
    public static func addressesAreRemoved() { fatal_addresses_removed() }
}
