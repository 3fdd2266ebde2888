internal import Configuration
internal import Core
internal import VRRP

/// What the number of running processes comes to: one `vrrp_track_process`. Knows no clock and no `/proc`.
internal struct ProcessQuorum {
    let settings: TrackProcessSettings
    private(set) var state = TrackerState.unknown
    private(set) var count = 0
    /// When the other state counts, if nothing changes until then.
    private(set) var deadline: Instant?

    init(_ settings: TrackProcessSettings) { self.settings = settings }

    private var holds: Bool {
        count >= settings.quorum && count <= settings.quorumMaximum ?? .max
    }

    /// So many run now; a line for the log when that decides something.
    mutating func counted(_ count: Int, now: Instant) -> String? {
        self.count = count
        // The first count says how things stand; there was nothing to wait for.
        guard state != .unknown else { return settle() }
        guard holds != (state == .good) else {
            deadline = nil
            return nil
        }
        let delay = holds ? settings.forkDelay : settings.terminateDelay
        guard delay > .zero else { return settle() }
        if deadline == nil { deadline = now + delay }
        return nil
    }

    /// A delay is over.
    mutating func expire(now: Instant) -> String? {
        guard let due = deadline, due <= now else { return nil }
        return settle()
    }

    private mutating func settle() -> String {
        deadline = nil
        state = holds ? .good : .bad
        return "Quorum \(holds ? "gained" : "lost") for tracked process \(settings.name)"
    }

    // MARK: Which processes count

    /// `name`: as the kernel has it, at most 15 bytes. `words`: the command line.
    func matches(name: ArraySlice<UInt8>, words: () -> [ArraySlice<UInt8>]) -> Bool {
        guard let command = settings.command.first else { return false }
        guard settings.looksAtCommandLine else {
            return name.elementsEqual(command.utf8.prefix(ProcessQuorum.nameLimit))
        }
        let words = words()
        guard let first = words.first, first.elementsEqual(command.utf8) else { return false }
        let given = words.dropFirst()
        let wanted = settings.command.dropFirst()
        guard let match = settings.parameterMatch else {
            return given.count == wanted.count
                && zip(given, wanted).allSatisfy { $0.elementsEqual($1.utf8) }
        }
        // To ask for no parameters is to allow none.
        guard let last = wanted.last else { return given.isEmpty }
        guard given.count >= wanted.count else { return false }
        let exact = match == .partial ? wanted[...] : wanted.dropLast()
        guard zip(given, exact).allSatisfy({ $0.elementsEqual($1.utf8) }) else { return false }
        return match == .partial
            || given[given.startIndex + wanted.count - 1].starts(with: last.utf8)
    }

    /// TASK_COMM_LEN without its zero.
    static let nameLimit = 15
}
