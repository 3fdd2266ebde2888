internal import CNetlink
package import Linux

/// Links and addresses of this network namespace, and what happens to them. For one thread.
package final class NetworkMonitor {
    /// Everything that is there now.
    package private(set) var table = NetworkTable()

    private let events: NetlinkSocket
    private let commands: NetlinkSocket
    /// Only where somebody has routes to lose: a router's table may change thousands of times a second.
    private var routeEvents: NetlinkSocket?

    /// Datagrams of one `drain`; the rest waits for the next turn of the loop.
    private static let datagramsAtOnce = 256
    /// Attempts at a dump that the kernel calls inconsistent.
    private static let dumpAttempts = 5

    /// Listens first and reads then, so that nothing is missed in between.
    package init() throws(Errno) {
        events = try NetlinkSocket(
            groups: [
                RTNLGRP_LINK.rawValue, RTNLGRP_IPV4_IFADDR.rawValue, RTNLGRP_IPV6_IFADDR.rawValue,
            ])
        commands = try NetlinkSocket()
        try refresh()
    }

    /// Readable when `drain` has something to do.
    package var descriptor: Int32 { events.descriptor }

    /// A socket that can carry `removalMessage` when the process dies.
    package var commandDescriptor: Int32 { commands.descriptor }

    /// Takes what has come into the table and returns it. When messages were lost the whole table is read
    /// again and `resynchronized` says so.
    package func drain() throws(Errno) -> [NetworkChange] {
        var changes: [NetworkChange] = []
        for _ in 0..<NetworkMonitor.datagramsAtOnce {
            do throws(Errno) {
                guard let some = try events.receive() else { break }
                for change in some { table.apply(change) }
                changes += some
            } catch .noBuffers {
                try refresh()
                changes.append(.resynchronized)
            }
        }
        return changes
    }

    /// Begins to listen for routes and rules that go. Returns what becomes readable then; nil: it listens already.
    package func watchRoutes() throws(Errno) -> Int32? {
        if routeEvents != nil { return nil }
        let socket = try NetlinkSocket(
            groups: [
                RTNLGRP_IPV4_ROUTE.rawValue, RTNLGRP_IPV6_ROUTE.rawValue,
                RTNLGRP_IPV4_RULE.rawValue,
                RTNLGRP_IPV6_RULE.rawValue,
            ])
        routeEvents = socket
        return socket.descriptor
    }

    /// Whether routes or rules with one of these protocol numbers went, or nobody knows.
    package func takeRouteLosses(of numbers: Set<UInt8>) -> Bool {
        guard let routeEvents else { return false }
        var isLost = false
        for _ in 0..<NetworkMonitor.datagramsAtOnce {
            do throws(Errno) {
                guard let some = try routeEvents.receive() else { break }
                isLost =
                    isLost
                    || some.contains {
                        if case .routeRemoved(let number) = $0 {
                            numbers.contains(number)
                        } else {
                            false
                        }
                    }
            } catch {
                isLost = true
                // Lost messages are one error; whatever else it is, the next wake-up tells.
                if error != .noBuffers { break }
            }
        }
        return isLost
    }

    /// Reads everything again.
    package func refresh() throws(Errno) {
        var fresh = NetworkTable()
        for change in try dump(Int32(RTM_GETLINK)) { fresh.apply(change) }
        for change in try dump(Int32(RTM_GETADDR)) { fresh.apply(change) }
        table = fresh
    }

    private func dump(_ type: Int32) throws(Errno) -> [NetworkChange] {
        for _ in 1..<NetworkMonitor.dumpAttempts {
            do throws(Errno) {
                return try commands.dump(type)
            } catch .interrupted {
                continue
            }
        }
        return try commands.dump(type)
    }

    /// Sends a request and waits for the kernel's answer.
    func request(_ message: borrowing NetlinkMessage) throws(Errno) {
        try commands.request(message)
    }

    // MARK: Changing addresses

    /// Puts an address on its interface; one that is there already is no error. Needs CAP_NET_ADMIN.
    package func add(_ address: InterfaceAddress) throws(Errno) {
        do throws(Errno) {
            try commands.request(try NetlinkMessage(adding: address))
        } catch .exists {}
        table.apply(.address(address))
    }

    /// Takes an address away; one that is gone is no error.
    package func remove(_ address: InterfaceAddress) throws(Errno) {
        do throws(Errno) {
            try commands.request(try NetlinkMessage(removing: address))
        } catch .addressNotAvailable {} catch .noDevice {}
        table.apply(.addressRemoved(address))
    }

    /// The request that takes an address away, for those who cannot run Swift any more.
    package static func removalMessage(_ address: InterfaceAddress) throws(Errno) -> [UInt8] {
        try NetlinkMessage(removing: address).bytes
    }
}
