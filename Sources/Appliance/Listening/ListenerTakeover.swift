internal import Core
internal import Linux

/// Asks another instance for its listening sockets (`-x`), as HAProxy does: `_getsocks` on its runtime socket. The
/// answer is their number, then the descriptors, each with the names of its namespace and interface and its options.
internal enum ListenerTakeover {
    /// Most sockets that are taken.
    private static let limit = 65536
    /// How long the other instance may be silent, milliseconds.
    private static let patience: Int32 = 5000

    /// The sockets by where they listen. The caller owns them.
    static func sockets(of path: String) throws(Errno) -> [SocketAddress: [Int32]] {
        let socket = try Socket(.stream, for: .unix(path))
        if let error = socket.connect(to: .unix(path)) { throw error }
        try send(Array("_getsocks\n".utf8), on: socket)
        var descriptors: [Int32] = []
        var head = [UInt8](repeating: 0, count: MemoryLayout<UInt32>.size)
        guard try receive(from: socket, into: &head, &descriptors) == head.count else {
            throw .protocolError
        }
        let count = head.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard count <= limit else { throw .protocolError }
        var details = [UInt8](repeating: 0, count: 65536)
        while descriptors.count < count {
            do throws(Errno) {
                guard try receive(from: socket, into: &details, &descriptors) > 0 else {
                    throw .protocolError
                }
            } catch {
                for descriptor in descriptors { Descriptors.close(descriptor) }
                throw error
            }
            // HAProxy waits for a word after each batch. One that has sent its last may be gone.
            try? send(head, on: socket)
        }
        return byAddress(descriptors)
    }

    private static func byAddress(_ descriptors: [Int32]) -> [SocketAddress: [Int32]] {
        var found: [SocketAddress: [Int32]] = [:]
        for descriptor in descriptors {
            let socket = Socket(owning: descriptor)
            guard let address = try? socket.localAddress(), case .ip = address,
                (try? Descriptors.setNonBlocking(descriptor)) != nil,
                (try? Descriptors.setCloseOnExec(descriptor, true)) != nil
            else { continue }
            Sockets.setNoDelay(descriptor)
            found[address, default: []].append(socket.release())
        }
        return found
    }

    private static func send(_ bytes: [UInt8], on socket: borrowing Socket) throws(Errno) {
        let result = bytes.withBytes { socket.send($0) }
        guard case .moved(let count) = result, count == bytes.count else { throw .brokenPipe }
    }

    private static func receive(
        from socket: borrowing Socket, into bytes: inout [UInt8], _ descriptors: inout [Int32]
    ) throws(Errno) -> Int {
        guard Descriptors.waitReadable(socket.number, milliseconds: patience) else {
            throw .timedOut
        }
        switch Sockets.receive(socket.number, into: &bytes, descriptors: &descriptors) {
        case .moved(let count): return count
        case .ended, .wouldBlock: return 0
        case .failed(let error): throw Errno(rawValue: error)
        }
    }
}
