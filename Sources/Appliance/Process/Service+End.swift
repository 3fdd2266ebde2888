internal import Configuration
internal import Control
internal import Core
internal import EventLoop
internal import Failover
internal import Logging
internal import Proxy

// The end of the process: drain, graceful stop, stop (docs/architecture.md, "The end").
extension Service {
    /// `TERM`, `INT`, or the guard's death.
    func stop(immediately: Bool) {
        switch phase {
        case .ending: return
        case .handingOver where !immediately: return
        default: break
        }
        logs.system.notice(immediately ? "Stopping at once." : "Stopping.")
        guard let router = modules?.router else {
            end(status: 0)
            return
        }
        phase = .handingOver(status: 0)
        modules?.desk.noteStopping()
        let longest = configuration.vrrp?.instances.map(\.advertisementInterval).max() ?? .zero
        loop.timers.arm(deadlineTimer, at: loop.now + longest + Service.stopLimit)
        let mailbox = mailbox
        router.requestStop(graceful: !immediately) { mailbox.post(.routerStopped) }
        if immediately { stopListening() }
    }

    /// `USR1`: a drain, behind the time that `grace` gives to those who watch from outside.
    func drain() {
        guard case .running = phase else { return }
        modules?.desk.noteStopping()
        guard let grace = configuration.process.grace, grace > .zero else { return beginDrain() }
        phase = .waiting
        modules?.engine.announceStop()
        loop.timers.arm(deadlineTimer, at: loop.now + grace)
        logs.system.warning("Scheduling a soft-stop in \(grace.nanoseconds / 1_000_000) ms.")
    }

    /// HAProxy's soft stop without virtual routers; with them the addresses stay until nobody uses them.
    private func beginDrain() {
        phase = .draining
        loop.timers.disarm(deadlineTimer)
        if modules?.router == nil {
            stopListening()
        } else {
            modules?.engine.beginDrain()
        }
        let grace =
            configuration.process.hardStopAfter
            ?? (modules?.router == nil ? nil : Service.defaultGrace)
        if let grace { loop.timers.arm(deadlineTimer, at: loop.now + grace) }
        logs.system.notice("Draining: waiting for the connections to end.")
        lookAtTheEnd()
    }

    /// The workers accept no more; then the sockets are closed, so that clients are refused and try elsewhere.
    private func stopListening() {
        let keys = ListenerPlan(configuration, withOwnSocket: false).entries
            .filter { if case .bind = $0.place { true } else { false } }.map(\.key)
        let mailbox = mailbox
        modules?.keepListeners()
        isEmptyingListeners = true
        modules?.engine.stopListening { mailbox.post(.released(keys: keys)) }
    }

    /// Whether a drain is done.
    func lookAtTheEnd() {
        guard case .draining = phase, !isEmptyingListeners,
            (modules?.engine.activeConnections ?? 0) == 0
        else { return }
        stop(immediately: false)
    }

    /// A drain's grace, or the time that threads have to end, is over.
    func deadlineIsOver() {
        switch phase {
        case .running: return
        case .waiting: beginDrain()
        case .draining: graceIsOver()
        case .handingOver(let status), .ending(let status):
            logs.system.alert("A thread does not end; leaving without it.")
            host.tell(.stopping(status: Int(status)))
            exitStatus = status
        }
    }

    private func graceIsOver() {
        let left = modules?.engine.activeConnections ?? 0
        if left > 0 { logs.system.warning("The grace is over: closing \(left) connections.") }
        stop(immediately: false)
    }

    func routerStopped() {
        guard case .handingOver(let status) = phase else { return }
        let left = modules?.engine.activeConnections ?? 0
        if left > 0 { logs.system.notice("\(left) connections end with the move of the address.") }
        end(status: status)
    }

    private func end(status: Int32) {
        phase = .ending(status: status)
        modules?.desk.noteStopping()
        loop.timers.arm(deadlineTimer, at: loop.now + Service.stopLimit)
        modules?.logStoppedProxies()
        guard let engine = modules?.engine else { return }
        let mailbox = mailbox
        engine.stop { mailbox.post(.engineStopped) }
    }

    func engineStopped() {
        guard case .ending(let status) = phase else { return }
        modules?.runtime.closeAll(in: loop)
        logs.system.tick(now: loop.now)
        logs.system.finish()
        host.tell(.stopping(status: Int(status)))
        exitStatus = status
    }
}
