package import Core

/// What the kernel told about a link or an address.
package enum NetworkChange: Sendable, Equatable {
    case link(Link)
    case linkRemoved(index: Int32)
    case address(InterfaceAddress)
    case addressRemoved(InterfaceAddress)
    /// A route or rule with that protocol number went; heard by `NetworkMonitor.takeRouteLosses` only.
    case routeRemoved(protocolNumber: UInt8)
    /// Messages were lost; the table was read again as a whole.
    case resynchronized
}

/// Links and addresses of this network namespace, kept up to date by changes.
package struct NetworkTable: Sendable, Equatable {
    package private(set) var links: [Int32: Link] = [:]
    package private(set) var addresses: [InterfaceAddress] = []

    package init() {}

    package mutating func apply(_ change: NetworkChange) {
        switch change {
        case .link(let link): links[link.index] = link
        case .linkRemoved(let index):
            links[index] = nil
            addresses.removeAll { $0.linkIndex == index }
        case .address(let address):
            // In its place: the first address of a link is the one that packets come from.
            if let known = addresses.firstIndex(where: { $0.isSame(as: address) }) {
                addresses[known] = address
            } else {
                addresses.append(address)
            }
        case .addressRemoved(let address): addresses.removeAll { $0.isSame(as: address) }
        case .resynchronized, .routeRemoved: return
        }
    }

    package func link(named name: String) -> Link? { links.values.first { $0.name == name } }

    package func addresses(of index: Int32) -> [InterfaceAddress] {
        addresses.filter { $0.linkIndex == index }
    }

    /// The first address of a family that can be a source on the link: not one of `excluded`, and for IPv6
    /// a link-local one.
    package func primaryAddress(
        of index: Int32, ipv4: Bool, excluding excluded: Set<IPAddress>
    ) -> IPAddress? {
        addresses(of: index).filter(\.isUsable).map(\.prefix.address).first { address in
            guard address.isIPv4 == ipv4, !excluded.contains(address) else { return false }
            if case .v6(let address) = address { return address.isLinkLocal }
            return true
        }
    }

    /// The first IPv6 address of a link that hosts beyond it can answer to.
    package func globalAddress(
        of index: Int32, excluding excluded: Set<IPAddress>
    ) -> IPAddress? {
        addresses(of: index).filter(\.isUsable).map(\.prefix.address).first { address in
            guard case .v6(let v6) = address, !excluded.contains(address) else { return false }
            return !v6.isLinkLocal
        }
    }
}
