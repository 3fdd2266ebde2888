import Core

/// Networks that are found by an address: one table of masked addresses for each length of mask, the
/// longest asked first.
struct AddressTable: Sendable {
    private struct Level: Sendable {
        let high: UInt64
        let low: UInt64
        var networks: [IPv6Address: Int32]
    }

    private var v4: [Level] = []
    private var v6: [Level] = []
    private(set) var count = 0

    /// Adds a network with any mask; IPv4 stands in the lowest 32 bits.
    mutating func insert(_ address: IPAddress, mask: IPv6Address) {
        let index = Int32(clamping: count)
        count += 1
        switch address {
        case .v4(let address):
            AddressTable.insert(
                IPv6Address(high: 0, low: UInt64(address.rawValue)), mask, index, into: &v4)
        case .v6(let address): AddressTable.insert(address, mask, index, into: &v6)
        }
    }

    private static func insert(
        _ address: IPv6Address, _ mask: IPv6Address, _ index: Int32, into levels: inout [Level]
    ) {
        let key = IPv6Address(high: address.high & mask.high, low: address.low & mask.low)
        if let at = levels.firstIndex(where: { $0.high == mask.high && $0.low == mask.low }) {
            if levels[at].networks[key] == nil { levels[at].networks[key] = index }
            return
        }
        let bits = mask.high.nonzeroBitCount + mask.low.nonzeroBitCount
        let at = levels.firstIndex { $0.high.nonzeroBitCount + $0.low.nonzeroBitCount < bits }
        levels.insert(
            Level(high: mask.high, low: mask.low, networks: [key: index]), at: at ?? levels.count)
    }

    func find(_ address: IPAddress) -> Int? {
        switch address {
        case .v4(let address):
            if let found = find(IPv6Address(high: 0, low: UInt64(address.rawValue)), v4) {
                return found
            }
            guard !v6.isEmpty else { return nil }
            return find(
                IPv6Address(high: 0, low: 0xffff_0000_0000 | UInt64(address.rawValue)), v6)
        case .v6(let address):
            if let found = find(address, v6) { return found }
            guard !v4.isEmpty, let mapped = address.mappedIPv4 else { return nil }
            return find(IPv6Address(high: 0, low: UInt64(mapped.rawValue)), v4)
        }
    }

    private func find(_ address: IPv6Address, _ levels: [Level]) -> Int? {
        for index in levels.indices {
            let key = IPv6Address(
                high: address.high & levels[index].high, low: address.low & levels[index].low)
            if let found = levels[index].networks[key] { return Int(found) }
        }
        return nil
    }
}

/// `192.168.0.0/16`, `10.0.0.0/255.0.0.0`, `2001:db8::/32`.
enum NetworkText {
    static func parse(_ text: String) -> (IPAddress, IPv6Address)? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        let isV4 = address.isIPv4
        let most = isV4 ? 32 : 128
        guard parts.count == 2 else { return (address, mask(most, isV4: isV4)) }
        if let length = Int(parts[1]), (0...most).contains(length) {
            return (address, mask(length, isV4: isV4))
        }
        guard isV4, let dotted = IPv4Address(parts[1]) else { return nil }
        return (address, IPv6Address(high: 0, low: UInt64(dotted.rawValue)))
    }

    private static func mask(_ length: Int, isV4: Bool) -> IPv6Address {
        if isV4 {
            return IPv6Address(
                high: 0, low: length == 0 ? 0 : (~0 << UInt64(32 - length)) & 0xffff_ffff)
        }
        return IPv6Address(
            high: length == 0 ? 0 : ~0 << UInt64(64 - min(length, 64)),
            low: length <= 64 ? 0 : ~0 << UInt64(128 - length))
    }
}
