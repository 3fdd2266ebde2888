internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import Rules

/// Requests of proxies that have rules.
extension Worker {
    /// Takes a request through the rules of its frontend and its backend, in HAProxy's order.
    func startRuled(_ client: ClientConnection, _ stream: Stream, _ parsed: RequestHead) {
        let frontend = stream.frontend
        stream.set(Stream.Flag.isRuled)
        prepareTransaction(client, stream)
        if frontend.rules?.content != nil {
            inspectRequest(client, stream, parsed, timeIsUp: false)
        } else {
            runRequestRules(client, stream, parsed)
        }
    }

    /// The same behind the `tcp-request content` rules of the frontend.
    func runRequestRules(_ client: ClientConnection, _ stream: Stream, _ parsed: RequestHead) {
        let frontend = stream.frontend
        if stream.has(Stream.Flag.isTracked) { countTrackedRequest(client, stream) }
        countsTrackedRequest = true
        defer { countsTrackedRequest = false }
        beginRules(client, stream, copying: client.channel.input, parsed.byteCount)
        evaluation.requestHead = parsed
        evaluation.contentLength = client.channel.input.count
        if frontend.monitorURI != nil {
            let fails = monitorFails(frontend)
            endRules()
            if answerMonitor(client, stream, parsed, fails: fails) {
                evaluation.requestHead = nil
                return
            }
            resumeRules(client, stream)
        }
        if frontend.buffersRequest, !hasBody(client, parsed, 0) {
            waitForWhole(client, stream, parsed, at: .frontend)
            return
        }
        continueRules(client, stream, parsed, at: .frontend, 0)
    }

    /// Waits for all of the body before the rules of a proxy run: `option http-buffer-request`.
    private func waitForWhole(
        _ client: ClientConnection, _ stream: Stream, _ parsed: RequestHead,
        at place: SuspendedRules.Place
    ) {
        let times = stream.frontend.timeouts
        waitForRequest(
            client, stream, parsed, at: place, next: 0, .body(atLeast: 0),
            nanoseconds: times.httpRequest > 0 ? times.httpRequest : times.client)
    }

    /// Goes on with the rules of one of the two proxies, from one rule on.
    func continueRules(
        _ client: ClientConnection, _ stream: Stream, _ parsed: RequestHead,
        at place: SuspendedRules.Place, _ first: Int
    ) {
        let frontend = stream.frontend
        defer { evaluation.requestHead = nil }
        if place == .frontend {
            guard pass(frontend, .frontend, first, client, stream, parsed) else { return }
            guard let backend = route(frontend) else {
                endRules()
                fail(client, stream, Termination(.serverAborted, .connecting), status: 503)
                return
            }
            enter(backend, stream)
            // Before any waiting: what comes later begins behind them.
            if backend !== frontend, let list = backend.rules?.content {
                let verdict = evaluation.run(list)
                guard goesOn(verdict, client, stream, parsed, .backend) else { return }
            }
            if backend !== frontend, backend.buffersRequest, !hasBody(client, parsed, 0) {
                waitForWhole(client, stream, parsed, at: .backend)
                return
            }
        }
        let backend = stream.backend
        if place == .frontend, let hash = backend.requestHash, awaitsBody(hash, client),
            !hasBody(client, parsed, 0)
        {
            waitForWhole(client, stream, parsed, at: .backend)
            return
        }
        if backend !== frontend {
            let start = place == .backend ? first : 0
            guard pass(backend, .backend, start, client, stream, parsed) else { return }
        }
        if backend.bindsRequests { chooseServer(backend, stream) }
        if let names = backend.serverNames { _ = evaluation.run(names.removal) }
        if backend.redirects, [.get, .head].contains(stream.method) {
            stream.set(Stream.Flag.mayRedirect)
        }
        let head = evaluation.requestHead ?? parsed
        var hasRoom = true
        if let forwarded = backend.forwarded { hasRoom = addForwarded(forwarded, client) }
        let hasEdits = evaluation.hasEdits
        endRules()
        guard hasRoom, !hasEdits || keepRewritten(head, parsed, client, stream) else {
            failInternally(client, stream, Termination(.proxyRefused, .request))
            return
        }
        guard !isCut(client, stream, parsed) else {
            abort(client, stream, Termination(.clientAborted, .request), status: 400)
            return
        }
        assign(client, stream, backend, head)
    }

