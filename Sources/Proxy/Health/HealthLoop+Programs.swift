internal import Checking
internal import Configuration
internal import Core
internal import EventLoop
internal import Linux

/// Checks by programs: `option external-check`. Somebody else starts them; only numbers come back.
extension HealthLoop {
    func beginProgram(_ check: ServerCheck, _ program: CheckProgram) {
        guard check.program == 0 else {
            // It outlived its time and a polite signal.
            launcher?.signal(id: check.program, Signals.kill)
            armNext(check, after: check.settings.interval)
            return
        }
        guard let launcher, programs.count < CheckLaunch.limit else {
            noteManyPrograms()
            armNext(check, after: HealthLoop.shortagePause)
            return
        }
        check.setRunning(true)
        check.startedAt = loop.now
        check.program = nextProgram
        check.awaitsProgram = true
        programs[nextProgram] = check.handle
        let launch = CheckLaunch(program, check.proxy, check.server, check.state)
        launcher.start(launch, id: nextProgram)
        nextProgram += 1
        let limit = check.proxy.timeouts.check ?? check.settings.interval
        loop.timers.arm(check.timer, at: loop.now + limit)
    }

    /// The time of a program is over. Its child goes on until it has been signalled, and is not forgotten.
    func programTimedOut(_ check: ServerCheck) {
        check.awaitsProgram = false
        launcher?.signal(id: check.program, Signals.terminate)
        finish(check, CheckVerdict(.processTimeout))
    }

    /// `status`: of the exit, or 128 and the signal's number.
    func programEnded(id: Int, status: Int) {
        guard let handle = programs.removeValue(forKey: id), let check = checks[handle],
            check.program == id
        else { return }
        check.program = 0
        guard check.awaitsProgram else { return }
        check.awaitsProgram = false
        finish(check, CheckVerdict(status == 0 ? .processPassed : .processError, code: status))
    }

    /// A check ends for good while its program may still run.
    func abandonProgram(_ check: ServerCheck) {
        guard check.program != 0 else { return }
        check.awaitsProgram = false
        launcher?.signal(id: check.program, Signals.terminate)
    }
}
