package import Core
internal import EventLoop
internal import Linux
internal import Synchronization

/// Looks names up for a start or a reload, with a deadline that the system's resolver does not have.
///
/// The lookups run on threads of their own, several at once. One that is still waiting when time is up cannot be
/// stopped; it is left behind, and its answer forgotten.
package final class NameResolver: Sendable {
    /// What came of a list of names.
    package struct Resolution: Sendable, Equatable {
        /// In the resolver's order; no entry for a name that does not exist.
        package var addresses: [String: [IPAddress]] = [:]
        /// Names whose lookup did not end in time, or was cancelled.
        package var unanswered: Set<String> = []
    }

    /// Lookups at once, those left behind included.
    package static let threadLimit = 16

    /// How long a call without a thread waits before it tries to start one again.
    private static let pause = Duration.milliseconds(20)

    private enum Message: Sendable {
        case answer(String, [IPAddress])
        case cancelled
    }

    /// One call of `resolve`.
    private final class Query: Sendable {
        private let waiting: Mutex<[String]>
        let mailbox: Mailbox<Message>

        init(_ names: [String]) throws(Errno) {
            waiting = Mutex(names)
            mailbox = try Mailbox()
        }

        func next() -> String? { waiting.withLock { $0.popLast() } }
        /// Nobody listens any more: the threads end after the name that they are at.
        func abandon() { waiting.withLock { $0 = [] } }
    }

    private let lookup: @Sendable (String) -> [IPAddress]
    private let threads = Atomic<Int>(0)
    private let queries = Mutex<[Query]>([])

    /// `lookup` blocks for as long as it takes, and gives nothing for a name that does not exist.
    package init(
        lookup: @escaping @Sendable (String) -> [IPAddress] = {
            (try? Host.resolve($0).get()) ?? []
        }
    ) {
        self.lookup = lookup
    }

    /// Looks all names up, and waits for the answers until `deadline`.
    package func resolve(_ names: [String], deadline: Instant) -> Resolution {
        var resolution = Resolution()
        var unknown: [String] = []
        for name in Set(names).sorted() {
            if let address = IPAddress(name) {
                resolution.addresses[name] = [address]
            } else {
                unknown.append(name)
            }
        }
        resolution.unanswered = Set(unknown)
        guard !unknown.isEmpty, let query = try? Query(unknown.reversed()), let loop = try? Loop(),
            (try? loop.add(query.mailbox.descriptor, .readable, Token(kind: 0))) != nil
        else { return resolution }
        queries.withLock { $0.append(query) }
        var started = 0
        while started < unknown.count, startThread(query) { started += 1 }
        wait(for: query, isStarted: started > 0, in: loop, until: deadline, &resolution)
        query.abandon()
        queries.withLock { $0.removeAll { $0 === query } }
        return resolution
    }

    /// From any thread: ends the calls of `resolve` that wait now.
    package func cancel() {
        for query in queries.withLock({ $0 }) { query.mailbox.post(.cancelled) }
    }

    private func wait(
        for query: Query, isStarted: Bool, in loop: Loop, until deadline: Instant,
        _ resolution: inout Resolution
    ) {
        var isStarted = isStarted
        while !resolution.unanswered.isEmpty {
            let left = deadline - Clock.now()
            guard left > .zero else { return }
            // All threads hang on names of earlier calls; one of them may come free.
            _ = loop.wait(atMost: min(left, isStarted ? .seconds(60) : NameResolver.pause))
            if !isStarted { isStarted = startThread(query) }
            for message in query.mailbox.take() {
                switch message {
                case .cancelled: return
                case .answer(let name, let addresses):
                    resolution.unanswered.remove(name)
                    if !addresses.isEmpty { resolution.addresses[name] = addresses }
                }
            }
        }
    }

    /// One more thread for the query; false where there are enough.
    private func startThread(_ query: Query) -> Bool {
        guard threads.wrappingAdd(1, ordering: .relaxed).newValue <= NameResolver.threadLimit
        else {
            threads.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        do throws(Errno) {
            try Threads.start(name: "dyad-resolver") { [self] in
                while let name = query.next() {
                    query.mailbox.post(.answer(name, lookup(name)))
                }
                threads.wrappingSubtract(1, ordering: .relaxed)
            }
            return true
        } catch {
            threads.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
    }
}
