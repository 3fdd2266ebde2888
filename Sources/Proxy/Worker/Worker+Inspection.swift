internal import Configuration
internal import Core
internal import EventLoop
internal import HTTP
internal import Linux

/// Answers to operators' questions about what is going on here.
extension Worker {
    func answer(_ inspection: Inspection) {
        var report = WorkerReport(worker: index)
        report.turns = turns
        report.events = events
        report.clients = clients.count
        report.servers = servers.count
        report.bufferBytes = pool.ownedBytes
        report.usedBufferBytes = pool.lentBytes
        guard inspection.question != .memory else { return inspection.add(report) }
        clients.forEach { client in
            if client.stream != nil { report.streams += 1 }
            if client.phase == .idle { report.idleClients += 1 }
        }
        servers.forEach { if $0.phase == .idle { report.idleServers += 1 } }
        switch inspection.question {
        case .numbers, .memory: break
        case .sessions: addSessions(to: &report) { _ in true }
        case .session(let id): addSessions(to: &report) { $0 == id }
        case .end(let id): report.ended = end(id)
        case .descriptors: addDescriptors(to: &report)
        case .clients(let addresses): countClients(of: addresses, in: &report)
        }
        inspection.add(report)
    }

    private func addSessions(to report: inout WorkerReport, where shows: (SessionID) -> Bool) {
        clients.forEach { client in
            guard let stream = client.stream, report.sessions.count < Inspection.reportLimit,
                shows(SessionID(stream.reference))
            else { return }
            report.sessions.append(session(stream, client))
        }
    }

    private func countClients(of addresses: Set<IPAddress>, in report: inout WorkerReport) {
        var looks = 0
        clients.forEach { client in
            guard report.matchingClients < Inspection.reportLimit else { return }
            // Each look is a system call. Nobody looks at those behind the limit: each may be one, and a drain that
            // took them for none would cut them.
            if looks < Inspection.reportLimit {
                looks += 1
                guard let address = Sockets.localAddress(client.channel.number).ip,
                    addresses.contains(address)
                else { return }
            }
            report.matchingClients += 1
        }
    }

    private func end(_ id: SessionID) -> Int {
        var found: (ClientConnection, Stream)?
        clients.forEach { client in
            if let stream = client.stream, SessionID(stream.reference) == id {
                found = (client, stream)
            }
        }
        guard let (client, stream) = found else { return 0 }
        end(client, stream, as: .killed)
        return 1
    }

    private func session(_ stream: Stream, _ client: ClientConnection) -> SessionReport {
        let binds = stream.frontend.settings.binds
        let hasBackend = stream.backend !== stream.frontend || stream.frontend.settings.isBackend
        let begin =
            stream.times.requestStart > 0 ? stream.times.requestStart : stream.times.accepted
        let server = stream.server
        return SessionReport(
            id: SessionID(stream.reference), source: client.peer,
            frontend: stream.frontend.settings,
            bind: binds.indices.contains(client.listener.bind) ? binds[client.listener.bind] : nil,
            backend: hasBackend ? stream.backend.settings : nil, server: stream.target?.settings,
            age: .nanoseconds(max(loop.now.nanoseconds &- begin, 0)),
            clientExpiry: remaining(client.timer),
            serverExpiry: server.flatMap { remaining($0.timer) },
            clientDescriptor: client.channel.number, serverDescriptor: server?.channel.number,
            phase: Worker.word(for: stream.phase),
            method: stream.has(Stream.Flag.isTCP) ? nil : "\(stream.method.name)",
            status: Int(stream.status), bytesIn: stream.counts.bytesIn,
            bytesOut: stream.counts.bytesOut,
            requestBuffered: client.channel.input.count + (server?.channel.output.count ?? 0),
            responseBuffered: client.channel.output.count + (server?.channel.input.count ?? 0),
            retries: Int(stream.retries), isSecure: client.secured != nil, worker: index)
    }

    private func remaining(_ timer: TimerWheel.ID) -> Duration? {
        loop.timers.deadline(of: timer).map { max($0 - loop.now, .zero) }
    }

    private static func word(for phase: Stream.Phase) -> String {
        switch phase {
        case .free: "free"
        case .inspecting: "inspect"
        case .queued: "queue"
        case .pausing: "pause"
        case .borrowing, .connecting: "connect"
        case .waiting: "wait"
        case .awaitingHead, .holdingAnswer: "response"
        case .transferring: "data"
        case .tunnel: "tunnel"
        }
    }

    private func addDescriptors(to report: inout WorkerReport) {
        var found: [DescriptorReport] = []
        listeners.forEach {
            found.append(
                DescriptorReport(
                    descriptor: $0.descriptor, worker: index,
                    owner: .listener(frontend: $0.proxy.settings.name)))
        }
        clients.forEach { client in
            guard found.count < Inspection.reportLimit else { return }
            let owner = DescriptorReport.Owner.client(
                frontend: client.listener.proxy.settings.name, source: client.peer,
                phase: "\(client.phase)")
            found.append(
                DescriptorReport(descriptor: client.channel.number, worker: index, owner: owner))
        }
        servers.forEach { server in
            guard found.count < Inspection.reportLimit * 2 else { return }
            let owner = DescriptorReport.Owner.server(
                backend: server.pool.state.backend, server: server.pool.state.name,
                phase: "\(server.phase)")
            found.append(
                DescriptorReport(descriptor: server.channel.number, worker: index, owner: owner))
        }
        report.descriptors = found
    }
}
