internal import Core
internal import EventLoop
internal import Linux

/// Passwords of `userlist` sections that crypt(3) has hashed. Its methods take milliseconds by design, so a worker
/// computes one in a turn of its loop and remembers what came of it: other requests wait for one hash at most, however
/// many try passwords.
extension Worker {
    /// Requests of one worker that wait for their turn at most; more are answered with 503.
    static let hashWaitersLimit = 1024
    /// Waiting requests that one turn looks at: those whose password is known by now need no hash.
    private static let hashResumesPerTurn = 64

    /// nil: another password was hashed in this turn, and the rules can wait.
    func verify(_ password: RawSpan, against hash: String, mayWait: Bool) -> Bool? {
        guard password.byteCount <= Passwords.bytesLimit else { return false }
        let mark = knownPasswords.mark(of: password, hash)
        if let mark, let verdict = knownPasswords.verdict(on: mark) { return verdict }
        if hashedTurn == turns, mayAwaitHash, mayWait { return nil }
        hashedTurn = turns
        // Where rules cannot wait, many of them in one turn are slow, and no standstill.
        defer { shared.board.report(worker: index, now: Clock.now()) }
        let fits = Passwords.fits(password, hash)
        if let mark { knownPasswords.insert(mark, belongTogether: fits) }
        return fits
    }

    /// False: too many wait already.
    func joinHashWaiters(_ client: ClientConnection) -> Bool {
        guard hashWaiters.count < Worker.hashWaitersLimit else { return false }
        if hashWaiters.isEmpty { unfinished.append(Token(kind: TokenKind.hashes)) }
        hashWaiters.append(client.token)
        return true
    }

    /// Goes on with those who wait, in their order, until one needs the turn's hash.
    func continueHashes() {
        let waiting = hashWaiters
        hashWaiters = []
        var next = 0
        while next < min(waiting.count, Worker.hashResumesPerTurn), hashedTurn != turns {
            let token = waiting[next]
            next += 1
            guard let client = clients[token.handle], let stream = client.stream,
                let kept = stream.suspended, case .turn = kept.cause
            else { continue }
            resumeRequest(client, stream, kept)
        }
        let hasMarker = !hashWaiters.isEmpty
        hashWaiters = waiting[next...] + hashWaiters
        if !hasMarker, !hashWaiters.isEmpty {
            unfinished.append(Token(kind: TokenKind.hashes))
        }
    }
}
