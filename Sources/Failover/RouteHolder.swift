internal import Configuration
internal import Core
internal import Linux
internal import Netlink

/// Routes and rules of one virtual router, or those that are always there.
internal final class RouteHolder {
    private let monitor: NetworkMonitor
    private var routes: [RouteSettings] = []
    private var rules: [RuleSettings] = []

    init(_ monitor: NetworkMonitor) { self.monitor = monitor }

    /// Puts everything where it belongs, and takes away what is not wanted any more. What is there already
    /// stays, so this may be called again when links come back. Returns what did not work.
    func hold(
        _ routes: [RouteSettings], _ rules: [RuleSettings], linkMayBeDown: Bool = false
    ) -> [String] {
        var problems: [String] = []
        for route in self.routes where !routes.contains(route) { remove(route, &problems) }
        for rule in self.rules where !rules.contains(rule) { remove(rule, &problems) }
        self.routes = routes
        self.rules = rules
        for rule in rules {
            do throws(Errno) {
                try monitor.add(RoutingRule(rule))
            } catch {
                problems.append("rule \(rule.preference): \(error)")
            }
        }
        for route in routes {
            do throws(Errno) {
                try monitor.add(try Route(route, monitor.table))
            } catch {
                if linkMayBeDown && error.isOfLink { continue }
                problems.append("route to \(route.destination): \(error)")
            }
        }
        return problems
    }

    /// Puts everything there again: routes go with the link that they lead to. Returns what did not work, which the link
    /// tells while it is down.
    func restore(linkMayBeDown: Bool = false) -> [String] {
        hold(routes, rules, linkMayBeDown: linkMayBeDown)
    }

    /// Takes everything away.
    func drop() -> [String] { hold([], []) }

    /// The requests that take everything away, for who outlives this process.
    var removals: [[UInt8]] {
        var requests: [[UInt8]] = []
        for rule in rules {
            if let request = try? NetworkMonitor.removalMessage(RoutingRule(rule)) {
                requests.append(request)
            }
        }
        for route in routes {
            if let route = try? Route(route, monitor.table),
                let request = try? NetworkMonitor.removalMessage(route)
            {
                requests.append(request)
            }
        }
        return requests
    }

    /// Takes away what a process before us left behind.
    func removeStale(_ routes: [RouteSettings], _ rules: [RuleSettings]) {
        var problems: [String] = []
        for route in routes { remove(route, &problems) }
        for rule in rules { remove(rule, &problems) }
    }

    private func remove(_ route: RouteSettings, _ problems: inout [String]) {
        do throws(Errno) {
            try monitor.remove(try Route(route, monitor.table))
        } catch .noDevice {
            // The link has gone, and its routes went with it.
        } catch {
            problems.append("route to \(route.destination): \(error)")
        }
    }

    private func remove(_ rule: RuleSettings, _ problems: inout [String]) {
        do throws(Errno) {
            try monitor.remove(RoutingRule(rule))
        } catch {
            problems.append("rule \(rule.preference): \(error)")
        }
    }
}

extension Route {
    /// Throws `noDevice` where the interface is missing.
    fileprivate init(_ settings: RouteSettings, _ table: NetworkTable) throws(Errno) {
        self.init(to: settings.destination)
        switch settings.kind {
        case .unicast: kind = .unicast
        case .blackhole: kind = .blackhole
        case .unreachable: kind = .unreachable
        case .prohibit: kind = .prohibit
        case .throw: kind = .throw
        }
        gateway = settings.gateway
        if let device = settings.device {
            guard let link = table.link(named: device) else { throw .noDevice }
            linkIndex = link.index
        }
        source = settings.source
        self.table = settings.table
        metric = settings.metric
        scope = settings.scope
        protocolNumber = settings.protocolNumber ?? InterfaceAddress.ourMark
        mtu = settings.mtu
        isOnLink = settings.isOnLink
    }
}

extension RoutingRule {
    fileprivate init(_ settings: RuleSettings) {
        self.init(isIPv4: settings.isIPv4, preference: settings.preference)
        switch settings.action {
        case .lookup: action = .lookup
        case .blackhole: action = .blackhole
        case .unreachable: action = .unreachable
        case .prohibit: action = .prohibit
        }
        source = settings.source
        destination = settings.destination
        inputInterface = settings.inputInterface
        outputInterface = settings.outputInterface
        mark = settings.mark
        markMask = settings.markMask
        table = settings.table
        isInverted = settings.isInverted
    }
}

extension Errno {
    /// What a route gets while its link is down or away.
    fileprivate var isOfLink: Bool {
        self == .networkUnreachable || self == .networkDown || self == .noDevice
    }
}
