import ConfigurationLanguage
import Core
import Diagnostics

/// Where advertisements come from and, with unicast, go to.
extension KeepalivedResolver {
    /// Peers of one instance: each gets a packet of its own.
    static let peerLimit = 64

    /// `unicast_peer { ADDRESS … }`
    mutating func addPeers(
        _ statement: KeepalivedStatement, to draft: inout KeepalivedInstanceDraft
    ) {
        let owner = "(\(draft.name.text))"
        for item in statement.block ?? [] {
            guard let word = item.words.first, let peer = hostAddress(word, owner),
                isOfFamily(peer, word, "unicast peer", &draft)
            else { continue }
            let allowed = timeToLive(item, owner)
            guard !draft.settings.unicastPeers.contains(peer) else {
                findings.mention(
                    .warning, word.range, "\(owner) duplicate unicast peer \(peer) - ignoring")
                continue
            }
            guard draft.settings.unicastPeers.count < KeepalivedResolver.peerLimit else {
                findings.refuse(
                    word.range, "\(owner) more than \(KeepalivedResolver.peerLimit) unicast peers")
                return
            }
            draft.settings.unicastPeers.append(peer)
            draft.settings.unicastPeerTimeToLive[peer] = allowed
        }
        if draft.settings.unicastPeers.isEmpty { sayMulticast(owner, statement.range) }
    }

    /// `min_ttl N`, `max_ttl N`; nil where there is neither.
    private mutating func timeToLive(
        _ item: KeepalivedStatement, _ owner: String
    ) -> ClosedRange<UInt8>? {
        var reader = OptionReader(Array(item.arguments))
        var least: UInt8?
        var most: UInt8?
        while let option = reader.next() {
            guard isKnown(KeepalivedStatement(words: [option]), in: .unicastPeer),
                let value = reader.value(of: option, &findings),
                let number = number(
                    value, in: 0...255, orSay: { "\(owner) \(option.text) '\($0)' is invalid" })
            else { continue }
            if option.text == "min_ttl" { least = UInt8(number) } else { most = UInt8(number) }
        }
        guard least != nil || most != nil else { return nil }
        let range = (least ?? 0, most ?? .max)
        guard range.0 <= range.1 else {
            findings.report(item.range, "\(owner) min_ttl is above max_ttl - ignoring both")
            return nil
        }
        return range.0...range.1
    }

    /// The address behind `unicast_src_ip` or `mcast_src_ip`.
    mutating func source(
        _ statement: KeepalivedStatement, of draft: inout KeepalivedInstanceDraft
    ) -> IPAddress? {
        guard let word = argument(statement),
            let address = hostAddress(word, "(\(draft.name.text))"),
            isOfFamily(address, word, "src", &draft)
        else { return nil }
        return address
    }

    /// Packets are of one family, that of the first address in the file.
    private mutating func isOfFamily(
        _ address: IPAddress, _ word: Word, _ what: String, _ draft: inout KeepalivedInstanceDraft
    ) -> Bool {
        let isIPv4 = draft.isIPv4 ?? address.isIPv4
        draft.isIPv4 = isIPv4
        guard address.isIPv4 != isIPv4 else { return true }
        findings.report(
            word.range,
            "Configuration error: VRRP instance[\(draft.name.text)] and \(what) address[\(address)] "
                + "MUST be of the same family !!! Skipping...",
            fix: "make two instances: packets are IPv4 or IPv6")
        return false
    }

    /// `native_ipv6`: IPv6, whatever comes first.
    mutating func applyNativeIPv6(
        _ statement: KeepalivedStatement, to draft: inout KeepalivedInstanceDraft
    ) {
        guard draft.isIPv4 != true else {
            findings.report(
                statement.range,
                "(\(draft.name.text)) Cannot specify native_ipv6 with IPv4 addresses",
                fix: "remove it, or the IPv4 addresses")
            return
        }
        draft.isIPv4 = false
    }

    /// A multicast group; `isIPv4` nil: of either family.
    mutating func group(_ statement: KeepalivedStatement, isIPv4: Bool? = nil) -> IPAddress? {
        guard let word = argument(statement) else { return nil }
        let address = IPAddress(word.text)
        let isMulticast =
            switch address {
            case .v4(let address)?: address.isMulticast
            case .v6(let address)?: address.isMulticast
            case nil: false
            }
        guard let address, isMulticast, isIPv4 ?? address.isIPv4 == address.isIPv4 else {
            findings.report(
                word.range,
                "Configuration error: Cannot parse \(statement.keyword) [\(word.text)], skipping",
                fix: hint(for: word) ?? "a multicast address, the same on all nodes")
            return nil
        }
        return address
    }

    private mutating func hostAddress(_ word: Word, _ owner: String) -> IPAddress? {
        guard let address = IPAddress(word.text) else {
            findings.refuse(
                word.range, "\(owner) '\(word.text)' is no IP address", fix: hint(for: word))
            return nil
        }
        let isHost: Bool
        switch address {
        case .v4(let v4):
            isHost =
                !v4.isMulticast && !v4.isLoopback && v4.rawValue >> 24 != 0 && v4.rawValue != .max
        case .v6(let v6):
            isHost =
                !v6.isMulticast && !v6.isLoopback && v6 != .any && v6.mappedIPv4 == nil
        }
        guard isHost else {
            findings.refuse(
                word.range, "\(owner) \(word.text) is not an address of a node on a network")
            return nil
        }
        return address
    }

    private mutating func sayMulticast(_ owner: String, _ range: SourceRange) {
        findings.mention(
            .warning, range,
            "\(owner) A unicast keyword has been specified without any unicast peers. Defaulting to "
                + "multicast. This usage is deprecated - please update your configuration.",
            fix: "name the other nodes in 'unicast_peer'")
    }

    /// What only shows when all lines of the instance are read.
    mutating func finishTransport(
        of instance: inout VirtualRouterSettings, _ draft: KeepalivedInstanceDraft
    ) {
        let owner = "(\(instance.name))"
        let range = draft.name.range
        finishGroup(of: &instance, draft)
        finishVirtualMAC(of: &instance, draft)
        guard !instance.unicastPeers.isEmpty else {
            if instance.unicastSource != nil { sayMulticast(owner, range) }
            return
        }
        if let source = instance.unicastSource, instance.unicastPeers.contains(source) {
            findings.refuse(
                range, "\(owner) \(source) is its own unicast peer",
                fix: "name the other nodes in 'unicast_peer'")
        }
        for address in instance.addresses + instance.excludedAddresses
        where instance.unicastPeers.contains(address.prefix.address) {
            findings.refuse(
                range,
                "\(owner) unicast peer \(address.prefix.address) is one of its own addresses",
                fix: "name the address that the other node always has")
        }
    }

    private mutating func finishGroup(
        of instance: inout VirtualRouterSettings, _ draft: KeepalivedInstanceDraft
    ) {
        instance.multicastGroup = instance.isIPv4 ? globals.group4 : globals.group6
        guard let group = draft.multicastGroup else { return }
        if group.isIPv4 == instance.isIPv4 {
            instance.multicastGroup = group
        } else {
            findings.report(
                draft.name.range,
                "(\(instance.name)) mcast_dst_ip \(group) is not of the family of the instance - "
                    + "ignoring")
        }
    }
}
