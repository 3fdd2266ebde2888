import ConfigurationLanguage
import Core
import Diagnostics

/// A `vrrp_instance` while its block is read: what depends on several lines is decided at its end.
struct KeepalivedInstanceDraft {
    var settings: VirtualRouterSettings
    let name: Word
    /// nil until `virtual_router_id` was read.
    var virtualRouterID: UInt8?
    var version: VirtualRouterSettings.Version?
    var priority: UInt8?
    var interval: (value: Duration, range: SourceRange)?
    var higherPrioritySendAdvertisement: Bool?
    var authentication: KeepalivedStatement?
    var signature: KeepalivedStatement?
    var isPasswordType = true
    var wantsNoAddresses = false
    /// Whether addresses were left out after a report.
    var hasWrongAddresses = false
    /// The family of the first address that was read; nil until then.
    var isIPv4: Bool?
    var multicastGroup: IPAddress?
    var virtualMAC: KeepalivedVirtualMAC?
}

extension KeepalivedResolver {
    /// `vrrp_instance NAME { … }`
    mutating func addInstance(_ statement: KeepalivedStatement) {
        guard let name = name(of: statement) else { return }
        guard settings.instances.count < KeepalivedResolver.instanceLimit else {
            findings.refuse(name.range, "more than \(KeepalivedResolver.instanceLimit) instances")
            return
        }
        guard !instanceNames.contains(name.text) else {
            findings.report(
                name.range, "vrrp instance \(name.text) already defined",
                fix: "rename one of the two; the first one is used")
            return
        }
        var draft = KeepalivedInstanceDraft(
            settings: VirtualRouterSettings(
                name: name.text, virtualRouterID: 0, range: statement.range),
            name: name)
        draft.settings.garp = globals.garp
        draft.settings.lowerPriorityNoAdvertisement = globals.lowerPriorityNoAdvertisement
        draft.settings.downTimerAdvertisements = globals.downTimerAdvertisements
        draft.settings.v3ChecksumAsV2 = globals.v3ChecksumAsV2
        draft.settings.skipsAddressListCheck = globals.skipsAddressListCheck
        draft.settings.isStrict = globals.isStrict
        draft.settings.notify.tellsPriorities = globals.notifiesPriorityChanges
        for inner in statement.block ?? [] where isKnown(inner, in: .instance) {
            if !apply(inner, to: &draft) { sayUnhandled(inner) }
        }
        guard let finished = finish(draft) else { return }
        instanceNames.insert(name.text)
        settings.instances.append(finished)
    }

    private mutating func apply(
        _ statement: KeepalivedStatement, to draft: inout KeepalivedInstanceDraft
    ) -> Bool {
        let name = draft.name.text
        if statement.keyword == "notify_priority_changes" {
            if let value = flag(statement, name) { draft.settings.notify.tellsPriorities = value }
            return true
        }
        if statement.keyword.hasPrefix("notify") {
            return applyNotify(statement, to: &draft.settings.notify)
        }
        if statement.keyword.hasPrefix("garp_") {
            return applyAnnouncement(
                statement, statement.keyword, "(\(name)): ", to: &draft.settings.garp)
        }
        switch statement.keyword {
        case "state": applyState(statement, to: &draft)
        case "interface":
            guard let word = argument(statement) else { break }
            draft.settings.interface = interface(word, of: "vrrp_instance \(name)")
        case "virtual_router_id":
            let value = number(statement, in: 1...255) {
                "(\(name)): VRID '\($0)' not valid - must be between 1 & 255"
            }
            if let value { draft.virtualRouterID = UInt8(value) }
        case "priority":
            let value = number(statement, in: 1...255) { _ in
                "(\(name)) Priority not valid! must be between 1 & 255. Using default 100"
            }
            if !statement.arguments.isEmpty { draft.priority = UInt8(value ?? 100) }
        case "advert_int":
            let value = seconds(statement, in: .milliseconds(10)...(.seconds(255))) {
                "(\(name)) Advert interval (\($0)) not valid! Must be > 0 - ignoring"
            }
            if let value { draft.interval = (value, statement.range) }
        case "version":
            let value = number(statement, in: 2...3) { _ in
                "(\(name)): Version must be either 2 or 3"
            }
            if let value { draft.version = value == 3 ? .v3 : .v2 }
        case "virtual_ipaddress": addAddresses(statement, to: &draft, \.addresses)
        case "virtual_ipaddress_excluded": addAddresses(statement, to: &draft, \.excludedAddresses)
        case "unicast_peer": addPeers(statement, to: &draft)
        case "unicast_src_ip":
            draft.settings.unicastSource =
                source(statement, of: &draft) ?? draft.settings.unicastSource
        case "mcast_src_ip":
            draft.settings.multicastSource =
                source(statement, of: &draft) ?? draft.settings.multicastSource
        case "mcast_dst_ip": draft.multicastGroup = group(statement) ?? draft.multicastGroup
        case "virtual_routes": draft.settings.routes += routes(statement)
        case "virtual_rules": draft.settings.rules += rules(statement)
        case "native_ipv6": applyNativeIPv6(statement, to: &draft)
        case "use_vmac": useVirtualMAC(statement, in: &draft)
        case "vmac_xmit_base":
            draft.virtualMAC = draft.virtualMAC ?? KeepalivedVirtualMAC()
            draft.virtualMAC?.transmitsFromBase = true
        case "no_virtual_ipaddress": draft.wantsNoAddresses = true
        case "track_script":
            for item in statement.block ?? [] { trackScript(item, in: &draft.settings) }
        case "track_file":
            for item in statement.block ?? [] { trackFile(item, in: &draft.settings) }
        case "track_process":
            for item in statement.block ?? [] { trackProcess(item, in: &draft.settings) }
        case "track_interface":
            for item in statement.block ?? [] { trackInterface(item, in: &draft.settings) }
        case "track_proxy": trackProxy(statement, in: &draft.settings)
        case "authentication":
            if let first = draft.authentication {
                findings.mention(
                    .warning, statement.range,
                    "(\(name)) a second 'authentication': it takes the place of the one in line"
                        + " \(first.range.line), as in keepalived", fix: "leave one of them")
            }
            draft.authentication = statement
        case "auth_hmac":
            if let first = draft.signature {
                findings.refuse(
                    statement.range,
                    "(\(name)) a second 'auth_hmac': the first one is in line \(first.range.line)",
                    fix: "write all keys in one block")
            }
            draft.signature = statement
        default: return applySwitch(statement, to: &draft)
        }
        return true
    }

