/// Many timers, armed and disarmed often, few of which expire. Four wheels of 256 slots: 1 ms, 256 ms,
/// 65.5 s, 4.7 h each slot; later deadlines wait in the last wheel and are looked at again.
///
/// Arming a timer for later than it was only stores the deadline; its node moves when the wheel reaches
/// the old slot. Disarming only clears the deadline. Both cost a few instructions.
public struct TimerWheel {
    /// One timer, for as long as its owner lives.
    public struct ID: Hashable, Sendable, BitwiseCopyable {
        fileprivate let index: Int32
        /// An id that no wheel has given out.
        public static let none = ID(index: -1)
    }

    private struct Node: BitwiseCopyable {
        var deadline: Int64  // milliseconds; Int64.max: not armed
        var placed: Int64  // the deadline that its slot was chosen by
        var owner: UInt64
        var next: Int32
        var previous: Int32
        var slot: Int32  // -1: in no slot; inDueList: found due, not handed out yet
    }

    private static let slotsPerWheel = 256
    private static let wheels = 4
    private static let unarmed = Int64.max
    private static let inDueList: Int32 = -2

    private var nodes: [Node] = []
    private var vacant: [Int32] = []
    private var heads: [Int32]
    private var occupied: [UInt64]  // one bit a slot
    private var current: Int64  // the millisecond that has been served
    private var linked = 0
    private var due: [Int32] = []
    /// Not later than the start of any slot in use; `.min`: not known.
    private var bound = Int64.max

    public init(now: Instant) {
        heads = Array(repeating: -1, count: TimerWheel.slotsPerWheel * TimerWheel.wheels)
        occupied = Array(repeating: 0, count: TimerWheel.slotsPerWheel * TimerWheel.wheels / 64)
        current = now.milliseconds
    }

    /// A new timer, not armed. `owner` is what `popDue` hands out.
    public mutating func add(owner: UInt64) -> ID {
        let node = Node(
            deadline: TimerWheel.unarmed, placed: 0, owner: owner, next: -1, previous: -1, slot: -1)
        if let index = vacant.popLast() {
            nodes[Int(index)] = node
            return ID(index: index)
        }
        nodes.append(node)
        return ID(index: Int32(nodes.count - 1))
    }

    /// Ends a timer; its id must not be used any more.
    public mutating func remove(_ id: ID) {
        guard id != .none else { return }
        unlink(id.index)
        if nodes[Int(id.index)].slot == TimerWheel.inDueList { due.removeAll { $0 == id.index } }
        nodes[Int(id.index)].slot = -1
        nodes[Int(id.index)].deadline = TimerWheel.unarmed
        vacant.append(id.index)
    }

    /// Sets the deadline, earlier or later than before. Rounded up to the next millisecond.
    @inline(__always)
    public mutating func arm(_ id: ID, at deadline: Instant) {
        let index = Int(id.index)
        let time = (deadline.nanoseconds &+ 999_999) / 1_000_000
        if nodes[index].slot >= 0 && time >= nodes[index].placed {
            nodes[index].deadline = time
            return
        }
        rearm(id.index, time)
    }

    /// Forgets the deadline.
    @inline(__always)
    public mutating func disarm(_ id: ID) {
        nodes[Int(id.index)].deadline = TimerWheel.unarmed
    }

    /// The deadline, or nil when it is not armed.
    public func deadline(of id: ID) -> Instant? {
        let time = nodes[Int(id.index)].deadline
        return time == TimerWheel.unarmed ? nil : Instant(nanoseconds: time &* 1_000_000)
    }

    /// A time at or before the earliest deadline; nil when nothing waits. Good as the end of a wait.
    @inline(__always)
    public mutating func earliest() -> Instant? {
        guard linked > 0 else { return nil }
        if bound == Int64.min { findBound() }
        return Instant(nanoseconds: bound &* 1_000_000)
    }

    @inline(never)
    private mutating func findBound() {
        // A slot of a wide wheel may begin before the next occupied slot of a narrow one.
        var least = Int64.max
        for wheel in 0..<TimerWheel.wheels {
            let shift = Int64(8 * wheel)
            let position = current >> shift
            if let distance = nextOccupied(wheel, after: Int(position & 255)) {
                least = min(least, (position &+ Int64(distance)) << shift)
            }
        }
        bound = least
    }

