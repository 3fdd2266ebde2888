internal import Core
internal import Linux

/// Says one command to a runtime socket and reads the whole reply.
struct RuntimeClient {
    /// How long the service may be silent.
    static let patience = Duration.seconds(10)
    /// How long a reload may take.
    static let longPatience = Duration.seconds(70)
    /// Most bytes of a reply.
    static let replyBytes = 256 * 1024 * 1024
    private static let readBytes = 64 * 1024
    private static let turnMilliseconds: Int32 = 500

    let address: SocketAddress
    /// As the user wrote it.
    let name: String

    struct Failure: Error {
        let text: String
    }

    func ask(_ command: String, patience: Duration) -> Result<String, Failure> {
        do throws(Errno) {
            let socket = try Socket(.stream, for: address)
            if let error = socket.connect(to: address) { return .failure(explain(error)) }
            let epoll = try Epoll()
            try epoll.add(socket.number, readiness: Self.readable, token: 0)
            return converse(socket, epoll, command, patience)
        } catch {
            return .failure(explain(error))
        }
    }

    private static let readable: UInt32 = 1
    private static let writable: UInt32 = 4

    private func converse(
        _ socket: borrowing Socket, _ epoll: borrowing Epoll, _ command: String,
        _ patience: Duration
    ) -> Result<String, Failure> {
        var rest = Array((command + "\n").utf8)[...]
        var reply: [UInt8] = []
        var scratch = [UInt8](repeating: 0, count: Self.readBytes)
        var deadline = Clock.now() + patience
        do throws(Errno) {
            try epoll.modify(socket.number, readiness: Self.readable | Self.writable, token: 0)
            while Clock.now() < deadline {
                _ = epoll.wait(milliseconds: Self.turnMilliseconds)
                if !rest.isEmpty {
                    switch Array(rest).withBytes({ socket.send($0) }) {
                    case .moved(let count): rest = rest.dropFirst(count)
                    case .wouldBlock: break
                    case .ended: break
                    case .failed(let number): return .failure(explain(Errno(rawValue: number)))
                    }
                    if rest.isEmpty {
                        socket.shutdownSending()
                        try epoll.modify(socket.number, readiness: Self.readable, token: 0)
                    }
                }
                switch Sockets.receive(socket.number, into: &scratch).0 {
                case .moved(let count):
                    reply.append(contentsOf: scratch[..<count])
                    deadline = Clock.now() + patience
                    if reply.count > Self.replyBytes {
                        return .failure(Failure(text: "the reply of \(name) does not end"))
                    }
                case .ended: return .success(Self.text(reply))
                case .wouldBlock: break
                case .failed(let number): return .failure(explain(Errno(rawValue: number)))
                }
            }
        } catch {
            return .failure(explain(error))
        }
        return .failure(
            Failure(text: "\(name) gave no answer for \(patience.components.seconds) s"))
    }

    /// Without the empty line that ends a reply.
    private static func text(_ reply: [UInt8]) -> String {
        var reply = reply[...]
        if reply.suffix(2) == [0x0a, 0x0a] || reply == [0x0a] { reply = reply.dropLast() }
        return String(decoding: reply, as: UTF8.self)
    }

    /// Whether the path leads to something that nobody could listen on.
    private var isOtherFile: Bool {
        guard case .unix(let path) = address, let kind = try? Files.kind(path) else { return false }
        return kind == .file || kind == .directory
    }

    private func explain(_ error: Errno) -> Failure {
        let hint =
            switch error {
            case .noEntry:
                "is dyad running? Another socket (see the 'stats socket' lines) is named with --socket"
            case .connectionRefused where isOtherFile: "this is no socket"
            case .connectionRefused: "nobody listens there any more; is dyad running?"
            case .access, .permission: "this needs root, or the group of the socket"
            default: "the connection broke"
            }
        return Failure(text: "cannot talk to \(name): \(error): \(hint)")
    }
}
