internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Proxy

/// One client of a runtime socket: what it has sent, the command that is answered now, what waits
/// to be read.
final class RuntimeSession {
    /// What the owner does next.
    enum Step {
        /// Wait for this; nothing but the end of the connection where it is empty.
        case wait(Readiness)
        /// The turn is over, but there is more to do at once.
        case goOn
        case close
    }

    let socket: Socket
    let handle: Handle
    var timer: TimerWheel.ID
    /// What is registered with the loop.
    var interest: Readiness = .readable
    private(set) var context: CommandContext
    private let sockets: [RuntimeSocketSettings]
    private var reader = CommandLineReader()
    private var commands: ArraySlice<[UInt8]> = []
    private var payload: [UInt8]?
    private var source: (any ReplySource)?
    private var isWaiting = false
    private var output: [UInt8] = []
    private var sent = 0
    private var hasAnswered = false
    private var inputEnded = false
    /// The client closed its end: commands that it sent are still executed, replies go nowhere.
    private var isDeaf = false
    /// Bytes thrown away since the last word; nil: it has not been said.
    private var lingered: Int?
    private var hasShutDown = false

    init(
        _ socket: consuming Socket, handle: Handle, timer: TimerWheel.ID,
        settings: RuntimeSocketSettings, sockets: [RuntimeSocketSettings], timeout: Duration,
        payloadLimit: Int
    ) {
        reader.payloadLimit = payloadLimit
        self.socket = socket
        self.handle = handle
        self.timer = timer
        self.sockets = sockets
        context = CommandContext(
            level: settings.level, exposesListeners: settings.exposesListeners, timeout: timeout,
            ticket: CommandTicket(session: handle, number: 0))
    }

    /// How long the client may do nothing now.
    var patience: Duration {
        if lingered != nil { return RuntimeLimits.lingering }
        return isWaiting ? RuntimeLimits.answerLimit : context.timeout
    }

    // MARK: Events

    /// Reads what has come, `RuntimeLimits.readBytes` at most. False: the connection is of no more
    /// use.
    func receive(into scratch: inout [UInt8]) -> Bool {
        switch Sockets.receive(socket.number, into: &scratch).0 {
        case .moved(let count):
            if let before = lingered {
                lingered = before + count
                return before + count < RuntimeLimits.lingeringBytes
            }
            reader.feed(scratch[..<count])
            return true
        case .ended:
            inputEnded = true
            return lingered == nil
        case .wouldBlock: return true
        case .failed: return false
        }
    }

    /// The answer to a command that said `later`; ignored when it is not the one that waits.
    func answer(_ ticket: CommandTicket, _ text: String) {
        guard isWaiting, ticket == context.ticket else { return }
        isWaiting = false
        output.write(text)
        endReply()
    }

    /// A part of the answer, before its end.
    func tell(_ ticket: CommandTicket, _ text: String) {
        if isWaiting, ticket == context.ticket { output.write(text) }
    }

    /// The time is over: whether the session goes on with an answer, or ends.
    func timeOut() -> Bool {
        guard isWaiting else { return false }
        answer(
            context.ticket, "No answer within \(RuntimeLimits.answerLimit.components.seconds) s.\n")
        return true
    }

    /// Sends, executes and reads lines until something must be waited for.
    func advance(_ control: any ServiceControl, now: Instant) -> Step {
        for _ in 0..<RuntimeLimits.piecesPerTurn {
            while sent < output.count {
                let result = output.withBytes { socket.send($0.extracting(sent..<$0.byteCount)) }
                switch result {
                case .moved(let count): sent += count
                case .wouldBlock: return .wait(.writable)
                case .ended, .failed:
                    isDeaf = true
                    source = nil
                    sent = output.count
                }
            }
            output.removeAll(keepingCapacity: true)
            sent = 0
            if lingered != nil { return isDeaf ? .close : linger() }
            if let source {
                if !source.appendPiece(to: &output) { endSource() }
            } else if isWaiting {
                return .wait([])
            } else if context.wantsClose {
                return .close
            } else if let command = commands.popFirst() {
                execute(command, control, now)
            } else if let step = nextLine() {
                return step
            }
        }
        return .goOn
    }

