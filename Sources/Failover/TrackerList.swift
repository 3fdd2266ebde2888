internal import Configuration
internal import VRRP

/// What a virtual router depends on, from its settings.
extension VirtualRouterSettings {
    /// `tracksProxy`: the process has a proxy section, whose health counts by itself.
    func trackers(of all: VRRPSettings, tracksProxy: Bool) -> [Tracker] {
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
            guard let script = all.scripts.first(where: { $0.name == tracked.name }) else {
                continue
            }
            let weight = tracked.weight(or: script.weight, reversed: script.weightReverse)
            trackers.append(Tracker(.script(tracked.name), weight: weight))
        }
        for tracked in trackFiles {
            guard let file = all.files.first(where: { $0.name == tracked.name }) else { continue }
            let weight = tracked.weight(or: file.weight, reversed: file.weightReverse)
            trackers.append(Tracker(.file(tracked.name), weight: weight))
        }
        for tracked in trackProcesses {
            guard let process = all.processes.first(where: { $0.name == tracked.name }) else {
                continue
            }
            let weight = tracked.weight(or: process.weight, reversed: process.weightReverse)
            trackers.append(Tracker(.process(tracked.name), weight: weight))
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

extension TrackedName {
    /// Its own weight, or that of what it names.
    fileprivate func weight(or common: Int, reversed: Bool) -> TrackerWeight {
        TrackerWeight(weight ?? common, reversed: weight == nil ? reversed : reverse)
    }
}
