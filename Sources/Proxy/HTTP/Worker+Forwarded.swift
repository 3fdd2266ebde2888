internal import Configuration
internal import Core
internal import Expressions
internal import HTTP
internal import TLS

/// `option forwarded` (RFC 7239)
extension Worker {
    /// A value before it is written. What samples gave lies in the arena.
    private enum ForwardedValue {
        case address(IPAddress)
        case port(UInt16)
        case bytes(Range<Int>)
        /// Written behind an underscore: a name of our own.
        case hidden(Range<Int>)

        var byteCount: Int {
            switch self {
            case .address: PeerAddress.textLimit
            case .port: 5
            case .bytes(let range), .hidden(let range): range.count
            }
        }
    }

    /// Adds our element behind those of a field that is as it should be, else in a field of its own: what others wrote must
    /// not change how ours is read. The evaluation has the request. False: there is no room.
    func addForwarded(_ forwarded: WorkerForwarded, _ client: ClientConnection) -> Bool {
        let settings = forwarded.settings
        let destination = frontAddress(client)
        // Samples first: the value must lie in one piece behind what they give.
        let host = settings.host.flatMap { hostName($0) }
        let by = settings.by.name.map { nodeName($0, destination) }
        let byPort = settings.by.port.map { nodePort($0, destination) }
        let name = settings.client.name.map { nodeName($0, client.peer) }
        let port = settings.client.port.map { nodePort($0, client.peer) }
        var needed = Worker.forwardedOverhead + (host?.count ?? 0)
        for value in [by, byPort, name, port] { needed += (value ?? nil)?.byteCount ?? 0 }
        guard evaluation.arena.room >= needed else { return false }
        let room = evaluation.arena.room - needed
        // Two lines say the same as one that is too long to be copied.
        let last = lastForwarded().flatMap {
            evaluation.fields[$0].valueRange.count <= room ? $0 : nil
        }
        let received = last.map { evaluation.fields[$0].valueRange }
        let nameStart = evaluation.arena.count
        evaluation.arena.append("Forwarded")
        let start = evaluation.arena.count
        if let received {
            evaluation.arena.append(copyOf: received)
            evaluation.arena.append(", ")
        }
        let first = evaluation.arena.count
        if settings.tellsProtocol {
            evaluation.arena.append("proto=http")
            if client.channel.tls.isOn { evaluation.arena.append(UInt8(ascii: "s")) }
        }
        if settings.host != nil {
            beginParameter("host=\"", first)
            if let host { evaluation.arena.append(copyOf: host) }
            evaluation.arena.append(UInt8(ascii: "\""))
        }
        if let by {
            beginParameter("by=", first)
            writeNode(by, byPort)
        }
        if let name {
            beginParameter("for=", first)
            writeNode(name, port)
        }
        evaluation.hasEdits = true
        let value = start..<evaluation.arena.count
        if let last {
            evaluation.fields.replaceValue(last, with: value)
            return true
        }
        return evaluation.addField(name: nameStart..<start, value: value)
    }

    /// Bytes of an element besides its values, and of the field's name.
    private static let forwardedOverhead = 128

    /// The last `Forwarded` field; nil where there is none, or one that is not as it should be.
    private func lastForwarded() -> Int? {
        var last: Int?
        for index in 0..<evaluation.fields.count where !evaluation.fields[index].isDropped {
            let field = evaluation.fields[index]
            guard Worker.isNamedForwarded(evaluation.arena, field.nameRange) else { continue }
            guard Worker.isList(evaluation.arena, field.valueRange) else { return nil }
            last = index
        }
        return last
    }

    // MARK: Values

    /// nil: it is missing, or does not fit between quotes.
    private func hostName(_ source: ForwardedSettings.Source) -> Range<Int>? {
        let range: Range<Int>
        switch source {
        case .own:
            guard let index = evaluation.fields.first(.host) else { return nil }
            range = evaluation.fields[index].valueRange
        case .sample(let expression):
            guard let text = text(expression) else { return nil }
            range = text
        }
        return Worker.isHost(evaluation.arena, range) ? range : nil
    }

