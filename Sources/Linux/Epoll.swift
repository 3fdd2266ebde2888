internal import CLinux

/// epoll, for `EventLoop.Loop`.
@safe
public struct Epoll: ~Copyable, @unchecked Sendable {
    /// One event as the kernel reports it.
    public struct Event: Sendable, BitwiseCopyable {
        public let readiness: UInt32
        public let token: UInt64
    }

    /// Most events of one wait.
    public static let eventsAtOnce = 256

    private let number: Int32
    private let events: UnsafeMutablePointer<linux_event>

    public init() throws(Errno) {
        number = try checked(linux_epoll_create())
        unsafe events = .allocate(capacity: Epoll.eventsAtOnce)
        unsafe events.initialize(repeating: linux_event(), count: Epoll.eventsAtOnce)
    }

    deinit {
        _ = linux_close(number)
        unsafe events.deallocate()
    }

    public func add(_ descriptor: Int32, readiness: UInt32, token: UInt64) throws(Errno) {
        try check(linux_epoll_add(number, descriptor, readiness, token))
    }

    public func modify(_ descriptor: Int32, readiness: UInt32, token: UInt64) throws(Errno) {
        try check(linux_epoll_modify(number, descriptor, readiness, token))
    }

    public func remove(_ descriptor: Int32) { _ = linux_epoll_remove(number, descriptor) }

    /// Waits; -1 milliseconds: without end. Returns the number of events; 0 too when a signal came.
    @inline(__always)
    public func wait(milliseconds: Int32) -> Int {
        let count = unsafe linux_epoll_wait(
            number, events, Int32(Epoll.eventsAtOnce), milliseconds)
        precondition(count >= 0, "epoll_wait failed on our own descriptor")
        return count
    }

    /// An event of the last wait.
    @inline(__always)
    public func event(_ index: Int) -> Event {
        precondition(index >= 0 && index < Epoll.eventsAtOnce)
        return unsafe Event(readiness: events[index].events, token: events[index].token)
    }
}

/// An eventfd: wakes a loop from another thread.
public struct Wakeup: ~Copyable, Sendable {
    /// For waiting on it.
    public let number: Int32

    public init() throws(Errno) { number = try checked(linux_eventfd()) }

    deinit { _ = linux_close(number) }

    /// From any thread.
    @inline(__always)
    public func signal() {
        var one: UInt64 = 1
        _ = unsafe linux_write(number, &one, 8)
    }

    /// Forgets the signals so far.
    public func clear() {
        var count: UInt64 = 0
        _ = unsafe linux_read(number, &count, 8)
    }
}
