internal import Configuration
internal import Control
internal import EventLoop
internal import Failover
internal import Logging
internal import Proxy

// Commands that move virtual addresses: connections first, then the address (docs/operations.md, "The socket").
extension Service {
    func handOver(_ request: HandOverRequest) {
        guard let modules, let router = modules.router else {
            modules?.runtime.answer(
                request.ticket, "Not done.\nThere is no virtual router.\n", in: loop)
            return
        }
        let routers = names(request.router)
        interruptDrains(of: routers, because: "another command came")
        var isRunning = false
        if case .running = phase { isRunning = true }
        let grace = request.drain ?? configuration.process.hardStopAfter ?? Service.defaultGrace
        guard request.command.givesAddressesUp, isRunning, grace > .zero else {
            return move(request, router)
        }
        modules.engine.beginDrain()
        drains.append(AddressDrain(request, routers: routers, grace: grace, now: loop.now))
        lookAtDrains()
    }

    /// Looks at every drain; called once a tick, too.
    func lookAtDrains() {
        guard !drains.isEmpty, let modules else { return }
        guard case .running = phase else {
            return interruptDrains(because: "the service ends")
        }
        guard let router = modules.router else {
            return interruptDrains(because: "a reload removed the virtual routers")
        }
        let status = router.status()
        for index in drains.indices {
            let request = drains[index].request
            let step = drains[index].look(
                at: status, clients: modules.engine.activeConnections, now: loop.now)
            switch step {
            case .wait: continue
            case .count(let addresses):
                let mailbox = mailbox
                modules.engine.inspect(.clients(of: addresses)) { reports in
                    let count = reports.reduce(0) { $0 + $1.matchingClients }
                    mailbox.post(.drainCounted(request.ticket, count))
                }
            case .end(let end):
                // A backup that is asked has nobody to wait for, and nothing to tell.
                if end != .noMaster || drains[index].connections != nil { say(end, request) }
                drains[index].begin()
                move(request, router, unlessMaster: end == .noMaster)
            }
        }
        modules.desk.showDrains(drains)
    }

    func drainCounted(_ ticket: CommandTicket, _ count: Int) {
        guard let modules,
            let index = drains.firstIndex(where: { $0.request.ticket == ticket && !$0.isMoving })
        else { return }
        let request = drains[index].request
        let isFirst = drains[index].connections == nil
        if let text = drains[index].counted(count, now: loop.now) {
            modules.runtime.tell(ticket, "draining: \(text)\n", in: loop)
            if isFirst { logs.system.notice("\(subject(request)): draining, \(text)") }
        }
        modules.desk.showDrains(drains)
        guard count == 0, let router = modules.router else { return }
        drains[index].begin()
        if !isFirst { say(.empty, request) }
        move(request, router)
        modules.desk.showDrains(drains)
    }

    /// A command has been carried out, or not.
    func moved(_ ticket: CommandTicket, _ outcome: RouterMoveOutcome) {
        if outcome.foundMaster {
            guard let index = drains.firstIndex(where: { $0.request.ticket == ticket }) else {
                return
            }
            // The next tick looks at it again.
            return drains[index].foundMaster(now: loop.now)
        }
        modules?.runtime.answer(ticket, outcome.reply, in: loop)
        endDrain { $0.request.ticket == ticket }
    }

    /// `unlessMaster`: the routers may have become master since somebody looked.
    private func move(
        _ request: HandOverRequest, _ router: Router, unlessMaster: Bool = false
    ) {
        let mailbox = mailbox
        router.move(request.move, router: request.router, unlessMaster: unlessMaster) { outcome in
            mailbox.post(.moved(request.ticket, outcome))
        }
    }

    private func say(_ end: AddressDrain.End, _ request: HandOverRequest) {
        let text: String
        switch end {
        case .empty: text = "no connection is left"
        case .noMaster: text = "no master any more, waiting for no connection"
        case .graceIsOver(let left):
            text =
                "the grace is over, connections that end with the move: "
                + (left.map { "\($0)" } ?? "not counted")
        }
        logs.system.notice("\(subject(request)): \(text)")
        if end != .noMaster {
            modules?.runtime.tell(request.ticket, "drained: \(text)\n", in: loop)
        }
    }

    /// Ends drains without a move; routers that move already hear that from the vrrp thread. nil: all of them.
    private func interruptDrains(of routers: Set<String>? = nil, because reason: String) {
        for drain in drains where !drain.isMoving {
            if let routers, routers.isDisjoint(with: drain.routers) { continue }
            logs.system.notice("\(subject(drain.request)): draining ends, \(reason)")
            modules?.runtime.answer(drain.request.ticket, "Not done.\n\(reason)\n", in: loop)
        }
        endDrain { !$0.isMoving && routers?.isDisjoint(with: $0.routers) != true }
    }

    private func endDrain(where isOver: (AddressDrain) -> Bool) {
        guard !drains.isEmpty else { return }
        drains.removeAll(where: isOver)
        modules?.desk.showDrains(drains)
        // A drain of the whole service goes on.
        if case .running = phase, drains.isEmpty { modules?.engine.endDrain() }
    }

    /// A router and those that share a sync group with it; all of them without a name.
    private func names(_ router: String?) -> Set<String> {
        guard let settings = configuration.vrrp else { return [] }
        return router.map { settings.companions(of: $0) } ?? Set(settings.instances.map(\.name))
    }

    private func subject(_ request: HandOverRequest) -> String {
        "(\(request.router ?? "all virtual routers")) \(request.purpose)"
    }
}
