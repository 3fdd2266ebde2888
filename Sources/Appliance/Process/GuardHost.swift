internal import Configuration
internal import Core
internal import EventLoop
internal import Failover
internal import Linux

/// The host of a guarded process: the guard, at the other end of descriptor 3. Configurations come as bundles, so
/// that nothing has to be opened here.
internal final class GuardHost: ProcessHost {
    /// Keys in one message, and bytes of a reason, so that they fit.
    private static let keysAtOnce = 100
    private static let reasonLimit = 32 * 1024
    /// What is longer than a message goes in parts of this size.
    private static let partBytes = 48 * 1024

    private let channel: GuardChannel
    private let options: Options
    private var loop: Loop?
    private var sockets: [String: [Int32]] = [:]
    /// Keys that came with a configuration that is not in force yet.
    private var incoming: [String] = []
    private var bundle: Int32 = -1
    private(set) var past = RouterPast()
    /// The number of the newest configuration that was taken over.
    private(set) var generation = 0

    init(options: Options, channel: GuardChannel) {
        self.options = options
        self.channel = channel
    }

    /// Waits for the first configuration.
    func first() -> (ServiceConfiguration, [String: [Int32]])? {
        while true {
            guard case .message(let bytes, let descriptors) = channel.receiveBlocking() else {
                return nil
            }
            for event in handle(bytes, descriptors) {
                switch event {
                case .configuration(let configuration, let sockets, _, _):
                    return (configuration, sockets)
                case .stop, .abandoned: return nil
                default: continue
                }
            }
        }
    }

    func register(in loop: Loop) throws(HostFailure) {
        self.loop = loop
        do throws(Errno) {
            try loop.add(
                channel.descriptor, [.readable, .peerEnded],
                Token(kind: ControlKind.host.rawValue))
        } catch {
            throw HostFailure(message: "cannot watch the guard: \(error)")
        }
    }

    func take(_ event: Loop.Event) -> [HostEvent] {
        var events: [HostEvent] = []
        while true {
            switch channel.receive() {
            case .nothing: return events
            case .ended:
                loop?.remove(channel.descriptor)
                return events + [.abandoned]
            case .message(let bytes, let descriptors): events += handle(bytes, descriptors)
            }
        }
    }

    func takePending() -> [HostEvent] { [] }

    @discardableResult
    func tell(_ message: ProcessMessage) -> Bool {
        switch message {
        case .released(let keys):
            close(keys)
            var isTaken = true
            for start in stride(from: 0, to: keys.count, by: GuardHost.keysAtOnce) {
                let part = Array(keys[start..<min(start + GuardHost.keysAtOnce, keys.count)])
                // Each part that comes through closes some sockets.
                if !channel.send(ProcessMessage.released(keys: part).encoded()) { isTaken = false }
            }
            return isTaken
        case .ready: incoming = []
        case .refused(let generation, let reason):
            dropIncoming()
            let text = String(decoding: reason.utf8.prefix(GuardHost.reasonLimit), as: UTF8.self)
            return channel.send(
                ProcessMessage.refused(generation: generation, reason: text).encoded())
        default: break
        }
        let bytes = message.encoded()
        guard bytes.count > GuardChannel.messageLimit else { return channel.send(bytes) }
        for start in stride(from: 0, to: bytes.count, by: GuardHost.partBytes) {
            let part = Array(bytes[start..<min(start + GuardHost.partBytes, bytes.count)])
            let message = ProcessMessage.part(part, offset: start, total: bytes.count)
            guard channel.send(message.encoded()) else { return false }
        }
        return true
    }

    /// A socket that stays open without a worker would take connections that nobody accepts.
    private func dropIncoming() {
        close(incoming)
        incoming = []
    }

    private func close(_ keys: [String]) {
        for key in keys {
            for descriptor in sockets.removeValue(forKey: key) ?? [] {
                Descriptors.close(descriptor)
            }
        }
    }

    private func handle(_ bytes: [UInt8], _ descriptors: [Int32]) -> [HostEvent] {
        guard let message = try? GuardMessage(decoding: bytes) else { return [] }
        switch message {
        case .listeners(let keys, let counts):
            var rest = descriptors[...]
            for (key, count) in zip(keys, counts) where count >= 0 {
                if sockets[key] == nil { incoming.append(key) }
                sockets[key, default: []] += rest.prefix(count)
                rest = rest.dropFirst(count)
            }
            return []
        case .configuration:
            if bundle >= 0 { Descriptors.close(bundle) }
            bundle = descriptors.first ?? -1
            return []
        case .apply(let generation, let resuming, let wishes, let sequences):
            past = RouterPast(masters: resuming, wishes: wishes, sequences: sequences)
            return apply(generation)
        case .reloadFailed(let reason):
            dropIncoming()
            return [.reloadFailed(reason)]
        case .stop(let immediately): return [.stop(immediately: immediately)]
        case .drain: return [.drain]
        case .scriptEnded(let id, let status): return [.scriptEnded(id: id, status: status)]
        case .logSocket(let path):
            return [.logSocket(path: path, descriptor: descriptors.first ?? -1)]
        case .file(let path):
            guard let descriptor = descriptors.first else { return [] }
            defer { Descriptors.close(descriptor) }
            guard let bytes = try? MemoryFile.read(descriptor, limit: FileWatch.fileLimit) else {
                return []
            }
            return [.file(path: path, bytes: bytes)]
        case .dump(let number):
            guard let descriptor = descriptors.first else { return [] }
            guard let kind = KeepalivedDumpKind(rawValue: number) else {
                Descriptors.close(descriptor)
                return []
            }
            return [.dump(kind, descriptor: descriptor)]
        case .detach:
            Processes.detachFromTerminal()
            return []
        }
    }

    private func apply(_ generation: Int) -> [HostEvent] {
        guard let bytes = try? MemoryFile.read(bundle, limit: LoadBundle.limit),
            let loaded = LoadBundle(decoding: bytes)
        else {
            tell(.refused(generation: generation, reason: "the configuration did not arrive whole"))
            return []
        }
        let outcome = ConfigurationLoad(options: options).read(with: loaded.loader)
        guard let configuration = outcome.configuration else {
            tell(.refused(generation: generation, reason: outcome.messages))
            return []
        }
        self.generation = generation
        return [
            .configuration(
                configuration, sockets: sockets, generation: generation,
                messages: outcome.messages)
        ]
    }
}

extension RouterPast {
    /// As the guard has it: `rests VI_1`, `4711 VI_1`. A name holds no blank.
    fileprivate init(masters: [String], wishes: [String], sequences: [String]) {
        self.init()
        self.masters = Set(masters)
        func pairs(_ lines: [String]) -> [(String, name: String)] {
            lines.compactMap { line in
                let words = line.split(separator: " ", maxSplits: 1).map(String.init)
                return words.count == 2 ? (words[0], words[1]) : nil
            }
        }
        for (word, name) in pairs(wishes) { self.wishes[name] = Wish(rawValue: word) }
        for (word, name) in pairs(sequences) { self.sequences[name] = UInt64(word) }
    }
}
