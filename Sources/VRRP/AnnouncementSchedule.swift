package import Core

/// The times at which a master announces its addresses again.
package struct AnnouncementSchedule: Sendable, Equatable {
    private struct Round: Sendable, Equatable {
        var due: Instant
        var count: Int
    }

    private var delayed: Round?
    private var refresh: Instant?
    /// A round soon after an answer to a rival. Simulation found it: the rival's own announcement may be on its way
    /// and reach hosts behind ours.
    private var echo: Instant?
    /// A rival's packets must not make us announce without end.
    private var lastAnswer: Instant?

    package init() {}

    /// The next time at which something is due.
    package var deadline: Instant? {
        [delayed?.due, refresh, echo].compactMap { $0 }.min()
    }

    /// Starts when the router becomes master; returns the announcements to make now.
    mutating func start(_ settings: AnnouncementSettings, now: Instant) -> Int {
        self = AnnouncementSchedule()
        if settings.delay > .zero && settings.rounds > 0 {
            delayed = Round(due: now + settings.delay, count: settings.rounds)
        }
        if settings.refresh > .zero { refresh = now + settings.refresh }
        return settings.rounds
    }

    /// A rival was heard: returns the announcements to make now. Within `pause` after the last answer the
    /// answer is put off, not dropped: hosts may have learned the rival's address meanwhile.
    mutating func answerRival(
        _ settings: AnnouncementSettings, pause: Duration, now: Instant
    ) -> Int {
        guard settings.lowerPriorityRounds > 0 else { return 0 }
        if let lastAnswer, now < lastAnswer + pause {
            putOff(settings.lowerPriorityRounds, until: lastAnswer + pause)
            return 0
        }
        lastAnswer = now
        if settings.lowerPriorityDelay > .zero {
            echo = now + pause
            putOff(settings.lowerPriorityRounds, until: now + settings.lowerPriorityDelay)
        }
        return settings.lowerPriorityRounds
    }

    /// The announcements that are due; sets the next times.
    mutating func expire(_ settings: AnnouncementSettings, now: Instant) -> Int {
        var count = 0
        if let round = delayed, round.due <= now {
            count = round.count
            delayed = nil
            lastAnswer = now
        }
        if let due = echo, due <= now {
            count = max(count, settings.lowerPriorityRounds)
            echo = nil
        }
        if let due = refresh, due <= now {
            count = max(count, settings.refreshRounds)
            refresh = settings.refresh > .zero ? now + settings.refresh : nil
        }
        return count
    }

    private mutating func putOff(_ count: Int, until due: Instant) {
        guard let round = delayed else {
            delayed = Round(due: due, count: count)
            return
        }
        delayed = Round(due: min(round.due, due), count: max(round.count, count))
    }
}
