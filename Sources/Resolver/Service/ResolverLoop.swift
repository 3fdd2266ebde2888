internal import Configuration
internal import Core
internal import EventLoop
internal import Linux

/// What the resolver's thread keeps: name servers, lookups and their timers.
final class ResolverLoop {
    /// What a token of this loop stands for.
    enum Kind {
        static let mailbox: UInt8 = 0
        static let datagrams: UInt8 = 1
        static let stream: UInt8 = 2
        static let lookup: UInt8 = 3
    }

    /// Lookups at once; more are left out.
    static let lookupLimit = 16_384
    static let nameServerLimit = 1_024
    /// Datagrams that are read of one server in a turn.
    private static let datagramsPerTurn = 64
    /// Numbers that are tried until one is free.
    private static let identifierTries = 16

    /// A lookup and what belongs to it here.
    private final class Entry {
        let handle: Handle
        let timer: TimerWheel.ID
        let key: LookupKey
        var lookup: Lookup
        var identifier: UInt16?

        init(_ handle: Handle, timer: TimerWheel.ID, key: LookupKey, lookup: Lookup) {
            self.handle = handle
            self.timer = timer
            self.key = key
            self.lookup = lookup
        }
    }

    private struct Section {
        var settings: ResolversSettings
        var servers: [Handle] = []
    }

    private let loop: Loop
    private let found: (LookupKey, Finding) -> Void
    private var sections: [String: Section] = [:]
    private var servers = Table<NameServer>(limit: nameServerLimit)
    private var entries = Table<Entry>(limit: lookupLimit)
    private var byKey: [LookupKey: Handle] = [:]
    private var byIdentifier: [UInt16: Handle] = [:]
    private var scratch = [UInt8](repeating: 0, count: NameServer.messageLimit)

    init(_ loop: Loop, found: @escaping (LookupKey, Finding) -> Void) {
        self.loop = loop
        self.found = found
    }

    // MARK: What is wanted

    /// Sections by name, with the counters of their servers. Lookups whose section stays go on.
    func apply(_ wanted: [(ResolversSettings, [CounterTable])]) {
        for section in sections.values { section.servers.forEach(removeServer) }
        sections = [:]
        for (settings, counters) in wanted {
            var section = Section(settings: settings)
            for (server, counters) in zip(settings.nameServers, counters) {
                let made = servers.insert { handle in
                    NameServer(server, section: settings.name, counters: counters, handle: handle)
                }
                if let made { section.servers.append(made.handle) }
            }
            sections[settings.name] = section
        }
    }

    private func removeServer(_ handle: Handle) { servers.remove(handle)?.close() }

    /// Begins and ends lookups; those that stay keep their rhythm.
    func lookUp(_ keys: Set<LookupKey>) {
        for (key, handle) in byKey where !keys.contains(key) {
            guard let entry = entries.remove(handle) else { continue }
            release(entry)
            loop.timers.remove(entry.timer)
            byKey[key] = nil
        }
        for key in keys where byKey[key] == nil {
            let made = entries.insert { handle in
                Entry(
                    handle,
                    timer: loop.timers.add(owner: Token(kind: Kind.lookup, handle).rawValue),
                    key: key, lookup: Lookup(key.subject, startAt: loop.now))
            }
            guard let made else { return }
            byKey[key] = made.handle
            loop.timers.arm(made.timer, at: made.lookup.deadline)
        }
    }

    func end() { servers.forEach { $0.close() } }

    // MARK: Events

    func handle(_ event: Loop.Event) {
        guard let server = servers[event.token.handle] else { return }
        switch event.token.kind {
        case Kind.datagrams:
            for _ in 0..<ResolverLoop.datagramsPerTurn {
                guard let message = server.receiveDatagram(&scratch) else { return }
                received(Array(message), from: server)
            }
        case Kind.stream:
            if event.readiness.contains(.writable) { _ = server.flush(loop) }
            var messages: [[UInt8]] = []
            server.receiveStream(&scratch) { messages.append(Array($0)) }
            for message in messages { received(message, from: server) }
        default: break
        }
    }

