public import Core

/// Writes heads: copies the runs of lines that stay, and makes framing and hop-by-hop fields anew
/// from what is known.
///
/// The head is left open so that the engine can add lines of its own; `end` closes it. Each
/// function writes all or nothing and returns false where the output has too little room.
public enum HeadWriter {
    /// What is said about the connection to the receiver. A wish to switch protocols, or its
    /// granting, is added by the writer itself.
    public enum Connection: UInt8, Sendable, BitwiseCopyable {
        case keepAlive, close
    }

    /// Bytes that a head may need beyond its received and edited ones.
    private static let spareBytes = 128

    /// Writes a request for a server. `message` holds the received head, `edits` what rules have
    /// put in its place.
    @inline(__always)
    public static func request(
        _ head: RequestHead, _ fields: borrowing HeaderTable, from message: RawSpan,
        edits: RawSpan, connection: Connection, into output: inout Buffer
    ) -> Bool {
        let targetBytes = head.targetRange.count
        guard output.room >= bound(Int(head.length), fields) &+ targetBytes &+ spareBytes else {
            return false
        }
        // Chunks exist in 1.1 only. Otherwise the client's version goes on, as in HAProxy: a server
        // that is asked in 1.0 must not use what a 1.0 client cannot read.
        let version = head.facts.isChunked ? .http11 : head.version
        var start = Int(head.fieldsStart)
        if !head.hasEditedTarget, !head.hasEditedMethod, !head.facts.hasBareLineFeeds,
            message.byte(at: Int(head.lineEnd) &- 1) == (version == .http10 ? 0x30 : 0x31)
        {
            start = Int(head.start)
        } else {
            output.append((head.hasEditedMethod ? edits : message).extracting(head.methodRange))
            output.append(0x20)
            output.append((head.hasEditedTarget ? edits : message).extracting(head.targetRange))
            output.append(version == .http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n")
        }
        copy(
            fields, from: message, edits: edits, start: start, end: Int(head.fieldsEnd),
            lineByLine: head.facts.hasBareLineFeeds, into: &output)
        if head.facts.isChunked, head.hostField < 0, fields.first(.host) == nil {
            // Only a 1.0 client may have left it out. RFC 9112 3.2: who knows no host says so.
            output.append("Host:\r\n")
        }
        framing(head.facts, into: &output)
        if head.facts.hasUpgrade {
            output.append("Connection: upgrade\r\n")
        } else if connection == .close {
            output.append("Connection: close\r\n")
        } else if version == .http10 {
            output.append("Connection: keep-alive\r\n")
        }
        return true
    }

    /// Writes the answer to a request of `method` and `version`.
    @inline(__always)
    public static func response(
        _ head: ResponseHead, _ fields: borrowing HeaderTable, from message: RawSpan,
        edits: RawSpan, to method: Method, version clientVersion: Version,
        connection: Connection, into output: inout Buffer
    ) -> Bool {
        let reasonBytes = head.reasonRange.count
        guard output.room >= bound(Int(head.length), fields) &+ reasonBytes &+ spareBytes else {
            return false
        }
        let version = head.facts.isChunked ? .http11 : head.version
        var start = Int(head.fieldsStart)
        if !head.hasEditedReason, !head.facts.hasBareLineFeeds, head.lineEnd > 12,
            message.byte(at: 7) == (version == .http10 ? 0x30 : 0x31)
        {
            start = 0
        } else {
            output.append(version == .http10 ? "HTTP/1.0 " : "HTTP/1.1 ")
            output.append(decimal: Int(head.status))
            output.append(0x20)
            output.append((head.hasEditedReason ? edits : message).extracting(head.reasonRange))
            output.append("\r\n")
        }
        copy(
            fields, from: message, edits: edits, start: start, end: Int(head.fieldsEnd),
            lineByLine: head.facts.hasBareLineFeeds, into: &output)
        // RFC 9110 9.3.6: behind a granted CONNECT there is no body to speak of. A 1.0 client gets
        // chunks unwrapped.
        let isGranted = method == .connect && head.status / 100 == 2
        let isUnwrapped = head.facts.isChunked && clientVersion == .http10
        if !isGranted, !isUnwrapped { framing(head.facts, into: &output) }
        if head.status == 101 {
            output.append("Connection: upgrade\r\n")
        } else if connection == .close {
            output.append("Connection: close\r\n")
        } else if clientVersion == .http10 || version == .http10 {
            output.append("Connection: keep-alive\r\n")
        }
        return true
    }

    /// Adds one line to an open head. The value holds no control characters.
    @inline(__always)
    public static func add(
        _ name: StaticString, _ value: RawSpan, into output: inout Buffer
    ) -> Bool {
        guard output.room >= name.utf8CodeUnitCount &+ value.byteCount &+ 4 else { return false }
        output.append(name)
        output.append(": ")
        output.append(value)
        output.append("\r\n")
        return true
    }

    /// Closes an open head.
    @inline(__always)
    public static func end(into output: inout Buffer) -> Bool {
        output.append("\r\n")
    }

    // MARK: Pieces

    /// Most bytes that the fields can need: all received ones with a CR more a line, and all edited
    /// ones.
    @inline(__always)
    private static func bound(_ received: Int, _ fields: borrowing HeaderTable) -> Int {
        received &+ fields.receivedCount &+ fields.editedBytes
    }

    /// Copies the lines that stay, in as few runs as possible. The first run begins at `start`,
    /// before the first field where the first line goes with it.
    @inline(__always)
    private static func copy(
        _ fields: borrowing HeaderTable, from message: RawSpan, edits: RawSpan,
        start: Int, end: Int, lineByLine: Bool, into output: inout Buffer
    ) {
        var run = start
        let storage = fields.storage.span
        var index = 0
        while index < fields.receivedCount {
            let field = storage[index]
            if field.isDropped || field.hasEditedValue || lineByLine {
                let line = Int(field.nameStart)
                if !lineByLine, line > run { output.append(message.extracting(run..<line)) }
                run =
                    index &+ 1 < fields.receivedCount ? Int(storage[index &+ 1].nameStart) : end
                if !field.isDropped { write(field, from: message, edits: edits, into: &output) }
            }
            index &+= 1
        }
        if !lineByLine, end > run { output.append(message.extracting(run..<end)) }
        while index < fields.count {
            if !storage[index].isDropped {
                write(storage[index], from: message, edits: edits, into: &output)
            }
            index &+= 1
        }
    }

    @inline(never)
    private static func write(
        _ field: HeaderTable.Field, from message: RawSpan, edits: RawSpan,
        into output: inout Buffer
    ) {
        output.append((field.hasEditedName ? edits : message).extracting(field.nameRange))
        output.append(": ")
        output.append((field.hasEditedValue ? edits : message).extracting(field.valueRange))
        output.append("\r\n")
    }

    /// The one field that says where the body ends.
    @inline(__always)
    private static func framing(_ facts: MessageFacts, into output: inout Buffer) {
        if facts.isChunked {
            output.append("Transfer-Encoding: chunked\r\n")
        } else if let length = facts.contentLength {
            output.append("Content-Length: ")
            output.append(decimal: length)
            output.append("\r\n")
        }
    }
}
