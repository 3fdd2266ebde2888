internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import Rules
internal import TLS

/// Lending the evaluation what it works on, and taking it back.
extension Worker {
    /// From here to `endRules` the evaluation holds the worker's fields and edits. The head, which lies at the front
    /// of `input`, is copied to the front of the edits: rules then read received and edited bytes in one place.
    func beginRules(
        _ client: ClientConnection, _ stream: Stream?, copying input: borrowing Buffer,
        _ headBytes: Int
    ) {
        edits.removeAll()
        edits.append(input, 0..<headBytes)
        fields.indexNames(in: edits.bytes)
        resumeRules(client, stream)
        evaluation.hasEdits = false
        evaluation.receivedMethod = nil
        evaluation.growth = 0
        limitGrowth(beside: input.count)
    }

    /// As HAProxy, where message and rewriting share a buffer: `bytes` of the message are in it.
    func limitGrowth(beside bytes: Int) {
        evaluation.growthLimit = bufferBytes &- min(bytes, headLimit)
    }

    /// The same for bytes that are there already.
    func resumeRules(_ client: ClientConnection, _ stream: Stream?) {
        swap(&evaluation.arena, &edits)
        swap(&evaluation.fields, &fields)
        evaluation.client = client.peer
        evaluation.rulesSeen = 0
        evaluation.realtime = realtimeOffset &+ loop.now.nanoseconds
        if let stream, stream.has(Stream.Flag.hasTransaction) {
            evaluation.transaction = stream.transaction
        } else {
            evaluation.transaction = nil
        }
        evaluation.session = client.session
        evaluation.host = self
        ruled = (client, stream)
    }

    func endRules() {
        swap(&evaluation.arena, &edits)
        swap(&evaluation.fields, &fields)
        evaluation.transaction = nil
        evaluation.session = nil
        evaluation.host = nil
        evaluation.content = nil
        evaluation.isFinal = true
        ruled = nil
    }

    /// Whether `tcp-request connection` rules take a connection.
    func allows(_ client: ClientConnection, _ list: RuleList) -> Bool {
        prepareSession(client, client.listener.proxy)
        edits.removeAll()
        fields.removeAll()
        resumeRules(client, nil)
        defer { endRules() }
        switch evaluation.run(list) {
        case .passed: return true
        case .dropped:
            Sockets.silence(client.channel.number)
            return false
        default: return false
        }
    }

    /// What rules keep of this request and of its connection.
    func prepareTransaction(_ client: ClientConnection, _ stream: Stream) {
        // Captures came before the rules.
        guard !stream.has(Stream.Flag.hasTransaction) else { return }
        let proxy = stream.frontend
        let transaction = stream.transaction ?? Transaction()
        transaction.reset(proxy.ruleLayout, captures: proxy.captures?.layout)
        stream.transaction = transaction
        stream.set(Stream.Flag.hasTransaction)
        prepareSession(client, proxy)
    }

    func prepareSession(_ client: ClientConnection, _ proxy: WorkerProxy) {
        guard proxy.ruleLayout.sessionVariables > 0 else { return }
        let session = client.session ?? SessionVariables()
        session.prepare(proxy.ruleLayout, generation: proxy.snapshot.generation)
        client.session = session
    }
}

