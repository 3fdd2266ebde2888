internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Logging
internal import Netlink
internal import VRRP

/// `virtual_routes` and `virtual_rules`, which go with the addresses, and what is always there.
extension Engine {
    /// Behind the addresses: a route may name one of them as its source.
    func holdRoutes(_ instance: Instance) {
        let settings = instance.settings
        tell(instance.routes.hold(settings.routes, settings.rules), "(\(instance.name)) ")
    }

    /// Before the addresses go, and the routes that need them with them.
    func dropRoutes(_ instance: Instance) { tell(instance.routes.drop(), "(\(instance.name)) ") }

    /// Puts up what the files want to be there always.
    func holdFixed() {
        for problem in fixedAddresses.hold(settings.fixed.addresses, defaultInterface: nil) {
            tell(["address \(problem.address.prefix): \(problem.text)"], "static ")
        }
        tell(fixedRoutes.hold(settings.fixed.routes, settings.fixed.rules), "static ")
    }

    /// A link came back, or an interface appeared.
    func restoreRoutes() {
        guard !isStopping else { return }
        if !settings.fixed.isEmpty { holdFixed() }
        for instance in instances where instance.holder.isHolding {
            tell(instance.routes.restore(), "(\(instance.name)) ")
        }
    }

    /// Routes went: somebody deleted them, or their link did, which may be down still.
    private func putRoutesBack() {
        guard !isStopping else { return }
        tell(fixedRoutes.restore(linkMayBeDown: true), "static ")
        for instance in instances where instance.holder.isHolding {
            tell(instance.routes.restore(linkMayBeDown: true), "(\(instance.name)) ")
        }
    }

    /// Listens for routes that go, once there is one to lose.
    func watchRoutes() {
        let all = instances.map(\.settings)
        guard
            !settings.fixed.routes.isEmpty || !settings.fixed.rules.isEmpty
                || all.contains(where: { !$0.routes.isEmpty || !$0.rules.isEmpty })
        else { return }
        do throws(Errno) {
            if let descriptor = try monitor.watchRoutes() {
                try loop.add(descriptor, .readable, TokenKind.routes.token())
            }
        } catch {
            log(
                .warning,
                "virtual routes and rules that somebody deletes come back only with a link: \(error)"
            )
        }
    }

    func routesAreReadable() {
        let own = instances.flatMap(\.settings.routes) + settings.fixed.routes
        let numbers = Set(own.map { $0.protocolNumber ?? InterfaceAddress.ourMark })
        guard monitor.takeRouteLosses(of: numbers.union([InterfaceAddress.ourMark])) else { return }
        // Our own removals are heard, too; putting back what is there changes nothing.
        let earliest = routesRestored.map { $0 + Engine.routePause } ?? loop.now
        routesDue = routesDue ?? max(loop.now, earliest)
    }

    func expireRoutes() {
        guard let due = routesDue, due <= loop.now else { return }
        routesDue = nil
        routesRestored = loop.now
        putRoutesBack()
    }

    /// Who deletes a route again and again, as another routing daemon may, must not keep this thread busy.
    private static let routePause = Duration.milliseconds(200)

    func dropFixed() {
        tell(fixedRoutes.drop(), "static ")
        for problem in fixedAddresses.drop() {
            tell(["address \(problem.address.prefix): \(problem.text)"], "static ")
        }
    }

    private func tell(_ problems: [String], _ owner: String) {
        for problem in problems { log(.warning, owner + problem) }
    }
}
