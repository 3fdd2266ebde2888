import ConfigurationLanguage
import Core
import Diagnostics

extension KeepalivedResolver {
    /// `virtual_ipaddress { … }` and `virtual_ipaddress_excluded { … }`
    mutating func addAddresses(
        _ statement: KeepalivedStatement, to draft: inout KeepalivedInstanceDraft,
        _ list: WritableKeyPath<VirtualRouterSettings, [VirtualAddress]>
    ) {
        let name = draft.name.text
        for item in statement.block ?? [] {
            guard let address = virtualAddress(item, of: name) else {
                draft.hasWrongAddresses = true
                continue
            }
            let isIPv4 = draft.isIPv4 ?? address.prefix.address.isIPv4
            if list == \.addresses {
                draft.isIPv4 = isIPv4
                guard address.prefix.address.isIPv4 == isIPv4 else {
                    findings.report(
                        item.range,
                        "(\(name)): address family must match VRRP instance "
                            + "[\(item.words.first?.text ?? "")] - ignoring",
                        fix:
                            "write it in 'virtual_ipaddress_excluded', or in an instance of its own"
                    )
                    continue
                }
            }
            let known = draft.settings.addresses + draft.settings.excludedAddresses
            guard !known.contains(where: { $0.prefix == address.prefix }) else { continue }
            guard draft.settings[keyPath: list].count < KeepalivedResolver.addressLimit else {
                findings.refuse(
                    item.range,
                    "(\(name)) Number of VIPs exceeds maximum/space available in packet (max "
                        + "\(KeepalivedResolver.addressLimit) addresses)",
                    fix: "share them out over several instances")
                return
            }
            draft.settings[keyPath: list].append(address)
        }
    }

    /// `static_ipaddress`, `static_routes`, `static_rules`
    mutating func addFixed(_ statement: KeepalivedStatement) {
        switch statement.keyword {
        case "static_routes": settings.fixed.routes += routes(statement)
        case "static_rules": settings.fixed.rules += rules(statement)
        case "static_ipaddress":
            for item in statement.block ?? [] {
                guard var address = virtualAddress(item, of: "static_ipaddress") else { continue }
                guard settings.fixed.addresses.count < KeepalivedResolver.routeLimit else {
                    findings.refuse(
                        item.range, "more than \(KeepalivedResolver.routeLimit) addresses")
                    return
                }
                address.device = address.device ?? globals.defaultInterface
                settings.fixed.addresses.append(address)
            }
        default: return
        }
    }

    /// keepalived says it, and runs.
    mutating func sayAddressless(_ draft: KeepalivedInstanceDraft) {
        findings.report(
            draft.name.range, "(\(draft.name.text)) No VIP specified; at least one is sensible",
            fix: "add 'virtual_ipaddress', or 'no_virtual_ipaddress' where a script moves it",
            // A consequence is shown below its cause.
            cause: draft.hasWrongAddresses ? addressCause(draft.name.text) : nil)
    }

    private func addressCause(_ owner: String) -> String { "addresses of \(owner)" }

    /// `ADDRESS[/MASK] [dev …] [label …] …`; nil, after a report, where it is left out.
    private mutating func virtualAddress(
        _ item: KeepalivedStatement, of owner: String
    ) -> VirtualAddress? {
        guard let word = item.words.first, let prefix = prefix(word, of: owner) else { return nil }
        var address = VirtualAddress(prefix: prefix)
        var index = 1
        while index < item.words.count {
            let option = item.words[index]
            index += 1
            let value = item.words.indices.contains(index) ? item.words[index] : nil
            guard let keyword = KeepalivedKeyword.find(option.text, in: .virtualAddress) else {
                findings.report(
                    option.range,
                    "Unknown configuration entry '\(option.text)' for ip address - ignoring",
                    fix: IPAddress(option.text) == nil ? nil : "write each address in its own line")
                continue
            }
            guard isKnown(KeepalivedStatement(words: [option]), in: .virtualAddress) else {
                continue
            }
            if keyword.arguments.isEmpty {
                if option.text == "no_track" { address.isTracked = false }
                address.flags |= KeepalivedResolver.addressFlag(option.text)
                continue
            }
            guard let value else {
                findings.report(option.range, "'\(option.text)' needs a value")
                continue
            }
            index += 1
            guard apply(option.text, value, to: &address, written: word.text) else { return nil }
        }
        return address
    }

