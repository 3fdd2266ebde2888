package import Core

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `fd00::/8` or a single address.
package enum NetworkSyntax {
    package static func prefix(_ text: String) -> IPPrefix? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(parts[0]) else { return nil }
        guard parts.count == 2 else { return IPPrefix(address, length: address.isIPv4 ? 32 : 128) }
        if let length = Int(parts[1]) { return IPPrefix(address, length: length) }
        guard address.isIPv4, let mask = IPv4Address(parts[1]) else { return nil }
        let length = (~mask.rawValue).leadingZeroBitCount
        let isContiguous = mask.rawValue == (length == 0 ? 0 : .max << UInt32(32 - length))
        return isContiguous ? IPPrefix(address, length: length) : nil
    }
}
