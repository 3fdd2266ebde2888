internal import Core
internal import Linux
internal import Netlink

/// The addresses that this host's Dyad may have put on interfaces, in a file that outlives it. Only kernels
/// before 5.18 need it: later ones keep our mark beside each address.
internal struct AddressRecord {
    /// Lives as long as the machine is up.
    static let path = "/run/dyad/addresses"

    private var lines: Set<String> = []

    /// What the process before us wrote; empty when there was none.
    static func load() -> AddressRecord {
        guard let bytes = try? Files.read(path) else { return AddressRecord() }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        return AddressRecord(lines: Set(lines))
    }

    /// Writes the record of `prefixes`. Without `/run/dyad` there is none, and marks must do.
    static func save(_ prefixes: [IPPrefix]) {
        let text = prefixes.map { "\($0)\n" }.joined()
        try? Files.replace(path, with: Array(text.utf8), mode: 0o600)
    }

    /// Whether an address without a mark is ours.
    func claims(_ address: InterfaceAddress, in table: NetworkTable) -> Bool {
        // A kernel that marks its own addresses would have kept our mark, too.
        guard !table.addresses.contains(where: { $0.mark != 0 }) else { return false }
        return lines.contains(address.prefix.description)
    }
}
