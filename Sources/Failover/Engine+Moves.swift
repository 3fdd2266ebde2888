internal import Configuration
internal import Core
internal import EventLoop
internal import Logging
internal import VRRP

/// What operators ask of virtual routers: `vrrp failover|takeover|maintenance`.
extension Engine {
    func move(
        _ move: RouterMove, router: String?, unlessMaster: Bool,
        done: @escaping @Sendable (RouterMoveOutcome) -> Void
    ) {
        let names = router.map { settings.companions(of: $0) }
        let asked = instances.filter { names?.contains($0.name) ?? true }
        if unlessMaster, !isStopping, asked.contains(where: { $0.router.state == .master }) {
            var outcome = RouterMoveOutcome()
            outcome.foundMaster = true
            return done(outcome)
        }
        let job = MoveJob(move, done: done)
        guard !asked.isEmpty, !isStopping else {
            job.finish(router ?? "all", false, isStopping ? "is stopping" : "does not exist")
            return
        }
        job.begin(count: asked.count)
        for instance in asked {
            // Whoever asked before hears that something else was asked.
            instance.job?.finish(instance.name, false, "another command came")
            instance.job = nil
            begin(move, instance)
            instance.job = job
            finishMove(instance)
        }
        // A process that dies now must not forget it.
        noteTransition()
    }

    private func begin(_ move: RouterMove, _ instance: Instance) {
        log(.notice, "(\(instance.name)) asked for \(move.words)")
        switch move {
        case .failover:
            if instance.router.state == .master { instance.wish = .yields }
            feed(instance, .handOver)
        case .takeover:
            guard instance.router.state == .backup else { return }
            instance.wish = .holds
            assess(instance)
            feed(instance, .takeOver)
        case .beginMaintenance:
            instance.wish = .rests
            feed(instance, .handOver)
            assess(instance)
        case .endMaintenance:
            instance.wish = nil
            assess(instance)
        }
    }

    /// Looks whether what was asked has come true; called after everything that befell the router.
    func finishMove(_ instance: Instance) {
        let state = instance.router.state
        guard let job = instance.job, state != .releasing else { return }
        instance.job = nil
        switch (job.move, state) {
        case (.failover, .master), (.beginMaintenance, .master):
            instance.wish = nil
            job.finish(instance.name, false, "no peer took over, still master")
        case (.takeover, .master): job.finish(instance.name, true, "master")
        case (.takeover, _):
            job.finish(instance.name, false, "cannot be master: state \(state)")
        default: job.finish(instance.name, true, "\(state)")
        }
    }

    /// What the router may know of its surroundings, given what the operator wants.
    func assessment(of instance: Instance) -> Assessment {
        var assessment = instance.board.assessment
        addGroupFaults(to: &assessment, of: instance)
        let serves = instance.router.state == .master || instance.router.state == .releasing
        switch instance.wish {
        case .yields? where !serves: assessment.priority = 1
        case .holds?:
            assessment.priority = max(
                assessment.priority, UInt8(PriorityArithmetic.trackable.upperBound))
        case .rests? where !serves: assessment.faults.append(.maintenance)
        default: break
        }
        return assessment
    }

    /// A new state ends what it contradicts.
    func reviseWish(_ state: VirtualRouter.State, of instance: Instance) {
        switch (instance.wish, state) {
        case (.yields?, .master): instance.wish = nil
        case (.holds?, .backup), (.holds?, .fault), (.holds?, .initialize): instance.wish = nil
        default: break
        }
    }
}

extension Wish {
    /// The command that asked for it.
    var words: String {
        switch self {
        case .yields: "failover"
        case .holds: "takeover"
        case .rests: "maintenance"
        }
    }
}

extension RouterMove {
    fileprivate var words: String {
        switch self {
        case .failover: "failover"
        case .takeover: "takeover"
        case .beginMaintenance: "maintenance"
        case .endMaintenance: "the end of maintenance"
        }
    }
}
