import Core
import Glibc
import Linux
import Netlink
import Testing

@Suite(.enabled(if: PrivateNetwork.isPossible), .serialized) struct NetworkMonitorTests {
    /// Waits until the monitor's socket is readable and takes what it says, until `isEnough`.
    static func changes(
        _ monitor: NetworkMonitor, until isEnough: ([NetworkChange]) -> Bool
    ) throws -> [NetworkChange] {
        var all: [NetworkChange] = []
        while !isEnough(all) {
            var poll = pollfd(fd: monitor.descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe Glibc.poll(&poll, 1, 5_000) == 1 else { break }
            all += try monitor.drain()
        }
        return all
    }

    static func prefix(_ text: String, _ length: Int) -> IPPrefix? {
        IPAddress(text).flatMap { IPPrefix($0, length: length) }
    }

    @Test func linksComeGoUpAndLoseTheirCarrier() throws {
        try PrivateNetwork.run {
            let monitor = try NetworkMonitor()
            #expect(monitor.table.link(named: "lo")?.isLoopback == true)
            #expect(monitor.table.link(named: "v0") == nil)
            try PrivateNetwork.ip("link add v0 address 02:00:00:00:00:01 type veth peer name v1")
            _ = try NetworkMonitorTests.changes(monitor) { _ in
                monitor.table.link(named: "v0") != nil
            }
            let link = monitor.table.link(named: "v0")
            #expect(link?.isUsable == false)
            #expect(link?.hardwareAddress?.description == "02:00:00:00:00:01")
            try PrivateNetwork.ip("link set v0 up")
            try PrivateNetwork.ip("link set v1 up")
            _ = try NetworkMonitorTests.changes(monitor) { _ in
                monitor.table.link(named: "v0")?.isUsable == true
            }
            try PrivateNetwork.ip("link set v1 down")
            _ = try NetworkMonitorTests.changes(monitor) { _ in
                monitor.table.link(named: "v0")?.isUsable == false
            }
            #expect(monitor.table.link(named: "v0")?.isUp == true)
            try PrivateNetwork.ip("link del v0")
            let index = link?.index ?? 0
            let changes = try NetworkMonitorTests.changes(monitor) {
                $0.contains(.linkRemoved(index: index))
            }
            #expect(changes.contains(.linkRemoved(index: index)))
            #expect(monitor.table.link(named: "v0") == nil)
        }
    }

    @Test func addressesAreAddedWithEverythingAndRemoved() throws {
        try PrivateNetwork.run {
            try PrivateNetwork.ip("link add v0 type veth peer name v1")
            let monitor = try NetworkMonitor()
            let index = try #require(monitor.table.link(named: "v0")?.index)
            let address = InterfaceAddress(
                linkIndex: index,
                prefix: try #require(NetworkMonitorTests.prefix("10.9.0.50", 24)),
                broadcast: IPv4Address("10.9.0.255"), label: "v0:vip", scope: 253,
                mark: InterfaceAddress.ourMark)
            try monitor.add(address)
            try monitor.add(address)
            #expect(
                try PrivateNetwork.ip("-o addr show dev v0").contains(
                    "inet 10.9.0.50/24 brd 10.9.0.255 scope link"))
            let changes = try NetworkMonitorTests.changes(monitor) {
                $0.contains(.address(address))
            }
            #expect(changes.contains(.address(address)))

            // A second monitor reads the same from the kernel, the mark included.
            let other = try NetworkMonitor()
            #expect(other.table.addresses(of: index) == [address])

            let message = try NetworkMonitor.removalMessage(address)
            #expect((24...LastWords.bytes).contains(message.count))
            try monitor.remove(address)
            try monitor.remove(address)
            let removed = try NetworkMonitorTests.changes(monitor) {
                $0.contains(.addressRemoved(address))
            }
            #expect(removed.contains(.addressRemoved(address)))
            #expect(monitor.table.addresses(of: index).isEmpty)
        }
    }

    @Test func plainAddressesOfBothFamilies() throws {
        try PrivateNetwork.run {
            try PrivateNetwork.ip("link add v0 type veth peer name v1")
            let monitor = try NetworkMonitor()
            let index = try #require(monitor.table.link(named: "v0")?.index)
            for (text, length) in [("10.9.0.51", 32), ("fd00::51", 128)] {
                try monitor.add(
                    InterfaceAddress(
                        linkIndex: index,
                        prefix: try #require(NetworkMonitorTests.prefix(text, length))))
            }
            let shown = try PrivateNetwork.ip("-o addr show dev v0")
            #expect(shown.contains("inet 10.9.0.51/32 scope global v0"))
            #expect(shown.contains("inet6 fd00::51/128 scope global"))
        }
    }

    /// More messages than the socket holds: the table is read again and is right.
    @Test func lostMessagesAreMadeUpFor() throws {
        try PrivateNetwork.run {
            try PrivateNetwork.ip("link add v0 type veth peer name v1")
            let monitor = try NetworkMonitor()
            let other = try NetworkMonitor()
            let index = try #require(monitor.table.link(named: "v0")?.index)
            for number in 0..<6_000 {
                let address = IPAddress.v4(IPv4Address(rawValue: 0x0a0a_0000 + UInt32(number)))
                try other.add(
                    InterfaceAddress(
                        linkIndex: index, prefix: try #require(IPPrefix(address, length: 32))))
            }
            let changes = try NetworkMonitorTests.changes(monitor) {
                $0.contains(.resynchronized)
            }
            #expect(changes.contains(.resynchronized))
            #expect(monitor.table.addresses(of: index).count == 6_000)
        }
    }

    @Test func errorsAreTheKernelsOwn() throws {
        try PrivateNetwork.run {
            let monitor = try NetworkMonitor()
            let address = InterfaceAddress(
                linkIndex: 4711, prefix: try #require(NetworkMonitorTests.prefix("10.9.0.1", 24)))
            #expect(throws: Errno.noDevice) { try monitor.add(address) }
            try monitor.remove(address)
        }
    }
}
