import ConfigurationLanguage
import Core
import Diagnostics

extension KeepalivedResolver {
    /// Decides what depends on several lines of an instance; nil where it cannot run.
    mutating func finish(_ draft: KeepalivedInstanceDraft) -> VirtualRouterSettings? {
        var instance = draft.settings
        let name = draft.name.text
        let range = draft.name.range
        guard let virtualRouterID = draft.virtualRouterID else {
            findings.report(
                range, "(\(name)) the virtual router id must be set",
                fix: "add 'virtual_router_id', the same on all nodes")
            return nil
        }
        guard instance.interface != nil else {
            findings.report(range, "(\(name)) Unknown interface!", fix: "add 'interface'")
            return nil
        }
        instance.virtualRouterID = virtualRouterID
        instance.isIPv4 = draft.isIPv4 ?? true
        instance.version = draft.version ?? (instance.isIPv4 ? globals.version : .v3)
        if !instance.isIPv4, instance.version == .v2 {
            findings.refuse(
                range, "(\(name)) VRRPv2 over IPv6 is not supported: it never was a standard",
                fix: "write 'version 3' on all nodes")
            instance.version = .v3
        }
        finishPriority(of: &instance, draft)
        finishInterval(of: &instance, draft)
        finishPreemption(of: &instance, range)
        if let statement = draft.authentication { authenticate(&instance, statement) }
        if let statement = draft.signature { sign(&instance, statement) }
        instance.higherPrioritySendAdvertisement =
            draft.higherPrioritySendAdvertisement ?? globals.higherPrioritySendAdvertisement
            ?? !instance.isStrict
        finishStrictness(of: &instance, range)
        if instance.addresses.isEmpty, !draft.wantsNoAddresses { sayAddressless(draft) }
        finishTransport(of: &instance, draft)
        mentionGlobalFirst(instance, range)
        finishTracking(of: &instance, range)
        return instance
    }

    /// RFC 9568 section 5.2.9; keepalived tells it, and runs.
    private mutating func mentionGlobalFirst(
        _ instance: VirtualRouterSettings, _ range: SourceRange
    ) {
        guard case .v6(let first)? = instance.addresses.first?.prefix.address, !first.isLinkLocal
        else { return }
        findings.mention(
            .warning, range,
            "(\(instance.name)) the first IPv6 VIP address should be link local",
            fix: "write an address of fe80::/10 first: other makes of router insist on it")
    }

    private mutating func finishPriority(
        of instance: inout VirtualRouterSettings, _ draft: KeepalivedInstanceDraft
    ) {
        if let priority = draft.priority {
            instance.priority = priority
        } else if instance.wantsMaster {
            // Measured: keepalived 2.2.7 takes 255 here.
            instance.priority = 255
            findings.mention(
                .warning, draft.name.range,
                "(\(instance.name)) state MASTER without a priority means 255, the address owner",
                fix: "add 'priority', different on each node")
        }
    }

    private mutating func finishInterval(
        of instance: inout VirtualRouterSettings, _ draft: KeepalivedInstanceDraft
    ) {
        guard let interval = draft.interval else { return }
        var microseconds = interval.value.nanoseconds / 1000
        let written = interval.value.fixed(decimals: 6)
        let owner = "(\(instance.name))"
        switch instance.version {
        case .v2 where microseconds % 1_000_000 != 0:
            findings.report(
                interval.range,
                "\(owner) VRRPv2 advertisement interval \(written)s must be an integer. rounding",
                fix: "use whole seconds, or 'version 3' on all nodes")
            microseconds = max(1, (microseconds + 500_000) / 1_000_000) * 1_000_000
        case .v3 where microseconds > 40_950_000:
            findings.report(
                interval.range,
                "\(owner) VRRPv3 advertisement interval \(interval.value.fixed(decimals: 2))s is "
                    + "out of range. Must be less than 40.96s. Setting to 40.95s")
            microseconds = 40_950_000
        case .v3 where microseconds % 10_000 != 0:
            findings.report(
                interval.range,
                "\(owner) VRRPv3 advertisement interval \(written)s must be in units of 10ms - "
                    + "rounding")
            microseconds = max(1, (microseconds + 5000) / 10_000) * 10_000
        default: break
        }
        instance.advertisementInterval = .microseconds(microseconds)
    }