    // MARK: Commands

    private func nextLine() -> Step? {
        switch reader.next() {
        case .line(let line, let payload):
            let parts = CommandWords.commands(in: line)
            if context.isInteractive && parts == [[]] {
                endReply()
                return nil
            }
            commands = parts[...]
            self.payload = payload
            return nil
        case .continues:
            if context.isInteractive { output.write("+ ") }
            return nil
        case .tooLong:
            output.write("Command line too long (limit \(RuntimeLimits.lineBytes) bytes).\n\n")
            refuse()
            return nil
        case .needsMore:
            // A line without its end was cut off by the sender: it is not executed.
            if inputEnded || isDeaf { return .close }
            return hasAnswered && !context.isInteractive ? .close : .wait(.readable)
        }
    }

    /// Says the last word, then only throws away what the client still sends.
    private func refuse() {
        lingered = 0
        commands = []
    }

    private func linger() -> Step {
        if !hasShutDown { socket.shutdownSending() }
        hasShutDown = true
        return .wait(.readable)
    }

    private func execute(_ command: [UInt8], _ control: any ServiceControl, _ now: Instant) {
        let words = CommandWords.words(of: command)
        context.ticket = CommandTicket(session: handle, number: context.ticket.number &+ 1)
        let payload = commands.isEmpty ? self.payload : nil
        switch reply(to: words, payload, control, now) {
        case .text(let text): output.write(text)
        case .bytes(let bytes): output.append(contentsOf: bytes)
        case .message(let severity, let text):
            switch context.severityOutput {
            case .none: break
            case .number: output.write("[\(severity.rawValue)]: ")
            case .string: output.write("[\(severity.name)]: ")
            }
            output.write(line: text)
        case .streamed(let source):
            self.source = source
            return
        case .descriptors(let descriptors):
            handOver(descriptors)
            context.wantsClose = true
        case .later:
            isWaiting = true
            return
        }
        endReply()
    }

    /// Descriptors in one message; HAProxy's number.
    private static let descriptorsAtOnce = 250
    /// What goes with each descriptor: no namespace, no interface, no options.
    private static let descriptorDetails = [UInt8](repeating: 0, count: 6)

    /// All at once: they are few, and the receiver waits for nothing else.
    private func handOver(_ descriptors: [Int32]) {
        var rest = descriptors[...]
        let count = UInt32(clamping: rest.count)
        let head = (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
        guard case .moved(head.count) = head.withBytes({ socket.send($0) }) else { return }
        while !rest.isEmpty {
            let batch = Array(rest.prefix(RuntimeSession.descriptorsAtOnce))
            rest = rest.dropFirst(batch.count)
            let details = batch.flatMap { _ in RuntimeSession.descriptorDetails }
            guard (try? Sockets.send(socket.number, details, descriptors: batch)) != nil else {
                return
            }
        }
    }

    private func reply(
        to words: [String], _ payload: [UInt8]?, _ control: any ServiceControl, _ now: Instant
    ) -> CommandReply {
        guard let command = CommandTable.find(words) else {
            return .message(.info, String(CommandTable.unknown(words).dropLast()))
        }
        let name = command.words.joined(separator: " ")
        guard context.level >= command.level else { return .permissionDenied }
        guard let handler = command.handler else {
            return .error("'\(name)' is not available: \(command.documentation).")
        }
        let call = CommandCall(
            arguments: Array(words.dropFirst(command.words.count)), payload: payload,
            control: control, snapshot: control.snapshot, sockets: sockets, now: now)
        return handler(call, &context)
    }

    private func endSource() {
        source = nil
        endReply()
    }

    private func endReply() {
        hasAnswered = true
        if !context.wantsClose { output.write(context.isInteractive ? "\n> " : "\n") }
    }
}
