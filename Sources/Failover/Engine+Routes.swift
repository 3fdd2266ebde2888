internal import Configuration
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