    /// The owner of a timer whose deadline has come, or nil when there is none left. The timer is not armed any
    /// more. Between two calls any timer may be armed, disarmed or removed.
    public mutating func popDue(now: Instant) -> UInt64? {
        let end = now.milliseconds
        // The usual case: nothing can be due.
        if end < bound, due.isEmpty, bound != Int64.min {
            current = max(current, end)
            return nil
        }
        bound = Int64.min
        while true {
            while let index = due.popLast() {
                let node = nodes[Int(index)]
                // Armed again since it was found due: it has a slot, or gets one.
                guard node.slot == TimerWheel.inDueList else { continue }
                nodes[Int(index)].slot = -1
                if node.deadline <= current {
                    nodes[Int(index)].deadline = TimerWheel.unarmed
                    return node.owner
                } else if node.deadline != TimerWheel.unarmed {
                    link(index, node.deadline)
                }
            }
            guard advance(to: end) else { return nil }
        }
    }

    /// Moves on until a slot holds timers or the time is reached; false when it is.
    private mutating func advance(to end: Int64) -> Bool {
        while current < end {
            guard linked > 0 else {
                current = end
                return false
            }
            // Nothing waits in the rest of this turn of the first wheel: go to its end at once.
            if nextOccupied(0, after: Int(current & 255), withinTurn: true) == nil {
                let turn = current | 255
                guard turn < end else {
                    current = end
                    return false
                }
                current = turn
            }
            current &+= 1
            if current & 0xff == 0 { cascade(1) }
            collect(slot: Int(current & 255))
            if !due.isEmpty { return true }
        }
        return false
    }

    // MARK: Slots

    private mutating func cascade(_ wheel: Int) {
        guard wheel < TimerWheel.wheels else { return }
        let position = Int((current >> Int64(8 * wheel)) & 255)
        if position == 0 { cascade(wheel + 1) }
        var index = takeSlot(wheel * TimerWheel.slotsPerWheel + position)
        while index >= 0 {
            let next = nodes[Int(index)].next
            nodes[Int(index)].slot = -1
            linked -= 1
            if nodes[Int(index)].deadline != TimerWheel.unarmed {
                link(index, nodes[Int(index)].deadline)
            }
            index = next
        }
    }

    private mutating func collect(slot: Int) {
        var index = takeSlot(slot)
        while index >= 0 {
            let next = nodes[Int(index)].next
            nodes[Int(index)].slot = TimerWheel.inDueList
            linked -= 1
            due.append(index)
            index = next
        }
    }

    private mutating func takeSlot(_ slot: Int) -> Int32 {
        let head = heads[slot]
        heads[slot] = -1
        occupied[slot >> 6] &= ~(1 << UInt64(slot & 63))
        return head
    }

    private mutating func rearm(_ index: Int32, _ time: Int64) {
        unlink(index)
        nodes[Int(index)].deadline = time
        link(index, time)
    }

    private mutating func link(_ index: Int32, _ time: Int64) {
        let due = max(time, current &+ 1)
        let distance = due &- current
        let wheel = distance < 1 << 8 ? 0 : distance < 1 << 16 ? 1 : distance < 1 << 24 ? 2 : 3
        let placed = wheel == 3 ? min(due, current &+ (255 << 24)) : due
        let slot = Int32(wheel * 256 + Int((placed >> Int64(8 * wheel)) & 255))
        let head = heads[Int(slot)]
        nodes[Int(index)].placed = time
        nodes[Int(index)].slot = slot
        nodes[Int(index)].next = head
        nodes[Int(index)].previous = -1
        if head >= 0 { nodes[Int(head)].previous = index }
        heads[Int(slot)] = index
        occupied[Int(slot) >> 6] |= 1 << UInt64(slot & 63)
        linked += 1
        let start = (placed >> Int64(8 * wheel)) << Int64(8 * wheel)
        if start < bound { bound = start }
    }

    private mutating func unlink(_ index: Int32) {
        let node = nodes[Int(index)]
        guard node.slot >= 0 else { return }
        if node.previous >= 0 {
            nodes[Int(node.previous)].next = node.next
        } else {
            heads[Int(node.slot)] = node.next
            if node.next < 0 {
                occupied[Int(node.slot) >> 6] &= ~(1 << UInt64(node.slot & 63))
            }
        }
        if node.next >= 0 { nodes[Int(node.next)].previous = node.previous }
        nodes[Int(index)].slot = -1
        linked -= 1
    }

    /// Slots from `position` (not counted) to the next one in use; nil when the wheel is empty.
    private func nextOccupied(_ wheel: Int, after position: Int, withinTurn: Bool = false) -> Int? {
        let base = wheel * TimerWheel.slotsPerWheel
        var distance = 1
        while distance <= 256 {
            if withinTurn && position + distance > 255 { return nil }
            let slot = (position + distance) & 255
            let word = occupied[(base + slot) >> 6] >> UInt64(slot & 63)
            if word != 0 {
                let found = distance + word.trailingZeroBitCount
                if withinTurn && position + found > 255 { return nil }
                return found
            }
            distance += 64 - (slot & 63)
        }
        return nil
    }
}
