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
                address.isTracked = option.text == "no_track" ? false : address.isTracked
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
        guard address.isIPv4 else {
            findings.refuse(
                word.range, "(\(owner)) IPv6 addresses are not supported yet",
                fix: "remove '\(word.text)'", cause: addressCause(owner))
            return nil
        }
        if let v4 = IPv4Address(host), v4.isMulticast || v4.isLoopback || v4.rawValue >> 24 == 0 {
            findings.mention(
                .warning, word.range, "\(word.text) is not an address that others can reach")
        }
        guard parts.count == 2 else { return IPPrefix(address, length: 32) }
        if let length = Int(parts[1]), let prefix = IPPrefix(address, length: length) {
            return prefix
        }
        findings.report(
            word.range,
            "Invalid address prefix len \(parts[1]) for address \(word.text) - using 32")
        return IPPrefix(address, length: 32)
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