    /// False: the whole address is left out.
    private mutating func apply(
        _ option: String, _ value: Word, to address: inout VirtualAddress, written: String
    ) -> Bool {
        switch option {
        case "dev": address.device = interface(value, of: "ip address \(written)")
        case "label":
            // IFNAMSIZ with its zero byte.
            guard value.bytes.count <= 15 else {
                findings.report(
                    value.range,
                    "Address label \(value.text) is longer than maximum length 15 - removing "
                        + "address", fix: "shorten it")
                return false
            }
            address.label = value.text
        case "scope":
            if let scope = KeepalivedResolver.scope(value.text) {
                address.scope = scope
            } else {
                findings.report(
                    value.range,
                    "Invalid scope '\(value.text)' specified for \(written) - ignoring",
                    fix: "global, site, link, host, nowhere or a number")
            }
        case "preferred_lft":
            if let seconds = KeepalivedResolver.lifetime(value.text) {
                address.preferredLifetime = seconds
            } else {
                findings.report(
                    value.range, "Invalid preferred_lft '\(value.text)' - ignoring",
                    fix: "seconds, 'forever' or 0")
            }
        case "brd", "broadcast":
            if let broadcast = IPv4Address(value.text) {
                address.broadcast = broadcast
            } else {
                findings.report(
                    value.range, "Invalid broadcast address '\(value.text)' - ignoring")
            }
        default:
            findings.refuse(value.range, "'\(option)' is known but not handled here")
        }
        return true
    }

    private mutating func prefix(_ word: Word, of owner: String) -> IPPrefix? {
        let parts = word.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, let address = IPAddress(host) else {
            findings.report(
                word.range, "VRRP parsed invalid IP \(word.text). skipping IP...",
                fix: hint(for: word) ?? "an address such as 10.0.0.50 or 10.0.0.50/24",
                cause: addressCause(owner))
            return nil
        }
        let isUseless =
            switch address {
            case .v4(let v4): v4.isMulticast || v4.isLoopback || v4.rawValue >> 24 == 0
            case .v6(let v6): v6.isMulticast || v6.isLoopback || v6 == .any
            }
        if isUseless {
            findings.mention(
                .warning, word.range, "\(word.text) is not an address that others can reach")
        }
        let whole = address.isIPv4 ? 32 : 128
        guard parts.count == 2 else { return IPPrefix(address, length: whole) }
        if let length = Int(parts[1]), let prefix = IPPrefix(address, length: length) {
            return prefix
        }
        findings.report(
            word.range,
            "Invalid address prefix len \(parts[1]) for address \(word.text) - using \(whole)")
        return IPPrefix(address, length: whole)
    }

    /// IFA_F_ numbers of if_addr.h.
    private static func addressFlag(_ option: String) -> UInt32 {
        switch option {
        case "home": 0x10
        case "mngtmpaddr": 0x100
        case "noprefixroute": 0x200
        case "autojoin": 0x400
        default: 0
        }
    }

    private static func lifetime(_ text: String) -> UInt32? {
        text == "forever" || text == "infinite" ? .max : UInt32(text)
    }

    /// rtnetlink(7)'s numbers.
    static func scope(_ text: String) -> UInt8? {
        switch text {
        case "global": 0
        case "site": 200
        case "link": 253
        case "host": 254
        case "nowhere": 255
        default: UInt8(text)
        }
    }
}
