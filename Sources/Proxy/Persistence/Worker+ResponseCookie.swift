internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP

/// The cookie that names a server, in answers.
extension Worker {
    /// Changes what the server sets, and sets what the client needs. The evaluation has the answer.
    func setCookies(_ cookie: WorkerCookie, _ stream: Stream, _ head: ResponseHead) {
        guard let target = stream.target else { return }
        for index in 0..<evaluation.fields.count
        where evaluation.fields[index].name == .setCookie && !evaluation.fields[index].isDropped {
            takeSetCookie(cookie, stream, target, index)
        }
        guard wantsCookie(cookie, stream, target) else { return }
        let start = evaluation.arena.count
        guard evaluation.arena.append("set-cookie"), let value = value(cookie, stream, target)
        else { return }
        _ = evaluation.addField(name: start..<start + 10, value: value)
        stream.cookie.response =
            target.cookie != nil && stream.has(Stream.Flag.isDirect) ? .updated : .inserted
        if cookie.settings.isUncached, isCacheable(head) { forbidCaching() }
    }

    private func takeSetCookie(
        _ cookie: WorkerCookie, _ stream: Stream, _ target: WorkerServer, _ index: Int
    ) {
        let field = evaluation.fields[index].valueRange
        var end = field.lowerBound
        while end < field.upperBound, evaluation.byte(at: end) != UInt8(ascii: ";") {
            end += 1
        }
        guard let value = cookieValue(cookie.name, field.lowerBound..<end) else { return }
        stream.cookie.response = .passed
        let settings = cookie.settings
        if settings.isPreserved { return }
        if settings.mode == .insert
            || settings.isIndirect && stream.has(Stream.Flag.isDirect) && settings.mode != .prefix
        {
            evaluation.fields.drop(index)
            stream.cookie.response = .deleted
            return
        }
        guard settings.mode != .passive, let own = target.cookie else { return }
        let start = evaluation.arena.count
        evaluation.arena.append(copyOf: field.lowerBound..<value.lowerBound)
        evaluation.arena.append(contentsOf: own)
        if settings.mode == .prefix {
            evaluation.arena.append("~")
            evaluation.arena.append(copyOf: value.lowerBound..<field.upperBound)
        } else {
            evaluation.arena.append(copyOf: value.upperBound..<field.upperBound)
        }
        evaluation.fields.replaceValue(index, with: start..<evaluation.arena.count)
        stream.cookie.response = .rewritten
    }

    private func cookieValue(_ name: [UInt8], _ pair: Range<Int>) -> Range<Int>? {
        guard pair.count > name.count,
            evaluation.byte(at: pair.lowerBound + name.count) == UInt8(ascii: "=")
        else { return nil }
        for offset in name.indices
        where evaluation.byte(at: pair.lowerBound + offset) != name[offset] {
            return nil
        }
        return pair.lowerBound + name.count + 1..<pair.upperBound
    }

    /// Whether the client has to be told its server, or a new date.
    private func wantsCookie(
        _ cookie: WorkerCookie, _ stream: Stream, _ target: WorkerServer
    ) -> Bool {
        let settings = cookie.settings
        guard settings.mode == .insert, !stream.has(Stream.Flag.ignoresPersistence),
            !settings.postOnly || stream.method == .post,
            !(settings.isPreserved && stream.cookie.response == .passed)
        else { return false }
        guard stream.has(Stream.Flag.isDirect) else { return true }
        let now = evaluation.realtime / 1_000_000_000
        let known = stream.cookie
        if settings.maxIdle > 0 || known.lastSeen > 0, known.lastSeen < now { return true }
        return (settings.maxLife > 0) != (known.firstSeen > 0)
    }

    private func value(
        _ cookie: WorkerCookie, _ stream: Stream, _ target: WorkerServer
    ) -> Range<Int>? {
        let start = evaluation.arena.count
        guard let own = target.cookie else {
            // A server without a cookie of its own, for instance a backup: the client forgets the other one.
            return evaluation.arena.append(contentsOf: cookie.removal)
                ? start..<evaluation.arena.count : nil
        }
        guard evaluation.arena.append(contentsOf: cookie.name), evaluation.arena.append("="),
            evaluation.arena.append(contentsOf: own)
        else { return nil }
        let settings = cookie.settings
        if settings.maxIdle > 0 || settings.maxLife > 0 {
            let now = evaluation.realtime / 1_000_000_000 + 3
            guard evaluation.arena.append("|"), CookieDate.append(now, to: &evaluation.arena)
            else { return nil }
            if settings.maxLife > 0 {
                let first = stream.cookie.firstSeen > 0 ? stream.cookie.firstSeen : now
                guard evaluation.arena.append("|"), CookieDate.append(first, to: &evaluation.arena)
                else { return nil }
            }
        }
        guard evaluation.arena.append(contentsOf: cookie.tail) else { return nil }
        return start..<evaluation.arena.count
    }

    // MARK: Caches

    /// RFC 9111 3, as far as HAProxy looks.
    private func isCacheable(_ head: ResponseHead) -> Bool {
        switch head.status {
        case 200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501: break
        default: return false
        }
        // As HAProxy: what says nothing about itself is not kept by caches that matter.
        var hasReason = false
        for index in 0..<evaluation.fields.count where !evaluation.fields[index].isDropped {
            if evaluation.forbidsCaching(index) { return false }
            if evaluation.invitesCaching(index) { hasReason = true }
        }
        return hasReason
    }

    private func forbidCaching() {
        let start = evaluation.arena.count
        guard evaluation.arena.append("cache-controlprivate") else { return }
        _ = evaluation.addField(name: start..<start + 13, value: start + 13..<start + 20)
    }
}
