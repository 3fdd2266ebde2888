import ConfigurationLanguage
import Core
import Diagnostics

/// Defaults of `global_defs` for instances.
struct KeepalivedGlobals {
    var version = VirtualRouterSettings.Version.v2
    var garp = GratuitousARPSettings()
    var lowerPriorityNoAdvertisement = false
    /// nil: ours, which is on but for strict instances.
    var higherPrioritySendAdvertisement: Bool?
    var downTimerAdvertisements = 3
    var v3ChecksumAsV2 = false
    var skipsAddressListCheck = false
    var isStrict = false
    var group4 = VirtualRouterSettings.usualGroup(isIPv4: true)
    var group6 = VirtualRouterSettings.usualGroup(isIPv4: false)
    /// `vmac_prefix`
    var virtualMACPrefix = "vrrp"
    /// `default_interface`: of static addresses that name none.
    var defaultInterface = "eth0"
    var notifiesPriorityChanges = false
}

extension KeepalivedResolver {
    /// Handles a keyword of `global_defs`; false when it has no case here.
    mutating func applyGlobal(_ statement: KeepalivedStatement) -> Bool {
        let name = statement.keyword
        if name.hasPrefix("vrrp_garp_") || name == "vrrp_gna_interval" {
            var garp = globals.garp
            defer { globals.garp = garp }
            return applyAnnouncement(
                statement, String(name.dropFirst("vrrp_".count)), "", to: &garp)
        }
        switch name {
        case "router_id":
            guard let word = statement.arguments.first else {
                findings.report(statement.range, "routerid name missing - ignoring")
                break
            }
            settings.routerID = word.text
            expectEnd(statement, after: 2)
        case "vrrp_version":
            let value = number(statement, in: 2...3) { _ in
                "VRRP Error: Version must be either 2 or 3"
            }
            if let value { globals.version = value == 3 ? .v3 : .v2 }
        case "vrrp_mcast_group4": globals.group4 = group(statement, isIPv4: true) ?? globals.group4
        case "vrrp_mcast_group6": globals.group6 = group(statement, isIPv4: false) ?? globals.group6
        case "default_interface":
            if let word = argument(statement) {
                globals.defaultInterface = interface(word, of: "default_interface")
            }
        case "vmac_prefix":
            if let word = argument(statement), let prefix = linkName(word, limit: 10) {
                globals.virtualMACPrefix = prefix
            }
        case "vrrp_min_garp":
            if flag(statement) == true {
                globals.garp.masterRepeat = 1
                globals.garp.masterDelay = .zero
            }
        case "vrrp_lower_prio_no_advert":
            if let value = flag(statement) { globals.lowerPriorityNoAdvertisement = value }
        case "vrrp_higher_prio_send_advert":
            if let value = flag(statement) { globals.higherPrioritySendAdvertisement = value }
        case "vrrp_down_timer_adverts":
            let value = number(statement, in: 1...100) {
                "vrrp_down_timer_adverts '\($0)' is invalid - ignoring"
            }
            if let value { globals.downTimerAdvertisements = value }
        case "v3_checksum_as_v2":
            if let value = flag(statement) { globals.v3ChecksumAsV2 = value }
        case "vrrp_skip_check_adv_addr":
            if let value = flag(statement) { globals.skipsAddressListCheck = value }
        case "vrrp_strict":
            if let value = flag(statement) { globals.isStrict = value }
        case "vrrp_startup_delay":
            let value = seconds(statement, in: .milliseconds(1)...(.seconds(86400))) {
                "vrrp_startup_delay '\($0)' is invalid - ignoring"
            }
            if let value { settings.startupDelay = value }
        case "enable_script_security": settings.scriptSecurity = true
        case "script_user":
            guard argument(statement, of: 2) != nil else { break }
            if let user = user(statement.arguments) {
                settings.scriptUser = user
            } else {
                findings.report(
                    statement.range, "Unable to set default user for scripts",
                    fix: "create the user and the group, or name others")
            }
        case "max_learned_interval":
            let value = seconds(statement, in: .milliseconds(10)...(.milliseconds(40950))) {
                "max_learned_interval '\($0)' is invalid - ignoring"
            }
            if let value { settings.maxLearnedInterval = value }
        default: return applyFIFO(statement)
        }
        return true
    }

    /// Chooses whom scripts run as that name nobody.
    mutating func finishGlobals() {
        guard settings.scriptUser == nil else { return }
        let fallback = "keepalived_script"
        if let user = loader.user(fallback) {
            settings.scriptUser = ScriptUser(
                name: fallback, userID: user.userID, groupID: user.groupID)
        } else if !settings.scriptSecurity {
            settings.scriptUser = ScriptUser(name: "root", userID: 0, groupID: 0)
        }
    }

    /// Handles a `garp_` keyword of an instance, or its `vrrp_garp_` default; `owner` is "(VI_1): " or empty.
    mutating func applyAnnouncement(
        _ statement: KeepalivedStatement, _ name: String, _ owner: String,
        to garp: inout GratuitousARPSettings
    ) -> Bool {
        // keepalived's limit: what fits in 32 bits of microseconds.
        let longest = Duration.seconds(4294)
        let invalid: (String) -> String = { "\(owner)\(name) '\($0)' invalid - ignoring" }
        switch name {
        case "garp_master_delay":
            if let value = seconds(statement, in: .zero...longest, orSay: invalid) {
                garp.masterDelay = value
            }
        case "garp_master_refresh":
            if let value = seconds(statement, in: .zero...longest, orSay: invalid) {
                garp.masterRefresh = value
            }
        case "garp_lower_prio_delay":
            if let value = seconds(statement, in: .zero...longest, orSay: invalid) {
                garp.lowerPriorityDelay = value
            }
        case "garp_interval":
            if let value = seconds(statement, in: .zero...longest, orSay: invalid) {
                garp.interval = value
            }
        case "gna_interval":
            if let value = seconds(statement, in: .zero...longest, orSay: invalid) {
                garp.neighborInterval = value
            }
        case "garp_master_repeat":
            if let value = repeats(statement, atLeast: 1, name, owner) { garp.masterRepeat = value }
        case "garp_master_refresh_repeat":
            if let value = repeats(statement, atLeast: 1, name, owner) {
                garp.masterRefreshRepeat = value
            }
        case "garp_lower_prio_repeat":
            if let value = repeats(statement, atLeast: 0, name, owner) {
                garp.lowerPriorityRepeat = value
            }
        default: return false
        }
        return true
    }

    private mutating func repeats(
        _ statement: KeepalivedStatement, atLeast least: Int, _ name: String, _ owner: String
    ) -> Int? {
        if least == 1, statement.arguments.first?.text == "0" {
            findings.report(
                statement.range, "\(owner)\(name) must be greater than 0, setting to 1")
            return 1
        }
        return number(statement, in: least...1000) { "\(owner)\(name) '\($0)' invalid - ignoring" }
    }
}
