internal import Configuration
internal import Expressions

/// What rules have set of one stream besides timeouts.
struct StreamWishes: BitwiseCopyable {
    /// `set-priority-class`, `set-priority-offset` (milliseconds)
    var priorityClass: Int32 = 0
    var priorityOffset: Int32 = 0
    /// `set-retries`
    var retries: Int32?
}

extension Stream {
    /// Nothing where no rule has set anything.
    var wished: StreamWishes { has(Flag.hasWishes) ? wishes : StreamWishes() }

    /// `retries` of its backend, or what `set-retries` says.
    var maxRetries: Int {
        if has(Flag.hasWishes), let own = wishes.retries { return Int(own) }
        return backend.settings.retries
    }

    func set(_ number: StreamNumber, to value: Int64) {
        if !has(Flag.hasWishes) {
            wishes = StreamWishes()
            set(Flag.hasWishes)
        }
        // HAProxy manual: numbers beyond are cut off, but for retries.
        switch number {
        case .priorityClass: wishes.priorityClass = Int32(min(max(value, -2047), 2047))
        case .priorityOffset: wishes.priorityOffset = Int32(min(max(value, -524_287), 524_287))
        case .retries: if (0...100).contains(value) { wishes.retries = Int32(value) }
        }
    }
}