/// What expressions ask the engine.
extension Worker: EvaluationHost {
    func number(_ number: EngineNumber, reference: Int32) -> Int64? {
        guard let (client, stream) = ruled else { return nil }
        if reference >= 0, let snapshot = oldSnapshot {
            return self.number(number, reference: Int(reference), in: snapshot)
        }
        let target = reference < 0 ? nil : self.reference(Int(reference), settings.snapshot)
        let frontend = target.map { $0.frontend } ?? client.listener.proxy
        let backend = target.map { $0.backend } ?? stream?.backend
        let server = target.map { $0.server } ?? stream?.target
        let value: Int?
        switch number {
        case .activeConnections: value = shared.activeConnections
        case .frontendConnections: value = frontend?.state.frontendActive
        case .backendConnections: value = backend?.state.backendActive
        case .serverConnections: value = server?.state.active
        case .frontendSessionRate: value = frontend?.state.frontendRate.rate(now: loop.now)
        case .backendSessionRate: value = backend?.state.backendRate.rate(now: loop.now)
        case .serverSessionRate: value = server?.state.sessionRate.rate(now: loop.now)
        case .frontendRequestRate: value = frontend?.state.requestRate.rate(now: loop.now)
        case .usableServers: value = backend.map(usableServers)
        case .serverIsUp: value = server.map { $0.state.isUsable ? 1 : 0 }
        case .serverQueue: value = server?.state.queued
        case .queue: value = backend.map(queued)
        case .averageQueue:
            value = backend.map {
                (queued($0) + max(usableServers($0), 1) - 1) / max(usableServers($0), 1)
            }
        case .connectionSlots, .backendFreeConnections: value = backend.map(freeSlots)
        case .frontendID: value = frontend?.settings.id
        case .backendID: value = backend?.settings.id
        case .serverID: value = server?.settings.id
        case .listenerID: value = bind(of: client)?.id
        case .processID: value = Int(Processes.identifier)
        case .processCount: value = 1
        case .threadCount: value = shared.workers
        case .thread: value = index
        case .uptimeSeconds:
            value = Int((loop.now.nanoseconds - shared.started.nanoseconds) / 1_000_000_000)
        case .backendTimeout(let kind): value = backend.map { Int($0.timeouts.milliseconds(kind)) }
        case .frontendTimeout(let kind):
            value = frontend.map { Int($0.timeouts.milliseconds(kind)) }
        case .currentTimeout(let kind): value = stream.map { Int($0.timeout(kind)) }
        case .backendRetries: value = backend?.settings.retries
        case .maxRetries: value = stream.map(\.maxRetries)
        case .priorityClass: value = stream.map { Int($0.wished.priorityClass) }
        case .priorityOffset: value = stream.map { Int($0.wished.priorityOffset) }
        case .answerStatus:
            value = stream.flatMap { $0.status == 0 ? nil : Int($0.status) }
        case .retries: value = stream.map { Int($0.retries) }
        case .isRedispatched: value = stream.map { $0.has(Stream.Flag.redispatched) ? 1 : 0 }
        case .serverMajorVersion: value = stream?.server == nil ? nil : 1
        case .isReused: value = stream.map { $0.has(Stream.Flag.reusesConnection) ? 1 : 0 }
        case .serverWeight, .serverUserWeight, .serverInitialWeight, .serverFreeConnections:
            value = server.flatMap { weight(number, $0) }
        case .isStopping: value = shared.willStop ? 1 : 0
        case .hasProxyHeader: value = client.destination == nil ? 0 : 1
        case .isFirstRequest: value = client.requests <= 1 ? 1 : 0
        case .majorVersion: value = client.listener.proxy.isHTTP ? 1 : 0
        case .bytesIn: value = stream?.counts.bytesIn
        case .bytesOut: value = stream?.counts.bytesOut
        case .transactionStatus: value = stream.map { Int($0.status) }
        case .stream(let fact): value = self.number(fact, client, stream)
        }
        return value.map(Int64.init)
    }

    /// What a name stands for, in the snapshot that is in force.
    private func reference(
        _ index: Int, _ snapshot: Snapshot
    ) -> (frontend: WorkerProxy?, backend: WorkerProxy?, server: WorkerServer?) {
        guard snapshot.configuration.expressionReferences.indices.contains(index) else {
            return (nil, nil, nil)
        }
        let reference = snapshot.configuration.expressionReferences[index]
        let frontend = reference.frontend.map { settings.proxies[$0] }
        let backend = reference.backend.map { settings.proxies[$0] }
        return (frontend, backend, reference.server.flatMap { backend?.servers[$0] })
    }

    private func weight(_ number: EngineNumber, _ server: WorkerServer) -> Int? {
        switch number {
        case .serverInitialWeight: server.settings.weight
        case .serverUserWeight: server.state.weight
        case .serverWeight: server.state.isUsable ? server.state.weight : 0
        default:
            server.state.maxConnections > 0
                ? max(server.state.maxConnections - server.state.active, 0) : -1
        }
    }

    private func bind(of client: ClientConnection) -> BindSettings? {
        let binds = client.listener.proxy.settings.binds
        return binds.indices.contains(client.listener.bind) ? binds[client.listener.bind] : nil
    }

    func usableServers(_ proxy: WorkerProxy) -> Int {
        var (active, backups) = (0, 0)
        for server in proxy.servers where server.state.isUsable {
            if server.settings.isBackup { backups += 1 } else { active += 1 }
        }
        return Worker.usableServers(active: active, backups: backups, proxy.settings)
    }

    /// As HAProxy: backup servers count where no other server works, and then one of them, or all with
    /// `option allbackups`.
    static func usableServers(active: Int, backups: Int, _ settings: ProxySettings) -> Int {
        if active > 0 { return active }
        return settings.allBackups ? backups : min(backups, 1)
    }

