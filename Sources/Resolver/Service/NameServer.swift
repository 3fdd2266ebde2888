internal import Configuration
internal import Core
internal import EventLoop
internal import Linux

/// A name server as the resolver's thread sees it: its sockets and its counters.
///
/// Questions go out as datagrams, or over a connection where the configuration says so or an answer was truncated.
final class NameServer {
    /// Bytes of questions that wait for a connection.
    static let outputLimit = 64 << 10
    /// Bytes of an answer.
    static let messageLimit = 65_535

    let handle: Handle
    let settings: ResolversSettings.NameServer
    /// Name of its `resolvers` section.
    let section: String
    /// Written by the resolver's thread, read by all.
    let counters: CounterTable
    private(set) var datagrams: Int32?
    private(set) var stream: Int32?
    private var output: [UInt8] = []
    private var input: [UInt8] = []
    private var isWaitingToWrite = false

    init(
        _ settings: ResolversSettings.NameServer, section: String, counters: CounterTable,
        handle: Handle
    ) {
        self.settings = settings
        self.section = section
        self.counters = counters
        self.handle = handle
    }

    func count(_ counter: NameServerCounter) {
        counters.add(1, to: counter.rawValue, row: 0)
    }

    // MARK: Questions

    /// Says whether the question is on its way.
    func send(_ message: [UInt8], overStream: Bool, in loop: Loop) -> Bool {
        let isSent =
            settings.usesTCP || overStream
            ? sendOverStream(message, loop) : sendDatagram(message, loop)
        count(isSent ? .sent : .sendError)
        return isSent
    }

    private func sendDatagram(_ message: [UInt8], _ loop: Loop) -> Bool {
        if datagrams == nil { openDatagrams(loop) }
        guard let datagrams else { return false }
        if case .moved = message.withBytes({ Sockets.send(datagrams, $0) }) { return true }
        return false
    }

    /// The socket is connected, so that nobody else's datagrams are heard; its port is chosen by the kernel.
    private func openDatagrams(_ loop: Loop) {
        do throws(Errno) {
            let socket = try Socket(.datagram, for: settings.address)
            if let error = socket.connect(to: settings.address) { throw error }
            let number = socket.release()
            datagrams = number
            try loop.add(number, .readable, Token(kind: ResolverLoop.Kind.datagrams, handle))
        } catch {
            closeDatagrams()
        }
    }

    private func sendOverStream(_ message: [UInt8], _ loop: Loop) -> Bool {
        if stream == nil { openStream(loop) }
        guard stream != nil, output.count + message.count + 2 <= NameServer.outputLimit else {
            return false
        }
        // RFC 1035, section 4.2.2
        output += [UInt8(message.count >> 8), UInt8(message.count & 0xff)] + message
        return flush(loop)
    }

    private func openStream(_ loop: Loop) {
        guard
            case .started(let number) = Sockets.connectStream(
                to: settings.address, from: nil, keepAlive: false)
        else { return }
        stream = number
        isWaitingToWrite = true
        do throws(Errno) {
            try loop.add(
                number, [.readable, .writable], Token(kind: ResolverLoop.Kind.stream, handle))
        } catch {
            closeStream()
        }
    }

    /// Sends what waits; false when the connection has ended.
    func flush(_ loop: Loop) -> Bool {
        guard let stream else { return false }
        while !output.isEmpty {
            switch output.withBytes({ Sockets.send(stream, $0) }) {
            case .moved(let count): output.removeFirst(count)
            case .wouldBlock: return wait(toWrite: true, loop)
            case .ended, .failed(notConnectedYet): return wait(toWrite: true, loop)
            case .failed:
                closeStream()
                return false
            }
        }
        return wait(toWrite: false, loop)
    }

    /// ENOTCONN
    private var notConnectedYet: Int32 { 107 }

    private func wait(toWrite: Bool, _ loop: Loop) -> Bool {
        guard let stream, toWrite != isWaitingToWrite else { return true }
        isWaitingToWrite = toWrite
        let readiness: Readiness = toWrite ? [.readable, .writable] : .readable
        do throws(Errno) {
            try loop.modify(stream, readiness, Token(kind: ResolverLoop.Kind.stream, handle))
            return true
        } catch {
            closeStream()
            return false
        }
    }

    // MARK: Answers

    /// The next datagram, in `scratch`; nil: no more now.
    func receiveDatagram(_ scratch: inout [UInt8]) -> ArraySlice<UInt8>? {
        guard let datagrams else { return nil }
        switch Sockets.receive(datagrams, into: &scratch).0 {
        case .moved(let count): return scratch[..<count]
        case .wouldBlock, .ended: return nil
        case .failed:
            // A refused datagram is told here; the lookup's timer asks again.
            closeDatagrams()
            return nil
        }
    }

    /// Reads what the connection brought and gives each whole message to `body`.
    func receiveStream(_ scratch: inout [UInt8], _ body: (ArraySlice<UInt8>) -> Void) {
        guard let stream else { return }
        switch Sockets.receive(stream, into: &scratch).0 {
        case .moved(let count): input += scratch[..<count]
        case .wouldBlock: return
        case .ended, .failed: closeStream()
        }
        while input.count >= 2 {
            let length = Int(input[0]) << 8 | Int(input[1])
            guard input.count >= length + 2 else { return }
            body(input[2..<length + 2])
            input.removeFirst(length + 2)
        }
    }

    func close() {
        closeDatagrams()
        closeStream()
    }

    private func closeDatagrams() {
        if let number = datagrams { Descriptors.close(number) }
        datagrams = nil
    }

    private func closeStream() {
        if let number = stream { Descriptors.close(number) }
        stream = nil
        output = []
        input = []
        isWaitingToWrite = false
    }
}
