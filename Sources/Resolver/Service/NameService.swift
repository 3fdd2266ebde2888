package import Configuration
package import Core
internal import EventLoop
package import Linux
internal import Synchronization

/// Looks names up at run time, on a thread of its own: `resolvers` sections (HAProxy manual, section 5.3).
package final class NameService: Sendable {
    /// A section with its name servers and what was counted of them.
    package struct SectionReport: Sendable {
        package let settings: ResolversSettings
        /// As `settings.nameServers`; see `NameServerCounter`.
        package let counters: [CounterTable]

        package init(settings: ResolversSettings, counters: [CounterTable]) {
            self.settings = settings
            self.counters = counters
        }
    }

    private enum Message: Sendable {
        case apply([SectionReport])
        case lookUp(Set<LookupKey>)
        case stop
    }

    private let mailbox: Mailbox<Message>
    private let sections = Mutex<[SectionReport]>([])
    private let found: @Sendable (LookupKey, Finding) -> Void

    /// `found` is called on the service's thread whenever a lookup has ended.
    package init(found: @escaping @Sendable (LookupKey, Finding) -> Void) throws(Errno) {
        self.found = found
        mailbox = try Mailbox()
    }

    /// Starts the thread.
    package func start() throws(Errno) {
        // Epoll and its list are made where they are used; only a failure must be known here.
        _ = try Loop()
        try Threads.start(name: "dyad-names") { self.run() }
    }

    /// Sections that keep their name and a server's name keep its counters.
    package func apply(_ settings: [ResolversSettings]) {
        let reports = sections.withLock { sections in
            let known = Dictionary(
                sections.map { ($0.settings.name, $0) }, uniquingKeysWith: { first, _ in first })
            sections = settings.map { SectionReport($0, keeping: known[$0.name]) }
            return sections
        }
        mailbox.post(.apply(reports))
    }

    /// The names to look up from now on.
    package func lookUp(_ keys: Set<LookupKey>) { mailbox.post(.lookUp(keys)) }

    /// For `show resolvers`.
    package var report: [SectionReport] { sections.withLock { $0 } }

    /// Ends the thread soon.
    package func stop() { mailbox.post(.stop) }

    // MARK: The thread

    private func run() {
        guard let loop = try? Loop(),
            (try? loop.add(
                mailbox.descriptor, .readable, Token(kind: ResolverLoop.Kind.mailbox))) != nil
        else { return }
        let resolver = ResolverLoop(loop, found: found)
        while true {
            let count = loop.wait()
            var hasMail = false
            for index in 0..<count {
                let event = loop.event(index)
                if event.token.kind == ResolverLoop.Kind.mailbox {
                    hasMail = true
                } else {
                    resolver.handle(event)
                }
            }
            while let token = loop.nextExpired() { resolver.timerExpired(token) }
            if hasMail, !readMail(into: resolver) { break }
        }
        resolver.end()
    }

    private func readMail(into resolver: ResolverLoop) -> Bool {
        for message in mailbox.take() {
            switch message {
            case .apply(let sections):
                resolver.apply(sections.map { ($0.settings, $0.counters) })
            case .lookUp(let keys): resolver.lookUp(keys)
            case .stop: return false
            }
        }
        return true
    }
}

extension NameService.SectionReport {
    fileprivate init(_ settings: ResolversSettings, keeping previous: NameService.SectionReport?) {
        self.settings = settings
        let known = Dictionary(
            zip(previous?.settings.nameServers ?? [], previous?.counters ?? []).map {
                ($0.name, $1)
            }, uniquingKeysWith: { first, _ in first })
        counters = settings.nameServers.map {
            known[$0.name] ?? CounterTable(count: NameServerCounter.allCases.count, rows: 1)
        }
    }
}
