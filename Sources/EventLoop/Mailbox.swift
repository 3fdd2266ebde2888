public import Linux
internal import Synchronization

/// Messages from other threads to the owner of a loop. The lock is held for a few loads and stores only.
public final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let wakeup: Wakeup

    public init() throws(Errno) { wakeup = try Wakeup() }

    /// For waiting on it in the owner's loop, readable.
    public var descriptor: Int32 { wakeup.number }

    /// From any thread. The owner is woken by the first message of a batch.
    public func post(_ message: Message) {
        let isFirst = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        if isFirst { wakeup.signal() }
    }

    /// Wakes the owner without a message: something that it looks at in every turn has changed.
    public func wake() { wakeup.signal() }

    /// Everything that has come, oldest first; for the owner.
    public func take() -> [Message] {
        wakeup.clear()
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
