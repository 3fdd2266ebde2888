internal import Configuration
internal import Core
internal import Logging
internal import VRRP

/// New settings while routers run: those that did not change see nothing.
extension Engine {
    func reconfigure(_ new: VRRPSettings, tracksProxy: Bool) {
        let old = settings
        guard new != old || tracksProxy != self.tracksProxy else { return }
        log(.info, "Reloading")
        settings = new
        self.tracksProxy = tracksProxy
        for instance in instances
        where !new.instances.contains(where: { $0.isSameRouter(as: instance.settings) }) {
            retire(instance)
        }
        for settings in new.instances {
            if let instance = instances.first(where: { $0.settings.isSameRouter(as: settings) }) {
                change(instance, to: settings, from: old)
            } else {
                let instance = makeInstance(settings)
                instances.append(instance)
            }
        }
        if new.fixed != old.fixed { holdFixed() }
        configureChecks()
        configureWatches()
        openFIFOs()
        watchRoutes()
        startFIFOScripts(except: old.fifos)
        AddressRecord.save(instances.flatMap { $0.allAddresses.map(\.prefix) })
        lookAtNetwork()
        updateTrackers()
        for instance in instances where instance.transitions.isEmpty { start(instance) }
        // A password, an interval, a peer: what is said in our place says it, too.
        setLastWords()
        tellStatesAfterReload()
    }

    private func change(
        _ instance: Instance, to settings: VirtualRouterSettings, from old: VRRPSettings
    ) {
        let trackers = settings.trackers(of: self.settings, tracksProxy: tracksProxy)
        let sameTrackers =
            trackers.map(\.subject) == instance.board.trackers.map(\.subject)
            && trackers.map(\.weight) == instance.board.trackers.map(\.weight)
        guard
            settings != instance.settings || !sameTrackers
                || old.maxLearnedInterval != self.settings.maxLearnedInterval
        else { return }
        let addressesChanged =
            settings.addresses != instance.settings.addresses
            || settings.excludedAddresses != instance.settings.excludedAddresses
            || settings.routes != instance.settings.routes
            || settings.rules != instance.settings.rules
        let signedBefore = instance.rules.signature?.signer != nil
        instance.reconfigure(
            settings, maximumLearned: self.settings.maxLearnedInterval, trackers: trackers)
        if !signedBefore {
            instance.sequence = sequence(of: instance, after: instance.sequence.last)
        }
        feed(instance, .reconfigured(settings.protocolSettings))
        // The protocol sees only what is advertised; masks, labels and excluded ones change here.
        if addressesChanged && instance.holder.isHolding {
            perform(.holdAddresses, of: instance)
            feed(instance, .addressesDisturbed)
        }
    }

    /// A router that the new files do not have.
    private func retire(_ instance: Instance) {
        instance.isRetiring = true
        keepWish(of: instance)
        feed(instance, .shutdown(graceful: false))
        sequences[instance.name] = instance.sequence.last
        endClaims(instance)
        instances.removeAll { $0 === instance }
        setLastWords()
        removeVirtualLinks(except: settings.instances)
    }
}
