internal import Checking
internal import Configuration
internal import Core
internal import Logging

/// Ready, drain, maintenance: what operators decide, and servers that track others inherit.
extension ServerTransitions {
    // MARK: Commands

    /// `enable server`, `set server … state ready`
    func ready(_ place: Place, _ work: inout Work) {
        // In maintenance a drain is dropped first, and in silence, so that the line says READY.
        removeDrain(.forcedDrain, place, &work)
        removeMaintenance([.forcedMaintenance, .configuredMaintenance], place, &work)
    }

    func drain(_ place: Place, _ work: inout Work) {
        addDrain(.forcedDrain, via: nil, place, &work)
        removeMaintenance([.forcedMaintenance, .configuredMaintenance], place, &work)
    }

    func maintain(_ place: Place, _ work: inout Work) {
        addMaintenance(.forcedMaintenance, via: nil, place, &work)
        removeDrain(.forcedDrain, place, &work)
    }

    // MARK: Maintenance

    /// `cause` stands in brackets behind the line's words.
    func addMaintenance(
        _ flag: ServerState.Administration, via: Place?, cause: String? = nil, _ place: Place,
        _ work: inout Work
    ) {
        let flags = place.state.administration
        guard !flags.contains(flag) else { return }
        let before = place.proxy.usableServers.total
        let level = alarmLevel(place)
        let wasDown = place.state.operation == .stopped
        place.state.setAdministration(flags.union(flag), now: work.now)
        guard flags.isDisjoint(with: .maintenance) else { return }
        if !wasDown { place.state.setOperation(.stopped, now: work.now) }
        endSlowStart(place)
        place.state.withMutable { $0.check.counter.clear() }
        let origin =
            (via.map { " via \($0.name)" } ?? "") + (cause.map { " (\($0))" } ?? "")
        if wasDown {
            work.effects.say(
                .notice, "\(place.title) was DOWN and now enters maintenance\(origin).",
                proxy: place.proxy.settings.name)
        } else {
            work.effects.say(
                level,
                "\(place.title) is going DOWN for maintenance\(origin). \(serversText(place))",
                proxy: place.proxy.settings.name)
        }
        endSessionsOfDown(place, &work)
        noteUsable(place, before: before, &work)
        for follower in work.followers(of: place) {
            addMaintenance(.inheritedMaintenance, via: place, follower, &work)
        }
    }

    /// `title` and `because`: other words than those of commands.
    func removeMaintenance(
        _ flag: ServerState.Administration, title: String? = nil, because: String? = nil,
        _ place: Place, _ work: inout Work
    ) {
        let flags = place.state.administration
        guard !flags.isDisjoint(with: flag) else { return }
        let before = place.proxy.usableServers.total
        let left = flags.subtracting(flag)
        place.state.setAdministration(left, now: work.now)
        let forced = flag.contains(.forcedMaintenance)
        guard left.isDisjoint(with: .maintenance) else {
            let followed = place.settings.tracks.flatMap { work.place($0) }
            let text =
                forced
                ? "is leaving forced maintenance but remains in maintenance"
                    + (followed.map { " via \($0.name)" } ?? "")
                : "remains in forced maintenance"
            work.effects.say(.notice, "\(place.title) \(text).", proxy: place.proxy.settings.name)
            return
        }
        comeBack(place, &work)
        let up = place.state.operation == .stopped ? "DOWN" : "UP"
        let drain = left.isDisjoint(with: .drain) ? "READY" : "DRAIN"
        work.effects.say(
            .notice,
            "\(title ?? place.title) is \(up)/\(drain) (\(because ?? "leaving \(forced ? "forced " : "")maintenance")).",
            proxy: place.proxy.settings.name)
        sayDrain(place, &work)
        noteUsable(place, before: before, &work)
        for follower in work.followers(of: place) {
            removeMaintenance(.inheritedMaintenance, follower, &work)
        }
    }

    /// Up until a check says otherwise, or what the tracked server is.
    private func comeBack(_ place: Place, _ work: inout Work) {
        place.state.withMutable { mutable in
            if mutable.check.isEnabled { mutable.check.counter.restart() }
        }
        let followed = place.settings.tracks.flatMap { work.place($0) }
        switch followed?.state.operation {
        case .stopped: break
        case .stopping: place.state.setOperation(.stopping, now: work.now)
        case .running, .starting, nil:
            guard agentAllows(place) else { return }
            startRunning(place, work.now)
            endBackupSessions(place, &work)
        }
    }

