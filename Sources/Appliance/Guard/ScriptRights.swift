internal import Core

/// Which scripts the process may have run now: those of the configuration in force, of the one that is about to be, and for
/// a moment those of the one before, whose last words (`notify_deleted`) come after the change.
internal struct ScriptRights {
    private(set) var current: GuardPermissions
    private var former: GuardPermissions?
    private var formerEnds = Instant(nanoseconds: 0)

    /// How long scripts of the old configuration are still started.
    static let grace = Duration.seconds(2)

    init(_ permissions: GuardPermissions) { current = permissions }

    mutating func replace(with new: GuardPermissions, now: Instant) {
        former = current
        formerEnds = now + ScriptRights.grace
        current = new
    }

    func script(
        for command: [String], environment: [String] = [], coming: GuardPermissions?, now: Instant
    ) -> GuardPermissions.Script? {
        let former = now < formerEnds ? former : nil
        return [current, coming, former].lazy.compactMap {
            $0?.script(for: command, environment: environment)
        }
        .first
    }
}
