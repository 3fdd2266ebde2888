internal import Configuration
internal import Core
internal import EventLoop
internal import Logging

/// `track_file` and `vrrp_track_process`: what is watched without scripts.
extension Engine {
    /// Makes the watches that some router needs; those that stay keep their state.
    func configureWatches() {
        let files = Set(settings.instances.flatMap { $0.trackFiles.map(\.name) })
        var fresh: [String: FileWatch] = [:]
        for file in settings.files where files.contains(file.name) {
            if let watch = self.files[file.name], watch.settings == file {
                fresh[file.name] = watch
                continue
            }
            let watch = FileWatch(file, now: loop.now)
            if let error = watch.initialize() {
                log(.warning, "Track file \(file.name): cannot write \(file.path): \(error)")
            }
            fresh[file.name] = watch
        }
        self.files = fresh
        let processes = Set(settings.instances.flatMap { $0.trackProcesses.map(\.name) })
        let needed = settings.processes.filter { processes.contains($0.name) }
        for process in needed where answersForProcess(process) {
            log(
                .notice,
                "vrrp_track_process \(process.name) is answered from the health of the proxy in this"
                    + " process")
        }
        self.processes.configure(needed.filter { !answersForProcess($0) })
    }

    /// Whether it only asks for a proxy that runs in this process.
    func answersForProcess(_ process: TrackProcessSettings) -> Bool {
        tracksProxy && process.asksForProxy
    }

    func answersForProcess(named name: String) -> Bool {
        settings.processes.first { $0.name == name }.map(answersForProcess) ?? false
    }

    var watchDeadline: Instant? {
        guard !isStopping else { return nil }
        return files.values.map(\.deadline).reduce(processes.deadline) { earliest, due in
            min(earliest ?? due, due)
        }
    }

    func expireWatches() {
        guard !isStopping else { return }
        for watch in files.values where watch.deadline <= loop.now {
            guard let line = watch.look(now: loop.now) else { continue }
            log(.info, line)
            noteChange()
        }
        for line in processes.expire(now: loop.now) {
            log(.info, line)
            noteChange()
        }
    }
}
