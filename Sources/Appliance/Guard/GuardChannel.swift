internal import Linux

/// One end of the socket pair between the guard and the process: whole messages, descriptors beside them.
package final class GuardChannel: @unchecked Sendable {
    /// Bytes of a message at most.
    package static let messageLimit = 64 * 1024
    /// Descriptors beside one message at most.
    package static let descriptorsAtOnce = 200

    /// What came.
    package enum Received: Sendable {
        case message([UInt8], descriptors: [Int32])
        case nothing
        /// The other end has gone.
        case ended
    }

    /// For waiting on it.
    package let descriptor: Int32
    private let socket: Socket

    package init(owning descriptor: Int32) {
        self.descriptor = descriptor
        socket = Socket(owning: descriptor)
    }

    /// Sends one message; false when it could not be sent. From any thread: the kernel keeps messages whole.
    @discardableResult
    package func send(_ bytes: [UInt8], descriptors: [Int32] = []) -> Bool {
        guard bytes.count <= GuardChannel.messageLimit else { return false }
        do {
            try Sockets.send(descriptor, bytes, descriptors: descriptors)
            return true
        } catch {
            return false
        }
    }

    package func receive() -> Received {
        var bytes = [UInt8](repeating: 0, count: GuardChannel.messageLimit)
        var descriptors: [Int32] = []
        switch Sockets.receive(descriptor, into: &bytes, descriptors: &descriptors) {
        case .moved(let count): return .message(Array(bytes.prefix(count)), descriptors: descriptors)
        case .wouldBlock: return .nothing
        case .ended, .failed: return .ended
        }
    }
}