    private func queued(_ proxy: WorkerProxy) -> Int {
        proxy.servers.reduce(proxy.state.queued) { $0 + $1.state.queued }
    }

    /// Connections that servers could take; -1 where one has no limit.
    private func freeSlots(_ proxy: WorkerProxy) -> Int {
        var sum = 0
        for server in proxy.servers where server.state.isUsable {
            guard server.state.maxConnections > 0 else { return -1 }
            sum += max(server.state.maxConnections - server.state.active, 0)
        }
        return sum
    }

    func append(_ text: EngineText, to arena: inout Buffer) -> Bool {
        guard let (client, stream) = ruled else { return false }
        switch text {
        case .frontendName: return arena.append(contentsOf: client.listener.proxy.nameBytes)
        case .backendName:
            return arena.append(contentsOf: (stream?.backend ?? client.listener.proxy).nameBytes)
        case .serverName:
            guard let target = stream?.target else { return false }
            return arena.append(contentsOf: target.nameBytes)
        case .listenerName:
            guard let name = bind(of: client)?.name else { return false }
            return arena.append(contentsOf: Array(name.utf8))
        case .method:
            guard let method = stream?.method, method != .other else { return false }
            return arena.append(method.name)
        case .hostName: return arena.append(contentsOf: Array(Host.name.utf8))
        case .uniqueID:
            guard let id = stream.flatMap(kept)?.uniqueID, !id.isEmpty else { return false }
            return arena.append(contentsOf: id)
        case .defaultBackendName:
            guard let backend = client.listener.proxy.backend else { return false }
            return arena.append(contentsOf: backend.nameBytes)
        case .terminationState:
            guard let stream else { return false }
            return arena.append(stream.termination.cause.rawValue)
                && arena.append(stream.termination.moment.rawValue)
        }
    }

    func append(_ field: LogField, _ flags: LogFlags, to arena: inout Buffer) -> Bool {
        guard let (client, stream) = ruled, let stream else { return true }
        swap(&arena, &scratch)
        append(field, flags, client, stream, false)
        swap(&arena, &scratch)
        return true
    }

    func tls(
        _ fact: TLSFact, of part: TLSPart, entry: RawSpan, into arena: inout Buffer
    ) -> Sample? {
        switch part {
        case .client, .own:
            guard let client = ruled?.client else { return nil }
            return client.channel.tls.sample(
                fact, isOwn: part == .own, entry: entry, into: &arena)
        case .server:
            guard let server = ruled?.stream?.server else { return nil }
            return server.channel.tls.sample(fact, isOwn: false, entry: entry, into: &arena)
        }
    }

    func set(_ part: AddressPart, to sample: Sample) -> PeerAddress {
        guard let (client, stream) = ruled else { return .unnamed }
        let destination = frontAddress(client)
        // What a request's rules set holds for that request; the connection keeps what it has.
        if let stream, stream.has(Stream.Flag.isRuled), let transaction = stream.transaction {
            if transaction.receivedSource == nil { transaction.receivedSource = client.peer }
            switch (part, sample) {
            case (.destination, .address(let ip)):
                transaction.destination = PeerAddress(ip: ip, port: destination.port)
                return client.peer
            case (.destinationPort, .integer(let port)):
                transaction.destination = PeerAddress(
                    ip: destination.ip, port: UInt16(clamping: port))
                return client.peer
            default: break
            }
        }
        switch (part, sample) {
        case (.source, .address(let ip)): client.peer = PeerAddress(ip: ip, port: client.peer.port)
        case (.sourcePort, .integer(let port)):
            client.peer = PeerAddress(ip: client.peer.ip, port: UInt16(clamping: port))
        case (.destination, .address(let ip)):
            client.destination = PeerAddress(ip: ip, port: destination.port)
        case (.destinationPort, .integer(let port)):
            client.destination = PeerAddress(ip: destination.ip, port: UInt16(clamping: port))
        default: break
        }
        return client.peer
    }

    func value(of processVariable: Int32) -> KeptValue? {
        (oldSnapshot ?? settings.snapshot).variables.value(of: processVariable)
    }

    func keep(_ value: KeptValue?, as processVariable: Int32) -> Bool {
        (oldSnapshot ?? settings.snapshot).variables.set(processVariable, to: value)
    }

    func expectProxyHeader() { ruled?.client.expectsProxy = true }

    var hasRequestLine: Bool { ruled?.stream.map { !$0.capture.isEmpty } ?? false }

    var destination: PeerAddress {
        ruled.map { frontAddress($0.client) } ?? .unnamed
    }
}
