import Core

/// Bytes of a connection that rules look at before anybody has parsed them.
public struct RawContent: Sendable, BitwiseCopyable {
    public let side: Fetch.Side
    /// Bytes at the front of the arena.
    public let count: Int
    /// They may still become the head of a request.
    public let awaitsHead: Bool

    public init(side: Fetch.Side, count: Int, awaitsHead: Bool = false) {
        self.side = side
        self.count = count
        self.awaitsHead = awaitsHead
    }
}

/// Fetches of raw content. What more bytes could change sets `mayChange`.
extension Evaluation {
    mutating func content(
        _ fetch: ContentFetch, _ side: Fetch.Side, _ expression: SampleExpression
    ) -> Sample? {
        guard let content, content.side == side else { return nil }
        switch fetch {
        case .length:
            mayChange = true
            return .integer(Int64(content.count))
        case .payload(let offset, let length):
            let start = Int(offset)
            if length == 0 {
                mayChange = true
                return start <= content.count ? .binary(Bytes(start..<content.count)) : nil
            }
            return payload(content, start, Int(length))
        case .counted(let at, let bytes, let offset, let isRelative):
            let end = Int(at) + Int(bytes)
            guard end <= content.count else {
                mayChange = true
                return nil
            }
            var length: UInt64 = 0
            for index in Int(at)..<end {
                length = length << 8 | UInt64(arena.bytes.byte(at: index))
            }
            guard let length = Int(exactly: length), length > 0 else { return nil }
            return payload(content, isRelative ? end + Int(offset) : Int(offset), length)
        case .helloType where side == .response: return serverHello(content)
        case .helloType, .helloVersion, .helloName, .helloProtocols, .helloCiphers, .helloGroups,
            .helloSignatures, .helloKeyShares, .helloCurves, .helloTicket:
            return hello(fetch, content)
        case .rdpCookie(let name, let isCounted):
            let found = rdpCookie(content, expression.constant(name))
            return isCounted ? .integer(found == nil ? 0 : 1) : found.map { .string($0) }
        }
    }

    private mutating func payload(_ content: RawContent, _ start: Int, _ length: Int) -> Sample? {
        // What no buffer holds will not come.
        guard start >= 0, length <= arena.capacity, start <= arena.capacity - length else {
            return nil
        }
        guard start + length <= content.count else {
            mayChange = true
            return nil
        }
        return .binary(Bytes(start..<start + length))
    }

    // MARK: TLS

    private mutating func hello(_ fetch: ContentFetch, _ content: RawContent) -> Sample? {
        let start = arena.count
        switch ClientHello.parse(arena.bytes.extracting(0..<content.count)) {
        case .needsMore:
            mayChange = true
            return nil
        case .malformed: return nil
        case .complete(let hello):
            switch fetch {
            case .helloType: return .integer(1)
            case .helloVersion:
                return .integer(
                    Int64(hello.legacyVersion >> 8) << 16 | Int64(hello.legacyVersion & 255))
            case .helloName:
                guard !hello.serverName.isEmpty,
                    arena.append(contentsOf: hello.serverName)
                else { return nil }
            case .helloProtocols:
                // As HAProxy: an ACL looks at one after the other, everything else at the first.
                let names = hello.applicationProtocols
                guard names.indices.contains(cursorField),
                    arena.append(contentsOf: names[cursorField])
                else { return nil }
                cursorField &+= 1
                hasMore = cursorField < names.count
            // As HAProxy: nothing, not false.
            case .helloCurves: return hello.hasSupportedCurves ? .bool(true) : nil
            case .helloTicket: return .integer(hello.ticket.rawValue)
            default: return helloList(fetch, hello)
            }
            return .string(Bytes(start..<arena.count))
        }
    }

    /// nil: the client has not sent the list.
    private mutating func helloList(_ fetch: ContentFetch, _ hello: ClientHello) -> Sample? {
        let list =
            switch fetch {
            case .helloCiphers: Array(hello.ciphers)
            case .helloGroups: Array(hello.groups)
            case .helloSignatures: Array(hello.signatures)
            default: hello.keyShareGroups
            }
        let start = arena.count
        guard !list.isEmpty, arena.append(contentsOf: list) else { return nil }
        return .binary(Bytes(start..<arena.count))
    }

    /// The type of a server's first handshake message, which is 2.
    private mutating func serverHello(_ content: RawContent) -> Sample? {
        if content.count > 0, arena.bytes.byte(at: 0) != 22 { return nil }
        if content.count > 1, arena.bytes.byte(at: 1) != 3 { return nil }
        guard content.count > 5 else {
            mayChange = true
            return nil
        }
        return arena.bytes.byte(at: 5) == 2 ? .integer(2) : nil
    }

    // MARK: Remote desktop

    /// The value of the cookie in a connection request of RDP ([MS-RDPBCGR] 2.2.1.1): a TPKT header (RFC 1006), an
    /// X.224 header, and `Cookie: name=value`.
    private mutating func rdpCookie(_ content: RawContent, _ name: RawSpan) -> Bytes? {
        let headers = 11
        let label: StaticString = "cookie: "
        for index in 0..<label.utf8CodeUnitCount {
            guard headers + index < content.count else {
                mayChange = true
                return nil
            }
            let wanted = unsafe label.utf8Start[index]
            guard arena.bytes.byte(at: headers + index).asciiLowercased == wanted else {
                return nil
            }
        }
        let start = headers + label.utf8CodeUnitCount
        var equals: Int?
        for at in start..<content.count {
            let byte = arena.bytes.byte(at: at)
            if byte == UInt8(ascii: "="), equals == nil {
                equals = at
            } else if byte == 0x0d || byte == 0x0a {
                guard let equals, name.byteCount == 0 || matches(name, start..<equals) else {
                    return nil
                }
                return Bytes(equals + 1..<at)
            }
        }
        mayChange = true
        return nil
    }

    private func matches(_ name: RawSpan, _ range: Range<Int>) -> Bool {
        guard name.byteCount == range.count else { return false }
        for (offset, at) in range.enumerated()
        where name.byte(at: offset).asciiLowercased != arena.bytes.byte(at: at).asciiLowercased {
            return false
        }
        return true
    }
}