    /// Takes the request through the rules of one proxy. False: it has its answer, or waits.
    private func pass(
        _ proxy: WorkerProxy, _ place: SuspendedRules.Place, _ first: Int,
        _ client: ClientConnection, _ stream: Stream, _ parsed: RequestHead
    ) -> Bool {
        var next = first
        while let rules = proxy.rules {
            let verdict = requestVerdict(rules, from: next)
            guard case .suspends(let wait, let following) = verdict else {
                guard goesOn(verdict, client, stream, parsed, place) else { return false }
                break
            }
            next = following
            guard !isOver(wait, client, parsed) else { continue }
            var (cause, nanoseconds) = Worker.cause(of: wait)
            if case .turn = cause {
                guard joinHashWaiters(client) else {
                    evaluation.awaitedTerm = 0
                    endRules()
                    fail(client, stream, Termination(.proxyRefused, .request), status: 503)
                    return false
                }
                nanoseconds = stream.frontend.timeouts.client
            }
            waitForRequest(
                client, stream, parsed, at: place, next: next, cause, nanoseconds: nanoseconds)
            return false
        }
        guard proxy.hasService else { return true }
        if let list = proxy.rules?.stats, isForStatistics(proxy, client, parsed) {
            guard goesOn(evaluation.run(list), client, stream, parsed, place) else { return false }
        }
        let isAdmin =
            proxy.rules?.statsAdmin.isEmpty == false && isForStatistics(proxy, client, parsed)
            && proxy.rules?.statsAdmin.contains { evaluation.holds($0) } == true
        endRules()
        if answerLocally(client, stream, parsed, isAdmin: isAdmin) { return false }
        resumeRules(client, stream)
        return true
    }

    private func isOver(_ wait: RuleWait, _ client: ClientConnection, _ head: RequestHead) -> Bool {
        switch wait {
        case .body(let wait): hasBody(client, head, wait.atLeast)
        case .pause, .turn: false
        }
    }

    static func cause(of wait: RuleWait) -> (SuspendedRules.Cause, Int64) {
        switch wait {
        case .body(let wait): (.body(atLeast: wait.atLeast), wait.nanoseconds)
        case .pause(let nanoseconds): (.pause, nanoseconds)
        case .turn: (.turn, 0)
        }
    }

    private func requestVerdict(_ rules: WorkerRules, from first: Int) -> RuleVerdict {
        if let list = rules.request {
            mayAwaitHash = true
            let verdict = evaluation.run(list, from: first)
            mayAwaitHash = false
            if let (client, stream) = ruled, let stream { countFailedRewrites(client, stream) }
            guard case .passed = verdict else { return verdict }
        }
        return rules.redirects.map { evaluation.run($0) } ?? .passed
    }

    /// Carries out a verdict. False: the request has its answer, and the rules have ended.
    private func goesOn(
        _ verdict: RuleVerdict, _ client: ClientConnection, _ stream: Stream,
        _ parsed: RequestHead, _ place: SuspendedRules.Place
    ) -> Bool {
        if case .passed = verdict { return true }
        if case .tarpitted(let reply) = verdict {
            countDenied(stream)
            waitForRequest(
                client, stream, parsed, at: place, next: 0, .tarpit(reply),
                nanoseconds: max(stream.tarpitTimeout, 1))
            return false
        }
        endRules()
        loop.timers.disarm(client.timer)
        let refused = Termination(.proxyRefused, .request)
        switch verdict {
        case .passed, .tarpitted, .suspends: break
        case .served(let service): answer(client, stream, parsed, by: service)
        case .denied(let reply):
            countDenied(stream)
            deny(client, stream, reply, refused)
        case .answeredPage(let reply):
            abort(
                client, stream, Termination(.local, .request),
                status: reply.isSilent ? 0 : reply.status)
        case .unauthorized(let challenge):
            answerChallenge(client, stream, challenge)
        case .answered(let answer):
            answerRuled(client, stream, answer, Termination(.local, .request))
        case .rejected, .closed:
            countDenied(stream)
            stream.times.requestEnd = -1
            abort(client, stream, refused, status: 0)
        case .dropped:
            countDenied(stream)
            stream.times.requestEnd = -1
            Sockets.silence(client.channel.number)
            abort(client, stream, refused, status: 0)
        case .invalid: fail(client, stream, refused, status: 400)
        case .waits, .failed:
            stream.times.requestEnd = -1
            failInternally(client, stream, refused)
        }
        return false
    }

    private func answer(
        _ client: ClientConnection, _ stream: Stream, _ head: RequestHead,
        by service: RuleService
    ) {
        let kind: LocalRequest.Service =
            switch service {
            case .prometheus: .prometheus
            }
        if !answer(client, stream, head, kind, of: stream.backend) {
            failInternally(client, stream, Termination(.internalError, .request), status: 503)
        }
    }

