internal import Checking
internal import Configuration
internal import Core
internal import Logging

/// Up, down, stopping: what checks and `set server … health` change.
extension ServerTransitions {
    // MARK: Checks

    /// Counts the result of a check and draws the consequences.
    func record(
        _ verdict: CheckVerdict, _ duration: Duration, _ place: Place, _ work: inout Work
    ) {
        guard place.state.administration.isDisjoint(with: .maintenance) else {
            place.state.withMutable { $0.check.isRunning = false }
            return
        }
        let (counter, isNews) = place.state.withMutable { mutable in
            var counter = mutable.check.counter
            let passed = verdict.status.result != .failed
            let change = passed ? counter.pass() : counter.fail()
            let isNews = change != .none || mutable.check.status != verdict.status.word
            if !passed && change != .none { mutable.failedChecks += 1 }
            mutable.check.counter = counter
            mutable.check.isRunning = false
            mutable.check.status = verdict.status.word
            mutable.check.code = verdict.status.hasCode ? verdict.code : -1
            mutable.check.text = verdict.text
            mutable.check.duration = duration
            return (counter, isNews)
        }
        let isLogged = place.proxy.settings.options.logHealthChecks
        if isLogged && isNews { sayCheck(verdict, duration, counter, place, &work) }
        let reason = TransitionReason.check(verdict, duration, isLogged: isLogged)
        switch verdict.status.result {
        case .failed: if !counter.isUp { setStopped(place, reason, &work) }
        case .conditional: if counter.isUp { setStopping(place, reason, &work) }
        case .passed: if counter.isUp && agentAllows(place) { setRunning(place, reason, &work) }
        case .unknown, .neutral: break
        }
    }

    func sayCheck(
        _ verdict: CheckVerdict, _ duration: Duration?, _ counter: HealthCounter, _ place: Place,
        _ work: inout Work, word: String = "Health"
    ) {
        let kind = place.settings.isBackup ? "backup server" : "server"
        let result =
            switch verdict.status.result {
            case .conditional: "conditionally succeeded"
            case .passed: "succeeded"
            case .failed, .unknown, .neutral: "failed"
            }
        work.effects.say(
            .notice,
            "\(word) check for \(kind) \(place.name) \(result), reason: \(verdict.explanation), "
                + (duration.map { "check duration: \($0.milliseconds)ms, " } ?? "")
                + "status: \(counter.logText).",
            proxy: place.proxy.settings.name)
    }

    // MARK: Commands

    func setHealth(_ health: ServerChange.Health, _ place: Place, _ work: inout Work) {
        place.state.withMutable { mutable in
            if health == .down {
                mutable.check.counter.makeDown()
            } else {
                mutable.check.counter.makeUp()
            }
        }
        switch health {
        case .up: setRunning(place, .command, &work)
        case .stopping: setStopping(place, .command, &work)
        case .down: setStopped(place, .command, &work)
        }
    }

    func setAgentHealth(_ health: ServerChange.Health, _ place: Place, _ work: inout Work) {
        place.state.withMutable { mutable in
            if health == .down {
                mutable.agent.counter.makeDown()
            } else {
                mutable.agent.counter.makeUp()
            }
        }
        switch health {
        case .up: setRunning(place, .command, &work)
        case .stopping: setStopping(place, .command, &work)
        case .down: setStopped(place, .command, &work)
        }
    }

    func setWeight(_ weight: Int, _ place: Place, _ work: inout Work) {
        let before = place.proxy.usableServers.total
        place.state.setWeight(weight, effective: effectiveWeight(weight, place, work.now))
        noteUsable(place, before: before, &work)
    }

    // MARK: Operation

    func setStopped(_ place: Place, _ reason: TransitionReason, _ work: inout Work) {
        guard place.state.operation != .stopped,
            place.state.administration.isDisjoint(with: .maintenance)
        else { return }
        let before = place.proxy.usableServers.total
        // Who was already on its way out is no alarm.
        let level = alarmLevel(place)
        place.state.setOperation(.stopped, now: work.now)
        endSlowStart(place)
        work.effects.say(
            level, "\(place.title) is DOWN\(reason.text). \(serversText(place))",
            proxy: place.proxy.settings.name)
        sayDrain(place, &work)
        endSessionsOfDown(place, &work)
        noteUsable(place, before: before, &work)
        for follower in work.followers(of: place) {
            setStopped(follower, .tracked(place.name), &work)
        }
    }

