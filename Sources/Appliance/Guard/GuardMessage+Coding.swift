extension GuardMessage {
    internal func encoded() -> [UInt8] {
        var writer = MessageWriter()
        switch self {
        case .configuration(let generation):
            writer.write(1)
            writer.write(generation)
        case .listeners(let keys, let counts):
            writer.write(2)
            writer.write(keys)
            for count in counts { writer.write(count) }
        case .apply(let generation, let resuming, let wishes, let sequences):
            writer.write(3)
            writer.write(generation)
            writer.write(resuming)
            writer.write(wishes)
            writer.write(sequences)
        case .reloadFailed(let reason):
            writer.write(4)
            writer.write(reason)
        case .stop(let immediately):
            writer.write(5)
            writer.write(immediately)
        case .drain: writer.write(6)
        case .scriptEnded(let id, let status):
            writer.write(7)
            writer.write(id)
            writer.write(status)
        case .logSocket(let path):
            writer.write(8)
            writer.write(path)
        case .detach: writer.write(9)
        case .file(let path):
            writer.write(10)
            writer.write(path)
        case .dump(let kind):
            writer.write(11)
            writer.write(kind)
        }
        return writer.bytes
    }

    internal init(decoding bytes: some Sequence<UInt8>) throws(MessageReader.Malformed) {
        var reader = MessageReader(bytes)
        switch try reader.number() {
        case 1: self = .configuration(generation: try reader.number())
        case 2:
            let keys = try reader.texts()
            var counts: [Int] = []
            for _ in keys { counts.append(try reader.number()) }
            self = .listeners(keys: keys, counts: counts)
        case 3:
            self = .apply(
                generation: try reader.number(), resuming: try reader.texts(),
                wishes: try reader.texts(), sequences: try reader.texts())
        case 4: self = .reloadFailed(try reader.text())
        case 5: self = .stop(immediately: try reader.flag())
        case 6: self = .drain
        case 7: self = .scriptEnded(id: try reader.number(), status: try reader.number())
        case 8: self = .logSocket(path: try reader.text())
        case 9: self = .detach
        case 10: self = .file(path: try reader.text())
        case 11: self = .dump(kind: try reader.number())
        default: throw MessageReader.Malformed()
        }
    }
}

extension ProcessMessage {
    internal func encoded() -> [UInt8] {
        var writer = MessageWriter()
        switch self {
        case .ready(let generation):
            writer.write(1)
            writer.write(generation)
        case .refused(let generation, let reason):
            writer.write(2)
            writer.write(generation)
            writer.write(reason)
        case .released(let keys):
            writer.write(3)
            writer.write(keys)
        case .progress(let stalled):
            writer.write(4)
            writer.write(stalled)
        case .reloadRequested: writer.write(5)
        case .runScript(let id, let command, let environment):
            writer.write(6)
            writer.write(id)
            writer.write(command)
            writer.write(environment)
        case .killScript(let id, let signal):
            writer.write(7)
            writer.write(id)
            writer.write(signal)
        case .openLog(let path):
            writer.write(8)
            writer.write(path)
        case .virtualRouter(let record):
            writer.write(9)
            writer.write(record.name)
            writer.write(record.isMaster)
            writer.write(record.interfaceIndex)
            writer.write(record.advertisement)
            writer.write(record.resignation)
            writer.write(record.addresses)
            writer.write(record.intervalMilliseconds)
            writer.write(record.wish)
            writer.write(record.isSigned)
            writer.write(record.rounds)
            writer.write(Int(truncatingIfNeeded: record.lastSequence))
            writer.write(record.removals.count)
            for request in record.removals { writer.write(request) }
            writer.write(record.virtualLink)
        case .stopping(let status):
            writer.write(10)
            writer.write(status)
        case .virtualRouterNames(let names):
            writer.write(11)
            writer.write(names)
        case .part(let bytes, let offset, let total):
            writer.write(12)
            writer.write(bytes)
            writer.write(offset)
            writer.write(total)
        }
        return writer.bytes
    }

    internal init(decoding bytes: some Sequence<UInt8>) throws(MessageReader.Malformed) {
        var reader = MessageReader(bytes)
        switch try reader.number() {
        case 1: self = .ready(generation: try reader.number())
        case 2: self = .refused(generation: try reader.number(), reason: try reader.text())
        case 3: self = .released(keys: try reader.texts())
        case 4: self = .progress(stalled: try reader.texts())
        case 5: self = .reloadRequested
        case 6:
            self = .runScript(
                id: try reader.number(), command: try reader.texts(),
                environment: try reader.texts())
        case 7: self = .killScript(id: try reader.number(), signal: try reader.number())
        case 8: self = .openLog(path: try reader.text())
        case 9:
            var record = VirtualRouterRecord(
                name: try reader.text(), isMaster: try reader.flag(),
                interfaceIndex: try reader.number(), advertisement: try reader.data(),
                resignation: try reader.data(), addresses: try reader.texts(),
                intervalMilliseconds: try reader.number())
            record.wish = try reader.text()
            record.isSigned = try reader.flag()
            record.rounds = try reader.number()
            record.lastSequence = UInt64(bitPattern: Int64(try reader.number()))
            for _ in 0..<max(0, try reader.number()) {
                record.removals.append(try reader.data())
            }
            record.virtualLink = try reader.text()
            self = .virtualRouter(record)
        case 10: self = .stopping(status: try reader.number())
        case 11: self = .virtualRouterNames(try reader.texts())
        case 12:
            self = .part(
                try reader.data(), offset: try reader.number(), total: try reader.number())
        default: throw MessageReader.Malformed()
        }
    }
}
