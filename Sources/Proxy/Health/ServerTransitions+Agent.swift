internal import Checking
internal import Configuration
internal import Core
internal import Logging

/// What agents say, and what traffic says (`observe`).
extension ServerTransitions {
    /// Whether no agent keeps the server down.
    func agentAllows(_ place: Place) -> Bool {
        place.state.withMutable { !$0.agent.isEnabled || $0.agent.counter.isUp }
    }

    /// Whether no check keeps it down.
    func checksAllow(_ place: Place) -> Bool {
        place.state.withMutable { !$0.check.isEnabled || $0.check.counter.isUp }
    }

    /// Carries out the answer of an agent; without one nothing changes but the report.
    func record(
        _ verdict: CheckVerdict, _ reply: AgentReply?, _ duration: Duration, _ place: Place,
        _ work: inout Work
    ) {
        var verdict = verdict
        if let reply { verdict = obey(reply, place, &work) }
        let (counter, isNews) = place.state.withMutable { mutable in
            var counter = mutable.agent.counter
            var change = HealthCounter.Change.none
            // Only its own word takes a server down, not a network that loses it.
            if reply?.isUp == true { change = counter.pass() }
            if reply?.isUp == false { change = counter.fail() }
            let isNews = change != .none || mutable.agent.status != verdict.status.word
            mutable.agent.counter = counter
            mutable.agent.isRunning = false
            mutable.agent.status = verdict.status.word
            mutable.agent.code = verdict.status.hasCode ? verdict.code : -1
            mutable.agent.text = verdict.text
            mutable.agent.duration = duration
            return (counter, isNews)
        }
        let isLogged = place.proxy.settings.options.logHealthChecks
        if isLogged && isNews && verdict.status.result != .neutral {
            sayCheck(verdict, duration, counter, place, &work, word: "Agent")
        }
        let reason = TransitionReason.check(verdict, duration, isLogged: isLogged)
        switch reply?.isUp {
        case true? where place.state.operation == .stopped && checksAllow(place):
            setRunning(place, reason, &work)
        case false?: setStopped(place, reason, &work)
        default: break
        }
    }

    /// Weight and limits first, then maintenance and drain. Returns how the check ended.
    private func obey(
        _ reply: AgentReply, _ place: Place, _ work: inout Work
    ) -> CheckVerdict {
        var reply = reply
        if let percent = reply.weightPercent {
            let weight = min(place.settings.weight * percent / 100, 256)
            if !place.proxy.settings.hasDynamicWeights, weight != 0,
                weight != place.settings.weight
            {
                reply.warning =
                    "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'."
            } else if weight != place.state.weight {
                setWeight(weight, place, &work)
            }
        }
        if let limit = reply.maxConnections, limit != place.state.maxConnections {
            place.state.setMaxConnections(limit)
            touch(place, &work)
        }
        switch reply.administration {
        case .ready?: ready(place, &work)
        case .drain?: drain(place, &work)
        case .maintenance?: maintain(place, &work)
        case nil: break
        }
        return reply.verdict
    }

    /// `observe`: errors in a row count as a failed check, or as more.
    func recordObservation(_ verdict: CheckVerdict, _ place: Place, _ work: inout Work) {
        guard place.state.administration.isDisjoint(with: .maintenance) else { return }
        let action = place.settings.onError
        let counter = place.state.withMutable { mutable in
            var counter = mutable.check.counter
            switch action {
            case .markDown:
                if counter.health > counter.rise { counter.restart() }
            case .suddenDeath:
                if counter.health > counter.rise + 1 { counter.nearlyFail() }
            case .failCheck, .fastInter: break
            }
            mutable.observedFailures += 1
            if action == .fastInter { return counter }
            if counter.fail() != .none { mutable.failedChecks += 1 }
            mutable.check.counter = counter
            mutable.check.status = verdict.status.word
            mutable.check.code = -1
            mutable.check.text = verdict.text
            return counter
        }
        guard action != .fastInter else { return }
        let isLogged = place.proxy.settings.options.logHealthChecks
        if isLogged { sayCheck(verdict, nil, counter, place, &work) }
        if !counter.isUp {
            setStopped(place, .check(verdict, nil, isLogged: isLogged), &work)
        }
    }
}
