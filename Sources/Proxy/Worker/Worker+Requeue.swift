internal import Configuration
internal import Core
internal import EventLoop

/// Streams that wait for a server which takes no more.
extension Worker {
    /// HAProxy manual, `option redispatch`: those who wait for a server that went down, into maintenance or into drain look
    /// for another one. Without the option they wait on, for a place there or for `timeout queue`.
    func redistributeQueue(_ state: ServerState, _ backend: WorkerProxy) {
        guard backend.settings.redispatch != 0, state.isLeaving else { return }
        for leaver in state.queue.takeAll() {
            state.addQueued(-1)
            if leaver.stream.worker == index {
                requeue(leaver)
            } else {
                shared.mailboxes[leaver.stream.worker].post(.requeued(leaver))
            }
        }
    }

    /// The same before sessions of the server end, each of which would give its place to one who waits for it.
    func redistributeQueue(of state: ServerState) {
        guard state.queued > 0,
            let owner = settings.proxies.first(where: { $0.server(state) != nil })
        else { return }
        redistributeQueue(state, owner)
    }

    func requeue(_ leaver: StreamQueue.Leaver) {
        guard let stream = streams[leaver.stream.handle], stream.serial == leaver.stream.serial,
            stream.phase == .queued, let client = stream.client, let server = stream.target
        else { return }
        let backend = stream.backend
        stream.counts.serverQueue &+= leaver.position
        server.row.add(1, to: ServerCounter.redispatches.rawValue)
        backend.back.add(1, to: BackendCounter.redispatches.rawValue)
        stream.target = nil
        stream.pinned = nil
        stream.clear(Stream.Flag.isDirect)
        reportLoad(backend, server)
        loop.timers.disarm(client.timer)
        assign(client, stream, backend, nil, avoiding: server.index)
    }
}