    // MARK: Drain

    private func addDrain(
        _ flag: ServerState.Administration, via: Place?, _ place: Place, _ work: inout Work
    ) {
        let flags = place.state.administration
        guard !flags.contains(flag) else { return }
        let before = place.proxy.usableServers.total
        place.state.setAdministration(flags.union(flag), now: work.now)
        guard flags.isDisjoint(with: .drain) else {
            if flags.isDisjoint(with: .maintenance) { sayDrain(place, &work) }
            return
        }
        if flags.isDisjoint(with: .maintenance) {
            let origin = via.map { " via \($0.name)" } ?? ""
            work.effects.say(
                .notice, "\(place.title) enters drain state\(origin). \(serversText(place))",
                proxy: place.proxy.settings.name)
        }
        noteUsable(place, before: before, &work)
        for follower in work.followers(of: place) {
            addDrain(.inheritedDrain, via: place, follower, &work)
        }
    }

    private func removeDrain(
        _ flag: ServerState.Administration, _ place: Place, _ work: inout Work
    ) {
        let flags = place.state.administration
        guard flags.contains(flag) else { return }
        let before = place.proxy.usableServers.total
        let left = flags.subtracting(flag)
        place.state.setAdministration(left, now: work.now)
        let isVisible = flags.isDisjoint(with: .maintenance)
        guard left.isDisjoint(with: .drain) else {
            if isVisible && flag == .forcedDrain {
                work.effects.say(
                    .notice,
                    "\(place.title) is leaving forced drain but remains in drain mode.",
                    proxy: place.proxy.settings.name)
            } else if isVisible {
                sayDrain(place, &work)
            }
            return
        }
        if isVisible {
            let up = place.state.operation == .stopped ? "DOWN" : "UP"
            work.effects.say(
                .notice, "\(place.title) is \(up) (leaving forced drain).",
                proxy: place.proxy.settings.name)
        }
        noteUsable(place, before: before, &work)
        for follower in work.followers(of: place) { removeDrain(.inheritedDrain, follower, &work) }
    }

    // MARK: Words and numbers that all transitions share

    /// A server that goes away while it takes new streams is an alarm; one that was leaving is not.
    func alarmLevel(_ place: Place) -> LogLevel {
        place.state.operation == .stopping
            || !place.state.administration.isDisjoint(with: .drain) ? .notice : .alert
    }

    /// An operator's drain outlives what else happens to the server.
    func sayDrain(_ place: Place, _ work: inout Work) {
        guard place.state.administration.contains(.forcedDrain) else { return }
        work.effects.say(
            .notice, "\(place.title) remains in forced drain mode.",
            proxy: place.proxy.settings.name)
    }

    /// `1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.`
    func serversText(_ place: Place) -> String {
        let usable = place.proxy.usableServers
        let isDown = place.state.operation == .stopped
        var text =
            "\(usable.active) active and \(usable.backup) backup servers \(isDown ? "left" : "online")."
        if usable.active == 0 && usable.backup > 0 { text += " Running on backup." }
        // With `option redispatch` the engine moves those who wait for it as soon as it hears of the change.
        let waiting = place.state.queued
        let moves = place.state.isLeaving && place.proxy.settings.redispatch != 0
        let (requeued, left) = moves ? (waiting, 0) : (0, waiting)
        if isDown {
            text += " \(place.state.active) sessions active, \(requeued) requeued,"
            return text + " \(left) remaining in queue."
        }
        return text + " \(requeued) sessions requeued, \(left) total in queue."
    }

    /// Publishes how many servers are usable; the last one to go is told, and counted.
    func noteUsable(_ place: Place, before: Int, _ work: inout Work) {
        let after = place.proxy.usableServers.total
        touch(place, &work)
        guard (before == 0) != (after == 0) else { return }
        place.proxy.state.lastChange = work.now
        if after == 0 {
            place.proxy.state.addDown()
            work.effects.sayNoServer(proxy: place.proxy.settings.name)
        }
    }

    /// The engine has to look at the proxy again.
    func touch(_ place: Place, _ work: inout Work) {
        work.effects.noteChange(
            place.reference.proxy, name: place.proxy.settings.name,
            usable: place.proxy.usableServers.total)
    }
}
