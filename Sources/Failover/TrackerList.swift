internal import Configuration
internal import VRRP

/// What a virtual router depends on, from its settings.
extension VirtualRouterSettings {
    /// `tracksProxy`: the process has a proxy section, whose health counts by itself.
    func trackers(scripts: [VRRPScriptSettings], tracksProxy: Bool) -> [Tracker] {
        var trackers: [Tracker] = []
        if let interface { trackers.append(Tracker(.ownInterface(interface))) }
        trackers.append(Tracker(.ownAddress(family: isIPv4 ? 4 : 6)))
        for tracked in trackInterfaces {
            trackers.append(
                Tracker(
                    .interface(tracked.name),
                    weight: TrackerWeight(tracked.weight, reversed: tracked.reverse)))
        }
        for tracked in trackScripts {
            guard let script = scripts.first(where: { $0.name == tracked.name }) else { continue }
            let weight = TrackerWeight(
                tracked.weight ?? script.weight,
                reversed: tracked.weight == nil ? script.weightReverse : tracked.reverse)
            trackers.append(Tracker(.script(tracked.name), weight: weight))
        }
        if tracksProxy {
            trackers.append(
                Tracker(.proxyEngine, weight: TrackerWeight(trackProxy?.weight ?? 0)))
            for target in trackProxy?.targets ?? [] {
                let subject: TrackerSubject =
                    target.kind == .backend
                    ? .proxyBackend(target.name) : .proxyFrontend(target.name)
                trackers.append(Tracker(subject, weight: TrackerWeight(target.weight)))
            }
        }
        return Array(trackers.prefix(TrackerBoard.limit))
    }
}