    func countDenied(_ stream: Stream) {
        if stream.has(Stream.Flag.isTracked), let client = stream.client {
            countTrackedError(client, stream)
        }
        stream.frontend.front.add(1, to: FrontendCounter.deniedRequests.rawValue)
        countInListener(.deniedRequests, stream.client)
        guard stream.has(Stream.Flag.countedInBackend) else { return }
        stream.backend.back.add(1, to: BackendCounter.deniedRequests.rawValue)
    }

    /// A refusal: the proxy's error page, or what the rule says.
    private func deny(
        _ client: ClientConnection, _ stream: Stream, _ reply: Reply, _ termination: Termination
    ) {
        if reply.isPage || reply.isSilent {
            abort(client, stream, termination, status: reply.isSilent ? 0 : reply.status)
            return
        }
        resumeRules(client, stream)
        let answer = evaluation.write(reply)
        endRules()
        if let answer {
            answerRuled(client, stream, answer, termination)
        } else {
            failInternally(client, stream, termination)
        }
    }

    // MARK: Routes

    /// The backend that `use_backend` or `default_backend` names.
    func route(_ frontend: WorkerProxy) -> WorkerProxy? {
        guard let rules = frontend.rules, !rules.backends.isEmpty,
            let index = evaluation.route(rules.backends)
        else { return frontend.backend }
        switch rules.backends[index].target {
        case .fixed: return frontend.routes[index] ?? frontend
        case .named(let template):
            guard let name = evaluation.write(template) else { return frontend.backend }
            // A name that no backend has: HAProxy goes on with the default one.
            let found = frontend.namedRoutes.first {
                Worker.equals($0.nameBytes, evaluation.arena, name)
            }
            return found ?? frontend.backend
        }
    }

    private static func equals(_ name: [UInt8], _ arena: borrowing Buffer, _ range: Bytes) -> Bool {
        guard name.count == range.count else { return false }
        for offset in name.indices
        where arena.bytes.byte(at: Int(range.start) + offset) != name[offset] { return false }
        return true
    }

    /// `use-server`: the server is asked first, and the algorithm where it does not work.
    func pinServer(_ rules: WorkerRules, _ backend: WorkerProxy, _ stream: Stream) {
        if let index = evaluation.route(rules.servers) {
            stream.pinned = server(rules.servers[index].target, of: backend)
            if stream.pinned != nil { stream.set(Stream.Flag.isDirect) }
        }
    }

    private func server(_ target: RouteRule.Target, of backend: WorkerProxy) -> WorkerServer? {
        switch target {
        case .fixed(let index): return backend.servers[index]
        case .named(let template):
            guard let name = evaluation.write(template) else { return nil }
            return backend.servers.first {
                Worker.equals($0.nameBytes, evaluation.arena, name)
            }
        }
    }

    /// The server of `use-server` where it works; nil: the algorithm chooses.
    func pinnedChoice(
        _ server: WorkerServer, _ stream: Stream, _ backend: WorkerProxy, avoiding avoided: Int?
    ) -> Choice? {
        guard mayPersist(server, stream), server.index != avoided else {
            stream.clear(Stream.Flag.isDirect)
            return nil
        }
        let choice = chooseKept(server, backend)
        if case .full = choice, backend.settings.redispatch != 0 {
            // HAProxy manual, `maxqueue`: another server serves those who find the queue full.
            stream.clear(Stream.Flag.isDirect)
            return nil
        }
        return choice
    }

    private func monitorFails(_ frontend: WorkerProxy) -> Bool {
        guard let rules = frontend.rules else { return false }
        for condition in rules.monitorFail where evaluation.holds(condition) { return true }
        return false
    }

    // MARK: The changed head

    /// Keeps the head as it goes to the server: the client's input has only the received one, and a stream may wait
    /// or be sent again.
    private func keepRewritten(
        _ head: RequestHead, _ received: RequestHead, _ client: ClientConnection, _ stream: Stream
    ) -> Bool {
        if head.hasEditedMethod, head.method != received.method {
            // A tunnel begins and ends with its method, and a HEAD has no body: neither may change under a client.
            guard head.method != .connect, received.method != .connect else { return false }
            if head.method == .head || received.method == .head {
                stream.clear(Stream.Flag.keepsClient)
            }
            stream.method = head.method
        }
        guard writeRequest(head, client, stream) else { return false }
        guard scratch.count <= pool.bytes(of: .head) else { return false }
        pool.lend(.head, to: &stream.rewritten)
        stream.rewritten.append(scratch, 0..<scratch.count)
        stream.bodyBytes =
            head.facts.isChunked ? .max : max(head.facts.contentLength ?? 0, 0)
        return true
    }
}