    /// nil: `unknown`.
    private func nodeName(
        _ source: ForwardedSettings.Source, _ own: PeerAddress
    ) -> ForwardedValue? {
        guard case .sample(let expression) = source else { return own.ip.map { .address($0) } }
        guard let sample = evaluation.evaluate(expression) else { return nil }
        if case .address(let address) = sample { return .address(address) }
        guard case .string(let bytes) = evaluation.cast(sample, to: .string) else { return nil }
        return Worker.nodeName(evaluation.arena, bytes.range)
    }

    /// nil: nothing is said of it.
    private func nodePort(
        _ source: ForwardedSettings.Source, _ own: PeerAddress
    ) -> ForwardedValue? {
        guard case .sample(let expression) = source else {
            return own.ip == nil ? nil : .port(own.port)
        }
        guard let range = text(expression) else { return nil }
        return Worker.nodePort(evaluation.arena, range)
    }

    private func text(_ expression: SampleExpression) -> Range<Int>? {
        guard let sample = evaluation.evaluate(expression),
            case .string(let bytes) = evaluation.cast(sample, to: .string)
        else { return nil }
        return bytes.range
    }

    // MARK: Texts in the arena

    private static func isNamedForwarded(
        _ arena: borrowing Buffer, _ range: Range<Int>
    ) -> Bool {
        arena.bytes.extracting(range).equalsIgnoringCase("forwarded")
    }

    private static func isList(_ arena: borrowing Buffer, _ range: Range<Int>) -> Bool {
        ForwardedText.isList(arena.bytes.extracting(range))
    }

    private static func isHost(_ arena: borrowing Buffer, _ range: Range<Int>) -> Bool {
        ForwardedText.isHost(arena.bytes.extracting(range))
    }

    private static func nodeName(
        _ arena: borrowing Buffer, _ range: Range<Int>
    ) -> ForwardedValue? {
        switch ForwardedText.nodeName(arena.bytes.extracting(range)) {
        case .address(let address): .address(address)
        case .word: .bytes(range)
        case nil: hidden(arena, range)
        }
    }

    private static func nodePort(
        _ arena: borrowing Buffer, _ range: Range<Int>
    ) -> ForwardedValue? {
        ForwardedText.isNodePort(arena.bytes.extracting(range))
            ? .bytes(range) : hidden(arena, range)
    }

    private static func hidden(
        _ arena: borrowing Buffer, _ range: Range<Int>
    ) -> ForwardedValue? {
        ForwardedText.isIdentifier(arena.bytes.extracting(range)) ? .hidden(range) : nil
    }

    // MARK: Writing

    private func beginParameter(_ name: StaticString, _ first: Int) {
        if evaluation.arena.count > first { evaluation.arena.append(UInt8(ascii: ";")) }
        evaluation.arena.append(name)
    }

    /// `port`: nil where none is asked for. RFC 7239 section 4: ':' and '[' only stand between quotes.
    private func writeNode(_ name: ForwardedValue?, _ port: ForwardedValue??) {
        let isIPv6 = if case .address(.v6) = name { true } else { false }
        let isQuoted = isIPv6 || port != nil
        if isQuoted { evaluation.arena.append(UInt8(ascii: "\"")) }
        if isIPv6 { evaluation.arena.append(UInt8(ascii: "[")) }
        if let name { write(name) } else { evaluation.arena.append("unknown") }
        if isIPv6 { evaluation.arena.append(UInt8(ascii: "]")) }
        if let port, let port {
            evaluation.arena.append(UInt8(ascii: ":"))
            write(port)
        }
        if isQuoted { evaluation.arena.append(UInt8(ascii: "\"")) }
    }

    private func write(_ value: ForwardedValue) {
        switch value {
        case .address(let address): evaluation.arena.append(address)
        case .port(let port): evaluation.arena.append(decimal: Int(port))
        case .bytes(let range): evaluation.arena.append(copyOf: range)
        case .hidden(let range):
            evaluation.arena.append(UInt8(ascii: "_"))
            evaluation.arena.append(copyOf: range)
        }
    }
}
