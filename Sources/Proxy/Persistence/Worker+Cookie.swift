internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Rules

/// The cookie that names a server, in requests.
extension Worker {
    /// Everything that binds a request to a server: `force-persist`, `use-server`, the cookie, stick tables. The
    /// evaluation has the request.
    func chooseServer(_ backend: WorkerProxy, _ stream: Stream) {
        if let rules = backend.rules {
            applyPersistRules(rules, stream)
            if !rules.servers.isEmpty { pinServer(rules, backend, stream) }
        }
        let ignores = stream.has(Stream.Flag.ignoresPersistence)
        if let cookie = backend.cookie, evaluation.requestHead != nil {
            takeCookies(cookie, backend, stream, ignores: ignores)
        }
        if let rules = backend.rules, !rules.sticks.isEmpty, !ignores {
            applySticks(rules, backend, stream)
        }
        if let hash = backend.requestHash, hash.expression != nil { keepSampleHash(hash, stream) }
    }

    /// The first condition that holds decides.
    private func applyPersistRules(_ rules: WorkerRules, _ stream: Stream) {
        for rule in rules.persists where evaluation.holds(rule.condition) {
            stream.set(
                rule.forces
                    ? Stream.Flag.forcesPersistence : Stream.Flag.ignoresPersistence)
            return
        }
    }

    private func takeCookies(
        _ cookie: WorkerCookie, _ backend: WorkerProxy, _ stream: Stream, ignores: Bool
    ) {
        var isFirst = true
        for index in 0..<evaluation.fields.count
        where evaluation.fields[index].name == .cookie && !evaluation.fields[index].isDropped {
            takeCookies(cookie, backend, stream, index, ignores: ignores, &isFirst)
        }
    }

    /// Looks at one field, and writes it anew where the server is not to see all of it.
    private func takeCookies(
        _ cookie: WorkerCookie, _ backend: WorkerProxy, _ stream: Stream, _ index: Int,
        ignores: Bool, _ isFirst: inout Bool
    ) {
        let field = evaluation.fields[index].valueRange
        let start = evaluation.arena.count
        var hasChanged = false
        // Without room the field goes on as it came: never a part of it.
        var fits = true
        var at = field.lowerBound
        while at <= field.upperBound {
            let pair = nextPair(at, field.upperBound)
            at = pair.end + 1
            guard let value = value(of: cookie.name, in: pair.start..<pair.end) else {
                if pair.start < pair.end {
                    fits = keepPair(pair.start..<pair.end, from: start) && fits
                }
                continue
            }
            let mark = cookie.settings.mode == .prefix ? find(0x7e, value) : nil
            if isFirst {
                isFirst = false
                let own = mark.map { value.lowerBound..<$0 } ?? value
                choose(own, cookie, backend, stream, ignores: ignores)
            }
            if let mark {
                hasChanged = true
                fits = keepPair(pair.start..<value.lowerBound, from: start) && fits
                fits = evaluation.arena.append(copyOf: mark + 1..<pair.end) && fits
            } else if cookie.settings.isIndirect, cookie.settings.mode == .insert {
                hasChanged = true
            } else {
                fits = keepPair(pair.start..<pair.end, from: start) && fits
            }
        }
        guard hasChanged, fits else {
            evaluation.arena.truncate(by: evaluation.arena.count - start)
            return
        }
        evaluation.hasEdits = true
        if evaluation.arena.count == start {
            evaluation.fields.drop(index)
        } else {
            evaluation.fields.replaceValue(index, with: start..<evaluation.arena.count)
        }
    }

    /// One `name=value`, without the blanks around it; `end` is where its delimiter stands.
    private func nextPair(_ from: Int, _ limit: Int) -> (start: Int, end: Int) {
        var start = from
        while start < limit, isBlank(start) { start += 1 }
        var end = start
        while end < limit, evaluation.byte(at: end) != UInt8(ascii: ";") { end += 1 }
        return (start, end)
    }

    private func isBlank(_ at: Int) -> Bool {
        let byte = evaluation.byte(at: at)
        return byte == 0x20 || byte == 0x09
    }

    private func find(_ byte: UInt8, _ range: Range<Int>) -> Int? {
        for at in range where evaluation.byte(at: at) == byte { return at }
        return nil
    }

    /// The value of a pair of that name.
    private func value(of name: [UInt8], in pair: Range<Int>) -> Range<Int>? {
        guard let equals = find(UInt8(ascii: "="), pair) else { return nil }
        var end = equals
        while end > pair.lowerBound, isBlank(end - 1) { end -= 1 }
        guard end - pair.lowerBound == name.count else { return nil }
        for offset in name.indices
        where evaluation.byte(at: pair.lowerBound + offset) != name[offset] {
            return nil
        }
        var start = equals + 1
        while start < pair.upperBound, isBlank(start) { start += 1 }
        var last = pair.upperBound
        while last > start, isBlank(last - 1) { last -= 1 }
        return start..<last
    }

    /// Appends what stays of a field; false where there is no room for it.
    private func keepPair(_ range: Range<Int>, from start: Int) -> Bool {
        if evaluation.arena.count > start, !evaluation.arena.append("; ") { return false }
        return evaluation.arena.append(copyOf: range)
    }

    // MARK: The choice

    private func choose(
        _ value: Range<Int>, _ cookie: WorkerCookie, _ backend: WorkerProxy, _ stream: Stream,
        ignores: Bool
    ) {
        var own = value
        if cookie.settings.mode == .insert, let bar = find(0x7c, value) {
            own = value.lowerBound..<bar
            if !datesAreGood(bar + 1..<value.upperBound, cookie, stream) { return }
        }
        guard !ignores, stream.pinned == nil else {
            stream.cookie.request = .unused
            return
        }
        var isDown = false
        for server in backend.servers where !own.isEmpty && isCookie(server, own) {
            if mayPersist(server, stream) {
                stream.pinned = server
                stream.set(Stream.Flag.isDirect)
                stream.cookie.request = .valid
                return
            }
            isDown = true
        }
        stream.cookie.request = isDown ? .down : .invalid
    }

    private func isCookie(_ server: WorkerServer, _ range: Range<Int>) -> Bool {
        guard let cookie = server.cookie, cookie.count == range.count else { return false }
        for offset in cookie.indices
        where evaluation.byte(at: range.lowerBound + offset) != cookie[offset] {
            return false
        }
        return true
    }

    /// The dates behind an inserted value: last seen, first seen.
    private func datesAreGood(
        _ range: Range<Int>, _ cookie: WorkerCookie, _ stream: Stream
    ) -> Bool {
        let now = evaluation.realtime / 1_000_000_000
        let bar = find(0x7c, range) ?? range.upperBound
        let last = evaluation.cookieDate(range.lowerBound..<bar)
        var first: Int64?
        if bar < range.upperBound {
            first = evaluation.cookieDate(bar + 1..<range.upperBound)
        }
        // Dates of the future are wrong clocks, or worse.
        let latest = now + Worker.clockTolerance
        let (idle, life) = (Int64(cookie.settings.maxIdle), Int64(cookie.settings.maxLife))
        var isGood = true
        if idle > 0, let last, last > latest || now - last > idle {
            stream.cookie.request = .expired
            isGood = false
        }
        if life > 0, let first, first > latest || now - first > life {
            stream.cookie.request = .old
            isGood = false
        }
        guard isGood else { return false }
        stream.cookie.lastSeen = last ?? 0
        stream.cookie.firstSeen = first ?? 0
        return true
    }

    /// Seconds that clocks of two nodes may differ.
    private static let clockTolerance: Int64 = 86400
}