    func setRunning(_ place: Place, _ reason: TransitionReason, _ work: inout Work) {
        guard place.state.operation == .stopped || place.state.operation == .stopping,
            place.state.administration.isDisjoint(with: .maintenance)
        else { return }
        let before = place.proxy.usableServers.total
        startRunning(place, work.now)
        work.effects.say(
            .notice, "\(place.title) is UP\(reason.text). \(serversText(place))",
            proxy: place.proxy.settings.name)
        sayDrain(place, &work)
        endBackupSessions(place, &work)
        noteUsable(place, before: before, &work)
        for follower in work.followers(of: place) {
            setRunning(follower, .tracked(place.name), &work)
        }
    }

    func setStopping(_ place: Place, _ reason: TransitionReason, _ work: inout Work) {
        guard place.state.operation == .running || place.state.operation == .starting,
            place.state.administration.isDisjoint(with: .maintenance)
        else { return }
        let before = place.proxy.usableServers.total
        place.state.setOperation(.stopping, now: work.now)
        endSlowStart(place)
        work.effects.say(
            .notice, "\(place.title) is stopping\(reason.text). \(serversText(place))",
            proxy: place.proxy.settings.name)
        sayDrain(place, &work)
        noteUsable(place, before: before, &work)
        for follower in work.followers(of: place) {
            setStopping(follower, .tracked(place.name), &work)
        }
    }

    // MARK: Sessions

    /// `on-marked-down shutdown-sessions`
    func endSessionsOfDown(_ place: Place, _ work: inout Work) {
        guard place.settings.shutsSessionsWhenDown else { return }
        work.effects.endSessions(of: place.state, because: .serverDown)
    }

    /// `on-marked-up shutdown-backup-sessions`
    func endBackupSessions(_ place: Place, _ work: inout Work) {
        guard place.settings.shutsBackupSessionsWhenUp, !place.settings.isBackup,
            place.state.weight > 0
        else { return }
        for (settings, state) in zip(place.proxy.settings.servers, place.proxy.servers)
        where settings.isBackup {
            work.effects.endSessions(of: state, because: .serverUp)
        }
    }

    // MARK: Slow start

    /// Up at once, or slowly where `slowstart` says so.
    func startRunning(_ place: Place, _ now: Instant) {
        let slowStart = place.settings.slowStart ?? .zero
        guard slowStart > .zero else {
            place.state.setOperation(.running, now: now)
            return
        }
        place.state.setOperation(.starting, now: now)
        place.state.withMutable { $0.slowStartEnds = now + slowStart }
        let weight = place.state.weight
        place.state.setWeight(weight, effective: effectiveWeight(weight, place, now))
    }

    func warmUp(_ place: Place, _ work: inout Work) {
        guard place.state.operation == .starting,
            let end = place.state.withMutable({ $0.slowStartEnds })
        else { return }
        let weight = place.state.weight
        if work.now >= end {
            place.state.setOperation(.running, now: work.now)
            endSlowStart(place)
            work.effects.say(
                .notice, "\(place.title) is UP. \(serversText(place))",
                proxy: place.proxy.settings.name)
        } else {
            place.state.setWeight(weight, effective: effectiveWeight(weight, place, work.now))
        }
        touch(place, &work)
    }

    func endSlowStart(_ place: Place) {
        place.state.withMutable { $0.slowStartEnds = nil }
        place.state.setWeight(place.state.weight)
    }

    /// In sixteenths of the weight, growing with the whole seconds since the start, as HAProxy's.
    private func effectiveWeight(_ weight: Int, _ place: Place, _ now: Instant) -> Int {
        guard place.state.operation == .starting, place.proxy.settings.hasDynamicWeights,
            let end = place.state.withMutable({ $0.slowStartEnds }),
            let length = place.settings.slowStart, weight > 0
        else { return weight }
        let total = max(1, Int(length.milliseconds / 1000))
        let left = max(0, Int(((end - now).milliseconds + 999) / 1000))
        let sixteenths = min(16, (16 * max(0, total - left) + total) / total)
        return max(1, (weight * sixteenths + 15) / 16)
    }
}
