/// An entry of the table of keepalived's language. The reader, its suggestions and the documentation all come
/// from these entries.
package struct KeepalivedKeyword: Sendable {
    /// Where a keyword may stand: the keyword of the block around it.
    package enum Block: String, Sendable, CaseIterable {
        /// Outside all blocks.
        case top = ""
        case globalDefinitions = "global_defs"
        case script = "vrrp_script"
        case trackProcess = "vrrp_track_process"
        case trackFile = "track_file"
        case instance = "vrrp_instance"
        case syncGroup = "vrrp_sync_group"
        case authentication = "authentication"
        case hmac = "auth_hmac"
        /// Ours.
        case trackProxy = "track_proxy"
        case garpGroup = "garp_group"
        case bfd = "bfd_instance"
        case virtualServer = "virtual_server"
        /// Options behind an address.
        case virtualAddress = "virtual_ipaddress"
        /// Options of a line of `virtual_routes` and `static_routes`.
        case route = "virtual_routes"
        /// Options of a line of `virtual_rules` and `static_rules`.
        case rule = "virtual_rules"
        /// Options behind an address of `unicast_peer`.
        case unicastPeer = "unicast_peer"
        /// Options behind the name in `track_script` and its like.
        case tracked = "track_script"
    }

    /// What follows the words of the keyword.
    package enum Content: Sendable, Equatable {
        /// No braces.
        case none
        /// A block of keywords.
        case keywords(Block)
        /// A block of names, addresses and the like, one a line.
        case items
        /// A block that nobody looks into.
        case anything
    }

    package enum Status: Sendable, Equatable {
        case implemented
        /// Harmless: changes nothing here, for the reason given; `-c -V` lists it.
        case accepted(reason: String)
        /// Has no effect, and somebody may miss it: a warning each time.
        case ignored(reason: String)
        /// Would mean something that we do not do: the configuration is not used.
        case refused(reason: String, wayOut: String)
    }

    package let name: String
    package let blocks: [Block]
    /// The syntax of the words behind it, as in the manual.
    package let arguments: String
    /// One line of documentation.
    package let summary: String
    package let status: Status
    package let content: Content

    /// A keyword that does what keepalived.conf(5) says.
    static func implemented(
        _ name: String, _ blocks: Block..., arguments: String = "", content: Content = .none,
        doc summary: String
    ) -> [KeepalivedKeyword] {
        [
            KeepalivedKeyword(
                name: name, blocks: blocks, arguments: arguments, summary: summary,
                status: .implemented, content: content)
        ]
    }

    /// Keywords that change nothing here, all for one reason.
    static func accepted(
        _ names: String, _ blocks: Block..., content: Content = .none, because reason: String
    ) -> [KeepalivedKeyword] {
        entries(names, blocks, content, .accepted(reason: reason))
    }

    /// Keywords that do nothing here and are warned about.
    static func ignored(
        _ names: String, _ blocks: Block..., content: Content = .none, because reason: String
    ) -> [KeepalivedKeyword] {
        entries(names, blocks, content, .ignored(reason: reason))
    }

    /// Keywords that are not done.
    static func refused(
        _ names: String, _ blocks: Block..., content: Content = .none, because reason: String,
        instead wayOut: String
    ) -> [KeepalivedKeyword] {
        entries(names, blocks, content, .refused(reason: reason, wayOut: wayOut))
    }

    private static func entries(
        _ names: String, _ blocks: [Block], _ content: Content, _ status: Status
    ) -> [KeepalivedKeyword] {
        names.split(separator: " ").map { name in
            KeepalivedKeyword(
                name: String(name), blocks: blocks, arguments: "", summary: "", status: status,
                content: content)
        }
    }
}

extension KeepalivedKeyword {
    /// The whole table.
    package static let all: [KeepalivedKeyword] = [
        topEntries, globalEntries, instanceEntries, instanceOptionEntries, routeEntries,
        trackingEntries,
        virtualServerEntries,
    ].flatMap { groups in groups.flatMap { $0 } }

    private static let byBlock: [Block: [String: KeepalivedKeyword]] = {
        var table: [Block: [String: KeepalivedKeyword]] = [:]
        for entry in all {
            for block in entry.blocks { table[block, default: [:]][entry.name] = entry }
        }
        return table
    }()

    /// The entry for a word in a block.
    package static func find(_ name: String, in block: Block) -> KeepalivedKeyword? {
        byBlock[block]?[name]
    }

    /// The names that may stand in a block, sorted.
    package static func names(in block: Block) -> [String] {
        (byBlock[block] ?? [:]).keys.sorted()
    }

    /// The blocks where a word may stand.
    package static func blocks(for name: String) -> [Block] {
        Block.allCases.filter { byBlock[$0]?[name] != nil }
    }

    /// Words that open a block at the top and stand nowhere else.
    static let topWords: Set<String> = Set(
        all.filter { entry in
            entry.blocks == [.top] && entry.content != .none && blocks(for: entry.name) == [.top]
        }.map(\.name))
}
