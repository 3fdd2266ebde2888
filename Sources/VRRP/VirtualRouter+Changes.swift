internal import Core

/// Time, settings and surroundings of a virtual router.
extension VirtualRouter {
    mutating func advertisementIsDue(now: Instant, emit: (Effect) -> Void) {
        let interval = settings.advertisementInterval
        let due = advertisementDeadline ?? now
        let late = now - due
        emit(.advertise(priority: priority))
        // A peer waits at least this long: it may have been master while we slept.
        if late >= interval * (settings.downTimerAdvertisements - 1) {
            emit(.log(.stalled(late)))
            announce(
                announcements.answerRival(
                    settings.announcements, pause: VirtualRouter.announcementPause, now: now), emit)
        }
        // Counting from the due time keeps the mean exact; after a stall there is nothing to catch up with.
        advertisementDeadline = late < interval ? due + interval : now + interval
    }

    mutating func reassess(_ new: Assessment, now: Instant, emit: (Effect) -> Void) {
        let old = assessment
        assessment = new
        guard old.priority != new.priority else { return }
        if !new.isAwaiting && !old.isAwaiting {
            emit(.log(.changingPriority(from: old.priority, to: new.priority)))
        }
        shiftMasterDown(from: old.priority, settings)
    }

    /// The running timer moves by as much as a fresh one would differ.
    private mutating func shiftMasterDown(from oldPriority: UInt8, _ old: Settings) {
        guard let deadline = masterDownDeadline else { return }
        let learned = settings.version == .v3 ? peer?.interval : nil
        let before = old.masterDownTime(
            priority: oldPriority, masterInterval: learned ?? old.advertisementInterval)
        let after = settings.masterDownTime(priority: priority, masterInterval: masterInterval)
        masterDownDeadline = deadline + (after - before)
    }

    mutating func reconfigure(_ new: Settings, now: Instant, emit: (Effect) -> Void) {
        let old = settings
        guard new != old else { return }
        settings = new
        switch state {
        case .backup: shiftMasterDown(from: priority, old)
        case .master:
            if new.advertisementInterval != old.advertisementInterval {
                advertisementDeadline = min(
                    advertisementDeadline ?? now, now + new.advertisementInterval)
            }
            guard new.addresses != old.addresses else { return }
            emit(.holdAddresses)
            announce(announcements.start(new.announcements, now: now), emit)
        case .initialize, .fault, .releasing: return
        }
    }
}
