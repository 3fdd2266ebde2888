internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Logging
internal import VRRP

/// Scripts and the health of the proxy: what moves priorities.
extension Engine {
    /// Sends what the trackers come to, if it changed.
    func assess(_ instance: Instance) {
        let assessment = assessment(of: instance)
        if assessment != instance.router.assessment { feed(instance, .assessed(assessment)) }
    }

    /// Once a turn: what the proxy says now.
    func updateTrackers() {
        let now = loop.now
        for instance in instances {
            for tracker in instance.board.trackers {
                let state: TrackerState?
                switch tracker.subject {
                case .script(let name):
                    state = answersForProxy(name) ? health.engine(now: now) : checks[name]?.state
                case .file(let name): state = watched.files[name]
                case .process(let name):
                    state =
                        answersForProcess(named: name)
                        ? health.engine(now: now) : watched.processes[name]
                case let subject: state = health.state(of: subject, now: now)
                }
                if let state, state != tracker.state {
                    instance.board.report(tracker.subject, state)
                }
            }
            assess(instance)
        }
    }

    /// Whether a script only asks for a proxy that runs in this process.
    private func answersForProxy(_ name: String) -> Bool {
        tracksProxy && settings.scripts.first { $0.name == name }?.asksForProxy == true
    }

    // MARK: vrrp_script

    /// Makes the checks that some router needs; those that stay keep their state.
    func configureChecks() {
        let needed = Set(settings.instances.flatMap { $0.trackScripts.map(\.name) })
        var fresh: [String: ScriptCheck] = [:]
        for script in settings.scripts where needed.contains(script.name) {
            if answersForProxy(script.name) {
                log(
                    .notice,
                    "vrrp_script \(script.name) (\"\(script.command.joined(separator: " "))\") is"
                        + " answered from the health of the proxy in this process")
                continue
            }
            if var check = checks[script.name] {
                check.reconfigure(script)
                fresh[script.name] = check
            } else {
                fresh[script.name] = ScriptCheck(script, now: loop.now)
            }
        }
        for (id, name) in runningChecks where fresh[name] == nil { runner.signal(id, 9) }
        checks = fresh
    }

    var checkDeadline: Instant? { isStopping ? nil : checks.values.map(\.deadline).min() }

    func expireChecks() {
        guard !isStopping else { return }
        for name in checks.keys {
            switch checks[name]?.expire(now: loop.now) {
            case .start?: startCheck(name)
            case .terminate?: signalCheck(name, 15)
            case .kill?: signalCheck(name, 9)
            case nil: continue
            }
        }
    }

    private func startCheck(_ name: String) {
        guard let settings = checks[name]?.settings else { return }
        let id = runner.makeID()
        let launch = ScriptLaunch(
            command: settings.command, user: settings.user ?? self.settings.scriptUser)
        runningChecks[id] = name
        if let error = runner.start(launch, id: id) {
            log(.warning, "vrrp_script \(name): cannot run it: \(error)")
            scriptEnded(id, status: ScriptRunner.notStarted)
        }
    }

    private func signalCheck(_ name: String, _ signal: Int32) {
        for (id, running) in runningChecks where running == name { runner.signal(id, signal) }
    }

    func scriptIsDone(_ id: Int) {
        if let status = runner.reap(id) { scriptEnded(id, status: status) }
    }

    func scriptEnded(_ id: Int, status: Int) {
        guard let name = runningChecks.removeValue(forKey: id) else { return }
        guard let outcome = checks[name]?.ended(status: status, now: loop.now) else { return }
        for message in outcome.messages { log(.info, message) }
        noteChange()
    }
}