    private mutating func finishPreemption(
        of instance: inout VirtualRouterSettings, _ range: SourceRange
    ) {
        let owner = "(\(instance.name))"
        if !instance.preempts, instance.priority == 255 {
            findings.report(
                range, "\(owner) nopreempt is incompatible with priority 255. resetting nopreempt")
            instance.preempts = true
        } else if !instance.preempts, instance.wantsMaster {
            findings.report(
                range,
                "\(owner) Warning - nopreempt will not work with initial state MASTER - clearing",
                fix: "write 'state BACKUP'")
            instance.preempts = true
        }
        guard instance.preemptDelay > .zero else { return }
        if instance.wantsMaster {
            findings.report(
                range,
                "\(owner) Warning - preempt delay will not work with initial state MASTER - "
                    + "clearing", fix: "write 'state BACKUP'")
            instance.preemptDelay = .zero
        } else if !instance.preempts {
            findings.report(
                range,
                "\(owner) preempt_delay is incompatible with nopreempt mode - resetting",
                fix: "remove one of the two")
            instance.preemptDelay = .zero
        }
    }

    /// `authentication { auth_type PASS auth_pass … }`
    private mutating func authenticate(
        _ instance: inout VirtualRouterSettings, _ statement: KeepalivedStatement
    ) {
        let owner = "(\(instance.name))"
        var hasType = false
        for inner in statement.block ?? [] where isKnown(inner, in: .authentication) {
            guard let word = argument(inner) else { continue }
            switch inner.keyword {
            case "auth_type":
                switch word.text {
                case "PASS": hasType = true
                case "AH":
                    findings.refuse(
                        word.range, "'auth_type AH' is not supported: IPsec AH is deprecated",
                        fix: "use PASS, or no authentication, on all nodes")
                default:
                    findings.report(
                        word.range, "\(owner) unknown authentication type '\(word.text)'",
                        fix: "PASS")
                }
            case "auth_pass":
                if word.bytes.count > 8 {
                    findings.report(
                        word.range, "Truncating auth_pass to 8 characters",
                        fix: "write its first 8 only: nothing else is compared")
                }
                instance.password = VRRPPassword(bytes: word.bytes)
            default: sayUnhandled(inner)
            }
        }
        if instance.version == .v3 {
            findings.report(
                statement.range,
                "\(owner) VRRP version 3 does not support authentication. Ignoring.",
                fix: "remove the block")
            instance.password = nil
        } else if instance.isStrict {
            findings.report(
                statement.range, "\(owner) Strict mode does not support authentication. Ignoring.",
                fix: "remove the block")
            instance.password = nil
        } else if instance.password == nil {
            findings.report(
                statement.range,
                "\(owner) Authentication specified but no password given. Ignoring",
                fix: "add 'auth_pass'")
        } else if !hasType {
            // keepalived: no type, no authentication.
            findings.report(
                statement.range, "\(owner) Authentication specified but no type given. Ignoring",
                fix: "add 'auth_type PASS'")
            instance.password = nil
        }
    }

    /// What `vrrp_strict` forbids, and what it does to a load balancer.
    private mutating func finishStrictness(
        of instance: inout VirtualRouterSettings, _ range: SourceRange
    ) {
        guard instance.isStrict else { return }
        let owner = "(\(instance.name))"
        findings.mention(
            .warning, range,
            "\(owner) strict mode: with keepalived, nodes that are not the owner drop traffic to "
                + "the addresses; here they accept it",
            fix: "remove 'vrrp_strict': it is not made for load balancers")
        if instance.wantsMaster != (instance.priority == 255) {
            findings.report(
                range, "\(owner) State MASTER must match being address owner",
                fix: "write 'state BACKUP', or priority 255")
            instance.wantsMaster = instance.priority == 255
        }
        if instance.preemptDelay > .zero {
            findings.report(
                range, "\(owner) preempt_delay is incompatible with strict mode - resetting")
            instance.preemptDelay = .zero
        }
        instance.lowerPriorityNoAdvertisement = true
        instance.higherPrioritySendAdvertisement = false
        instance.downTimerAdvertisements = 3
        instance.garp.lowerPriorityRepeat = 0
    }
}

extension Duration {
    /// Seconds with this many decimals, at most six, as C prints them.
    func fixed(decimals: Int) -> String {
        let microseconds = nanoseconds / 1000
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let digits = String(rest)
        let padded = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        return "\(whole).\(padded.prefix(decimals))"
    }
}
