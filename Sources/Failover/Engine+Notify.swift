internal import Configuration
internal import Core
internal import Linux
internal import Logging
internal import VRRP

/// Scripts and named pipes that hear of changes.
extension Engine {
    func notify(_ notification: Notification, _ instance: Instance) {
        tell(
            notification, instance.settings.notify, of: "INSTANCE", instance.name,
            priority: instance.router.priority)
    }

    /// Scripts first, then pipes, as keepalived does it.
    func tell(
        _ notification: Notification, _ notify: NotifySettings, of kind: String, _ name: String,
        priority: UInt8
    ) {
        run(notification.launches(notify, of: kind, name, priority: priority), for: name)
        guard !fifos.isEmpty,
            let line = notification.line(notify, of: kind, name, priority: priority)
        else { return }
        for fifo in fifos {
            if let problem = fifo.write(line) { log(.warning, problem) }
        }
    }

    /// Runs notify scripts of an instance or a sync group.
    private func run(_ launches: [ScriptLaunch], for owner: String) {
        for launch in launches {
            guard runner.count < ScriptRunner.limit else {
                log(.warning, "(\(owner)) too many scripts run; a notification is dropped")
                return
            }
            start(launch, for: "(\(owner))")
        }
    }

    private func start(_ launch: ScriptLaunch, for owner: String) {
        if let error = runner.start(launch, id: runner.makeID()) {
            log(
                .warning,
                "\(owner) cannot run \(launch.command.joined(separator: " ")): \(error)")
        }
    }

    // MARK: Named pipes

    /// Opens what the settings name; at the start, while there are rights for it.
    func openFIFOs() {
        let old = fifos
        // First of all, or the path of one whose script or user has changed would be removed under its successor.
        for gone in old where !settings.fifos.contains(gone.settings) { gone.remove() }
        fifos = settings.fifos.compactMap { wanted in
            if let known = old.first(where: { $0.settings == wanted }) { return known }
            do throws(Errno) {
                return try NotifyFIFO(wanted)
            } catch {
                log(.warning, "cannot open notify FIFO \(wanted.path): \(error)")
                return nil
            }
        }
    }

    /// Starts those that read the pipes; `old`: pipes whose scripts run already.
    func startFIFOScripts(except old: [NotifyFIFOSettings] = []) {
        for fifo in fifos where !old.contains(fifo.settings) {
            guard let script = fifo.settings.script else { continue }
            start(
                ScriptLaunch(command: script.command + [fifo.settings.path], user: script.user),
                for: "notify FIFO:")
        }
    }

    /// Whoever reads sees the end.
    func closeFIFOs() {
        for fifo in fifos { fifo.remove() }
        fifos = []
    }

    /// `fifo_write_vrrp_states_on_reload`
    func tellStatesAfterReload() {
        guard settings.fifoTellsStatesOnReload else { return }
        for instance in instances {
            let line = Notification.state(instance.router.state).line(
                instance.settings.notify, of: "INSTANCE", instance.name,
                priority: instance.router.priority)
            guard let line else { continue }
            for fifo in fifos { _ = fifo.write(line) }
        }
    }
}