    /// Keywords that are on, off or a small number.
    private mutating func applySwitch(
        _ statement: KeepalivedStatement, to draft: inout KeepalivedInstanceDraft
    ) -> Bool {
        let name = draft.name.text
        switch statement.keyword {
        case "dont_track_primary": draft.settings.dontTrackPrimary = true
        case "nopreempt": draft.settings.preempts = false
        case "preempt": draft.settings.preempts = true
        case "preempt_delay":
            let value = seconds(statement, in: .zero...(.seconds(1000))) { _ in
                "(\(name)) Preempt_delay not valid! must be between 0-1000"
            }
            if let value { draft.settings.preemptDelay = value }
        case "accept": break
        case "owner_ignore_adverts":
            if let value = flag(statement, name) {
                draft.settings.ownerIgnoresAdvertisements = value
            }
        case "unicast_ttl":
            let value = number(statement, in: 1...255) {
                "(\(name)): unicast_ttl '\($0)' not valid - must be between 1 & 255"
            }
            if let value { draft.settings.unicastTimeToLive = UInt8(value) }
        case "fast_hand_over":
            if let value = flag(statement, name) { draft.settings.handsOverFast = value }
        case "lower_prio_no_advert":
            if let value = flag(statement, name) {
                draft.settings.lowerPriorityNoAdvertisement = value
            }
        case "higher_prio_send_advert":
            if let value = flag(statement, name) { draft.higherPrioritySendAdvertisement = value }
        case "skip_check_adv_addr":
            if let value = flag(statement, name) { draft.settings.skipsAddressListCheck = value }
        case "strict_mode":
            if let value = flag(statement, name) { draft.settings.isStrict = value }
        case "v3_checksum_as_v2":
            if let value = flag(statement, name) { draft.settings.v3ChecksumAsV2 = value }
        case "down_timer_adverts":
            let value = number(statement, in: 1...100) {
                "(\(name)) down_timer_adverts '\($0)' is invalid - ignoring"
            }
            if let value { draft.settings.downTimerAdvertisements = value }
        default: return false
        }
        return true
    }

    private mutating func applyState(
        _ statement: KeepalivedStatement, to draft: inout KeepalivedInstanceDraft
    ) {
        guard let word = argument(statement) else { return }
        switch word.text {
        case "MASTER": draft.settings.wantsMaster = true
        case "BACKUP": draft.settings.wantsMaster = false
        default:
            findings.report(
                word.range,
                "(\(draft.name.text)) unknown state '\(word.text)', defaulting to BACKUP",
                fix: "MASTER or BACKUP")
            draft.settings.wantsMaster = false
        }
    }

    /// The name of an interface; a missing one is waited for, and said.
    mutating func interface(_ word: Word, of owner: String) -> String {
        if !loader.interfaceExists(word.text) {
            findings.mention(
                .warning, word.range,
                "interface \(word.text) for \(owner) doesn't exist",
                fix: "it is waited for; until then the state is FAULT")
        }
        return word.text
    }
}
