internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux

/// What expressions ask of a stream and of its two connections.
extension Worker {
    func number(_ fact: StreamFact, _ client: ClientConnection, _ stream: Stream?) -> Int? {
        switch fact {
        case .timer(let timer): return stream.map { milliseconds(timer, client, $0) }
        case .acceptDate(let unit):
            return date(stream?.times.accepted ?? client.accepted.nanoseconds, unit)
        case .requestDate(let unit):
            guard let times = stream?.times else { return nil }
            return date(max(times.requestStart, times.accepted), unit)
        case .transport(let fact, let ofServer, let unit):
            let socket = ofServer ? stream?.server?.channel.number : client.channel.number
            return socket.flatMap(Sockets.transport).map { Worker.number(fact, $0, unit) }
        case .serverQueue: return stream?.counts.serverQueue
        case .backendQueue: return stream?.counts.backendQueue
        case .identifier: return stream.map { $0.number & 0xffff_ffff }
        case .isLocal(let isSource, let received):
            let address: PeerAddress =
                switch (isSource, received) {
                case (true, false): client.peer
                case (true, true): Sockets.peerAddress(client.channel.number)
                case (false, false): frontAddress(client)
                case (false, true): Sockets.localAddress(client.channel.number)
                }
            // A unix socket is one of this host.
            return address.ip.map(Sockets.isLocal) ?? true ? 1 : 0
        }
    }

    /// A time of a stream (HAProxy manual, section 8.4); -1 where it did not come to that.
    func milliseconds(_ timer: StreamTimer, _ client: ClientConnection, _ stream: Stream) -> Int {
        let times = stream.times
        let now = loop.now.nanoseconds
        // Only before the first request of a connection: later ones are ready when the answer before them has ended.
        let ready = max(client.secured?.nanoseconds ?? 0, times.accepted)
        switch timer {
        case .handshake: return StreamTimes.milliseconds(times.accepted, ready)
        case .idle: return StreamTimes.milliseconds(ready, times.requestStart)
        case .query: return StreamTimes.milliseconds(times.accepted, times.requestEnd)
        case .request: return StreamTimes.milliseconds(times.requestStart, times.requestEnd)
        case .wait:
            // A tarpit is a wait without a request that was taken.
            let isHeld = stream.termination.moment == .tarpit
            let from = isHeld ? times.requestStart : times.requestEnd
            return StreamTimes.milliseconds(from, times.dequeued)
        case .connect: return StreamTimes.milliseconds(times.dequeued, times.connected)
        case .response: return StreamTimes.milliseconds(times.connected, times.responseStart)
        case .data: return StreamTimes.milliseconds(times.responseStart, now)
        case .active: return StreamTimes.milliseconds(times.requestStart, now)
        case .total: return StreamTimes.milliseconds(times.accepted, now)
        case .user:
            let idle = StreamTimes.milliseconds(ready, times.requestStart)
            return StreamTimes.milliseconds(times.accepted, now) - max(idle, 0)
        }
    }

    private func date(_ monotonic: Int64, _ unit: UInt8) -> Int {
        let realtime = Int(realtimeOffset &+ monotonic)
        switch unit {
        case 1: return realtime / 1_000_000
        case 2: return realtime / 1000
        default: return realtime / 1_000_000_000
        }
    }

    private static func number(
        _ fact: TransportFact, _ transport: Sockets.Transport, _ unit: UInt8
    ) -> Int {
        let value =
            switch fact {
            case .roundTrip: transport.roundTrip
            case .roundTripVariation: transport.roundTripVariation
            case .unacknowledged: transport.unacknowledged
            case .selectivelyAcknowledged: transport.selectivelyAcknowledged
            case .lost: transport.lost
            case .retransmitted: transport.retransmitted
            case .forwardAcknowledged: transport.forwardAcknowledged
            case .reordering: transport.reordering
            }
        // Rounded, as HAProxy does.
        return unit == 1 ? (Int(value) + 500) / 1000 : Int(value)
    }

    func serverEnd(isOurs: Bool) -> PeerAddress? {
        ruled?.stream.flatMap { serverEnd(of: $0, isOurs: isOurs) }
    }

    func appendProxyHeaderValue(_ type: UInt8, to arena: inout Buffer) -> Bool {
        guard let header = ruled?.client.proxyHeader else { return false }
        guard let range = unsafe ProxyHeader.value(of: type, in: header.span.bytes) else {
            return false
        }
        return unsafe arena.append(header.span.bytes.extracting(range))
    }
}
