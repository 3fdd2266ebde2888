internal import Configuration
internal import Core
internal import EventLoop
internal import Logging

/// `track_file` and `vrrp_track_process`: what is watched without scripts.
extension Engine {
    /// Passes the watches on that some router needs; those that stay keep their state.
    func configureWatches() {
        sayWatches()
        let needed = settings.watched(tracksProxy: tracksProxy)
        watches.configure(needed.files, needed.processes)
    }

    func sayWatches() {
        for process in settings.usedProcesses where answersForProcess(process) {
            log(
                .notice,
                "vrrp_track_process \(process.name) is answered from the health of the proxy in this"
                    + " process")
        }
    }

    /// Whether it only asks for a proxy that runs in this process.
    func answersForProcess(_ process: TrackProcessSettings) -> Bool {
        tracksProxy && process.asksForProxy
    }

    func answersForProcess(named name: String) -> Bool {
        settings.processes.first { $0.name == name }.map(answersForProcess) ?? false
    }

    func expireWatches() {
        if !isStopping, let line = watches.stall(now: loop.now) { log(.warning, line) }
    }
}

extension VRRPSettings {
    fileprivate var usedProcesses: [TrackProcessSettings] {
        let names = Set(instances.flatMap { $0.trackProcesses.map(\.name) })
        return processes.filter { names.contains($0.name) }
    }

    /// What is to be watched: the files and processes that some router tracks.
    func watched(
        tracksProxy: Bool
    ) -> (files: [TrackFileSettings], processes: [TrackProcessSettings]) {
        let names = Set(instances.flatMap { $0.trackFiles.map(\.name) })
        return (
            files.filter { names.contains($0.name) },
            usedProcesses.filter { !(tracksProxy && $0.asksForProxy) }
        )
    }
}
