internal import Linux

/// One end of the socket pair between the guard and the process: whole messages, descriptors beside them.
internal final class GuardChannel: @unchecked Sendable {
    /// Bytes of a message at most.
    static let messageLimit = 64 * 1024
    /// Bytes of a message that comes in parts at most.
    static let assembledLimit = 1024 * 1024
    /// Descriptors beside one message at most.
    static let descriptorsAtOnce = 200

    /// What came.
    enum Received: Sendable {
        case message([UInt8], descriptors: [Int32])
        case nothing
        /// The other end has gone.
        case ended
    }

    /// For waiting on it.
    let descriptor: Int32
    private let socket: Socket

    init(owning descriptor: Int32) {
        self.descriptor = descriptor
        socket = Socket(owning: descriptor)
        try? Descriptors.setCloseOnExec(descriptor, true)
    }

    /// Longest wait for an end that does not read: a hundred times this.
    private static let patience: Int32 = 10

    /// Sends one message; false when it could not be sent. The kernel keeps messages whole.
    @discardableResult
    func send(_ bytes: [UInt8], descriptors: [Int32] = []) -> Bool {
        guard bytes.count <= GuardChannel.messageLimit else { return false }
        for _ in 0..<100 {
            do throws(Errno) {
                try Sockets.send(descriptor, bytes, descriptors: descriptors)
                return true
            } catch .wouldBlock {
                Descriptors.waitWritable(descriptor, milliseconds: GuardChannel.patience)
            } catch {
                return false
            }
        }
        return false
    }

    /// Waits for the next message.
    func receiveBlocking() -> Received {
        while true {
            let received = receive()
            guard case .nothing = received else { return received }
            Descriptors.waitReadable(descriptor)
        }
    }

    func receive() -> Received {
        var bytes = [UInt8](repeating: 0, count: GuardChannel.messageLimit)
        var descriptors: [Int32] = []
        switch Sockets.receive(descriptor, into: &bytes, descriptors: &descriptors) {
        case .moved(let count):
            return .message(Array(bytes.prefix(count)), descriptors: descriptors)
        case .wouldBlock: return .nothing
        case .ended, .failed: return .ended
        }
    }
}
