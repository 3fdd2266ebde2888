import ConfigurationLanguage
import Core
import Diagnostics

/// What is valid word by word and still does not do what somebody expects of it.
extension KeepalivedResolver {
    mutating func crossCheck() {
        for instance in settings.instances {
            mentionUnservedAddresses(of: instance)
            mentionLostWeights(of: instance)
        }
        mentionForeignBinds()
    }

    /// A frontend on an address that this host has not and no virtual router brings: it listens, and nobody comes.
    private mutating func mentionForeignBinds() {
        guard !settings.instances.isEmpty else { return }
        let virtual = Set(
            settings.instances.flatMap { $0.addresses + $0.excludedAddresses }
                .map(\.prefix.address))
        var told: Set<IPAddress> = []
        for bind in proxies.filter(\.isFrontend).flatMap(\.binds) {
            guard case .address(.ip(let address, _)) = bind.address, !address.isAny,
                !virtual.contains(address), !loader.hasAddress(address),
                told.insert(address).inserted
            else { continue }
            findings.mention(
                .warning, bind.range,
                "a frontend listens on \(address), which is neither an address of this host nor a virtual one",
                fix: "add it to 'virtual_ipaddress', or correct it")
        }
    }

    /// A virtual address of a load balancer on which nobody listens.
    private mutating func mentionUnservedAddresses(of instance: VirtualRouterSettings) {
        let binds = proxies.filter(\.isFrontend).flatMap(\.binds)
        // Sockets that were opened elsewhere may listen on anything.
        let listening: [IPAddress] = binds.compactMap {
            if case .address(.ip(let address, _)) = $0.address { address } else { nil }
        }
        guard !listening.isEmpty, listening.count == binds.count else { return }
        let serves4 = listening.contains(.v4(.any)) || listening.contains(.v6(.any))
        let serves6 = listening.contains(.v6(.any))
        for virtual in instance.addresses + instance.excludedAddresses {
            let address = virtual.prefix.address
            // The protocol wants one of these first (RFC 9568 section 5.2.9); clients do not use it.
            if case .v6(let v6) = address, v6.isLinkLocal { continue }
            guard !listening.contains(address), !(address.isIPv4 ? serves4 : serves6) else {
                continue
            }
            findings.mention(
                .warning, instance.range,
                "(\(instance.name)) no frontend listens on \(address)",
                fix: "bind one to it, or to all addresses with 'bind *:PORT'")
        }
    }

    /// Weights that the limits of the priority swallow: such a check can never cause a fail-over.
    private mutating func mentionLostWeights(of instance: VirtualRouterSettings) {
        guard instance.priority != 255 else { return }
        let tracked = weights(of: instance)
        let allGood = Int(instance.priority) + tracked.reduce(0) { $0 + $1.move(isGood: true) }
        let priority = KeepalivedResolver.limited(allGood)
        for weight in tracked where weight.value != 0 {
            let oneBad = allGood - weight.move(isGood: true) + weight.move(isGood: false)
            guard KeepalivedResolver.limited(oneBad) == priority else { continue }
            findings.mention(
                .warning, instance.range,
                "(\(instance.name)) weight \(weight.value) of \(weight.name) can never cause a "
                    + "fail-over: the priority is \(priority) with it and without it",
                fix: "choose a 'priority' that leaves room for it between 1 and 254")
        }
    }

    private struct Weight {
        let name: String
        let value: Int
        let isReversed: Bool

        func move(isGood: Bool) -> Int {
            let counts = isGood != isReversed
            return value > 0 ? (counts ? value : 0) : (counts ? 0 : value)
        }
    }

    private func weights(of instance: VirtualRouterSettings) -> [Weight] {
        var weights: [Weight] = []
        for tracked in instance.trackScripts {
            let script = scriptIndices[tracked.name].map { settings.scripts[$0] }
            weights.append(
                Weight(
                    name: "script \(tracked.name)",
                    value: tracked.weight ?? script?.weight ?? 0, isReversed: tracked.reverse))
        }
        for tracked in instance.trackInterfaces {
            weights.append(
                Weight(
                    name: "interface \(tracked.name)", value: tracked.weight,
                    isReversed: tracked.reverse))
        }
        for target in instance.trackProxy?.targets ?? [] {
            weights.append(
                Weight(
                    name: "\(target.kind) \(target.name)", value: target.weight,
                    isReversed: false))
        }
        if let value = instance.trackProxy?.weight {
            weights.append(Weight(name: "the proxy engine", value: value, isReversed: false))
        }
        return weights
    }

    /// Priorities that tracking can lead to: 0 and 255 have meanings of their own.
    private static func limited(_ priority: Int) -> Int { min(max(priority, 1), 254) }
}