    func timerExpired(_ token: Token) {
        guard let entry = entries[token.handle], let section = sections[entry.key.section] else {
            return
        }
        if entry.identifier != nil {
            // Nobody answered this sending in time.
            for handle in section.servers { servers[handle]?.count(.timeout) }
        }
        carryOut(entry.lookup.timerExpired(section.settings, now: loop.now), entry, section, nil)
    }

    private func received(_ message: [UInt8], from server: NameServer) {
        guard let identifier = DNSReply.identifier(of: message),
            let entry = byIdentifier[identifier].flatMap({ entries[$0] }),
            let question = entry.lookup.question, entry.key.section == server.section,
            let section = sections[server.section]
        else { return server.count(.outdated) }
        do throws(DNSReply.Problem) {
            let reply = try DNSReply(message, to: question)
            if reply.isTruncated {
                server.count(.truncated)
                // Connections carry answers of any length.
                if !server.settings.usesTCP,
                    server.send(
                        question.message(
                            id: identifier, payloadBytes: section.settings.payloadBytes),
                        overStream: true, in: loop)
                {
                    return
                }
                let step = entry.lookup.failed(section.settings, now: loop.now)
                return carryOut(step, entry, section, server)
            }
            let before = (entry.lookup.addresses, entry.lookup.services)
            let step = entry.lookup.received(reply, section.settings, now: loop.now)
            count(
                reply, server, entry.lookup,
                isChanged: before != (entry.lookup.addresses, entry.lookup.services))
            carryOut(step, entry, section, server)
        } catch {
            server.count(.invalid)
            // Whoever answers a question that was not asked is not believed; the true answer may still come.
        }
    }

    private func count(
        _ reply: DNSReply, _ server: NameServer, _ lookup: Lookup, isChanged: Bool
    ) {
        switch reply.code {
        case .nameError: server.count(.nameError)
        case .refused: server.count(.refused)
        case .other: server.count(.other)
        case .success:
            server.count(lookup.status == .valid && lookup.question == nil ? .valid : .other)
            if isChanged { server.count(.update) }
        }
    }

    private func carryOut(
        _ step: Lookup.Step, _ entry: Entry, _ section: Section, _ server: NameServer?
    ) {
        switch step {
        case .wait: break
        case .ask: ask(entry, section)
        case .ended:
            release(entry)
            let lookup = entry.lookup
            found(
                entry.key,
                Finding(
                    status: lookup.status, holds: lookup.holds(section.settings, now: loop.now),
                    addresses: lookup.addresses, services: lookup.services,
                    targets: lookup.targets,
                    source: server.map { "\($0.section)/\($0.settings.name)" }
                        ?? section.settings.name))
        }
        if entries[entry.handle] === entry {
            loop.timers.arm(entry.timer, at: entry.lookup.deadline)
        }
    }

    /// Every sending has a number of its own, which nobody can guess.
    private func ask(_ entry: Entry, _ section: Section) {
        release(entry)
        var sent = 0
        if let question = entry.lookup.question, let identifier = freeIdentifier() {
            entry.identifier = identifier
            byIdentifier[identifier] = entry.handle
            let message = question.message(
                id: identifier, payloadBytes: section.settings.payloadBytes)
            sent = section.servers.count {
                servers[$0]?.send(message, overStream: false, in: loop) ?? false
            }
        }
        entry.lookup.asked(servers: sent, section.settings, now: loop.now)
    }

    private func freeIdentifier() -> UInt16? {
        for _ in 0..<ResolverLoop.identifierTries {
            let candidate = UInt16.random(in: 1...UInt16.max)
            if byIdentifier[candidate] == nil { return candidate }
        }
        return nil
    }

    private func release(_ entry: Entry) {
        if let identifier = entry.identifier { byIdentifier[identifier] = nil }
        entry.identifier = nil
    }
}
