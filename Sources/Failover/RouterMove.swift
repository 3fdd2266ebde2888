/// What an operator asks of virtual routers.
package enum RouterMove: Sendable, Equatable {
    /// Gives the addresses to a peer, and leaves them to it while it lives.
    case failover
    /// Takes the addresses, whatever the priorities are.
    case takeover
    /// As `failover`, and takes no address until maintenance is over.
    case beginMaintenance
    /// Ends maintenance, and whatever else was asked.
    case endMaintenance
}

/// What became of it: one line for each virtual router.
package struct RouterMoveOutcome: Sendable, Equatable {
    package var succeeded = true
    package var lines: [String] = []
    /// Nothing was done: one of them is master, which whoever asked did not know.
    package var foundMaster = false

    package init() {}
}

/// What an operator wants of one virtual router until something ends it.
package enum Wish: String, Sendable {
    /// Lowest priority; ends when the router has become master all the same, because its peer died.
    case yields
    /// Highest priority; ends with the next state.
    case holds
    /// No master at all, until the operator says so.
    case rests
}

/// One command under way, which may ask several routers.
internal final class MoveJob {
    let move: RouterMove
    private var waiting = 0
    private var outcome = RouterMoveOutcome()
    private let done: @Sendable (RouterMoveOutcome) -> Void

    init(_ move: RouterMove, done: @escaping @Sendable (RouterMoveOutcome) -> Void) {
        self.move = move
        self.done = done
    }

    func begin(count: Int) { waiting = count }

    /// One router is done; the last one sends the answer.
    func finish(_ name: String, _ succeeded: Bool, _ text: String) {
        outcome.succeeded = outcome.succeeded && succeeded
        outcome.lines.append("\(name): \(text)")
        waiting -= 1
        if waiting <= 0 { done(outcome) }
    }
}
