internal import Core

/// How the built-in checks read what a service answers.
public enum ServiceReply: Sendable, Equatable {
    /// Any three digits first: is this SMTP at all, and does it want us. Then: a 2xx reply of one or more lines.
    case smtpGreeting
    case smtpReply
    case redisPong
    /// A record that a TLS server begins with: handshake or alert.
    case tlsRecord
    case postgresAuthentication
    case mysqlGreeting
    case mysqlReply
    case ldapBind
    case agent

    /// What the bytes so far say.
    enum Outcome: Equatable {
        case waits
        case passed(CheckVerdict)
        case failed(CheckVerdict)
    }

    /// How a connection that ends without a byte is reported.
    var emptyStatus: CheckStatus {
        switch self {
        case .tlsRecord: .layer6Invalid
        case .smtpReply, .redisPong: .layer7WrongStatus
        default: .layer7Invalid
        }
    }

    var timeoutStatus: CheckStatus { self == .tlsRecord ? .layer6Timeout : .layer7Timeout }

    func read(_ bytes: RawSpan, isFinal: Bool) -> Outcome {
        let outcome =
            switch self {
            case .smtpGreeting: smtpGreeting(bytes, isFinal: isFinal)
            case .smtpReply: smtpReply(bytes, isFinal: isFinal)
            case .redisPong: redisPong(bytes)
            case .tlsRecord: tlsRecord(bytes)
            case .postgresAuthentication: postgresAuthentication(bytes, isFinal: isFinal)
            case .mysqlGreeting: mysqlGreeting(bytes)
            case .mysqlReply: mysqlReply(bytes, isFinal: isFinal)
            case .ldapBind: ldapBind(bytes, isFinal: isFinal)
            case .agent: Outcome.failed(CheckVerdict(.layer7Invalid))
            }
        // A service that stops in the middle has said all that it will say.
        return outcome == .waits && isFinal ? .failed(CheckVerdict(cutStatus)) : outcome
    }

    private var cutStatus: CheckStatus {
        self == .tlsRecord ? .layer6Invalid : .layer7Invalid
    }

    // MARK: SMTP

    private func smtpGreeting(_ bytes: RawSpan, isFinal: Bool) -> Outcome {
        guard bytes.byteCount >= 4, isFinal || bytes.hasLine else { return .waits }
        let hasCode = (0..<3).allSatisfy { (0x30...0x39).contains(bytes.byte(at: $0)) }
        guard hasCode, [0x20, 0x0D, 0x2D].contains(bytes.byte(at: 3)) else {
            let line = CheckText.line(from: 0, trims: false).text(of: bytes)
            return .failed(CheckVerdict(.layer7Invalid, text: line))
        }
        return smtpReply(bytes, isFinal: isFinal)
    }

    /// Lines `250-…`, then one `250 …`.
    private func smtpReply(_ bytes: RawSpan, isFinal: Bool) -> Outcome {
        var start = 0
        while true {
            guard bytes.byteCount >= start + 4 else { return .waits }
            let mark = bytes.byte(at: start + 3)
            if bytes.byte(at: start) != 0x32 || mark != 0x2D { break }
            var end = start
            while end < bytes.byteCount, bytes.byte(at: end) != 0x0A { end += 1 }
            start = end + 1
        }
        let last = bytes.extracting(start..<bytes.byteCount)
        guard isFinal || last.hasLine else { return .waits }
        let code = last.leadingNumber(of: 3)
        let text = CheckText.line(from: 4, trims: true).text(of: last)
        let isGood =
            (200...299).contains(code) && [0x20, 0x0D].contains(last.byte(at: 3))
        return isGood
            ? .passed(CheckVerdict(.layer7Passed, code: code, text: text))
            : .failed(CheckVerdict(.layer7WrongStatus, code: code, text: text))
    }

    // MARK: Redis, TLS, PostgreSQL

    private func redisPong(_ bytes: RawSpan) -> Outcome {
        let wanted = Array("+PONG\r\n".utf8)
        for index in 0..<min(wanted.count, bytes.byteCount)
        where bytes.byte(at: index) != wanted[index] {
            guard bytes.hasLine else { return .waits }
            let line = CheckText.line(from: 0, trims: false).text(of: bytes)
            return .failed(CheckVerdict(.layer7WrongStatus, text: line))
        }
        return bytes.byteCount < wanted.count
            ? .waits : .passed(CheckVerdict(.layer7Passed, text: "Redis server is ok"))
    }

    private func tlsRecord(_ bytes: RawSpan) -> Outcome {
        guard bytes.byteCount >= 5 else { return .waits }
        return [0x15, 0x16].contains(bytes.byte(at: 0))
            ? .passed(CheckVerdict(.layer6Passed)) : .failed(CheckVerdict(.layer6Invalid))
    }

    /// `R`, a length, and the number of a way to prove who one is; 0: none is needed. `E`: an error.
    private func postgresAuthentication(_ bytes: RawSpan, isFinal: Bool) -> Outcome {
        guard bytes.byteCount >= 5 else { return .waits }
        if bytes.byte(at: 0) == 0x45 {
            let length = (1...4).reduce(0) { $0 << 8 | Int(bytes.byte(at: $1)) }
            guard isFinal || bytes.byteCount > length else { return .waits }
            let text = CheckText.bytes(from: 6).text(of: bytes)
            return .failed(CheckVerdict(.layer7Invalid, text: text))
        }
        guard bytes.byteCount >= 9 else { return .waits }
        let isLong = (1...3).contains { bytes.byte(at: $0) != 0 }
        let isUnknown = (5...7).contains { bytes.byte(at: $0) != 0 } || bytes.byte(at: 8) > 12
        guard bytes.byte(at: 0) == 0x52, !isLong, bytes.byte(at: 4) >= 8, !isUnknown else {
            return .failed(CheckVerdict(.layer7WrongStatus, text: "PostgreSQL unknown error"))
        }
        return .passed(CheckVerdict(.layer7Passed, text: "PostgreSQL server is ok"))
    }

    // MARK: MySQL

    /// Packets begin with three bytes of length, lowest first, and a number.
    private func mysqlError(_ bytes: RawSpan) -> Outcome? {
        guard bytes.byteCount > 4, bytes.byte(at: 4) == 0xFF else { return nil }
        guard bytes.byteCount >= 7 else {
            return .failed(
                CheckVerdict(.layer7Invalid, text: "MySQL server is sending an invalid error"))
        }
        let code = Int(bytes.byte(at: 5)) | Int(bytes.byte(at: 6)) << 8
        return .failed(
            CheckVerdict(
                .layer7WrongStatus, code: code, text: CheckText.bytes(from: 7).text(of: bytes)))
    }

    private func isWholeMySQLPacket(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount > 4 else { return false }
        let length =
            Int(bytes.byte(at: 0)) | Int(bytes.byte(at: 1)) << 8 | Int(bytes.byte(at: 2)) << 16
        return bytes.byteCount >= 4 + length
    }

    private func mysqlGreeting(_ bytes: RawSpan) -> Outcome {
        guard isWholeMySQLPacket(bytes) else { return .waits }
        if let error = mysqlError(bytes) { return error }
        return .passed(
            CheckVerdict(.layer7Passed, text: CheckText.bytes(from: 5).text(of: bytes)))
    }

    /// The packet behind the greeting.
    private func mysqlReply(_ all: RawSpan, isFinal: Bool) -> Outcome {
        guard isWholeMySQLPacket(all) else { return .waits }
        let greeting =
            4 + (Int(all.byte(at: 0)) | Int(all.byte(at: 1)) << 8 | Int(all.byte(at: 2)) << 16)
        let bytes = all.extracting(greeting..<all.byteCount)
        guard isWholeMySQLPacket(bytes) || isFinal && bytes.byteCount > 4 else { return .waits }
        return mysqlError(bytes) ?? .passed(CheckVerdict(.layer7Passed))
    }

    // MARK: LDAP

    /// A BER sequence: message number, bind response, result code (RFC 4511 section 4.2.2).
    private func ldapBind(_ bytes: RawSpan, isFinal: Bool) -> Outcome {
        let foreign = Outcome.failed(
            CheckVerdict(.layer7Invalid, text: "Not LDAPv3 protocol"))
        if bytes.byteCount > 0, bytes.byte(at: 0) != 0x30 { return foreign }
        guard bytes.byteCount >= 14 else { return isFinal ? foreign : .waits }
        var place = 1
        guard let length = bytes.length(at: &place) else { return foreign }
        guard bytes.byteCount >= place + length || isFinal else { return .waits }
        guard place + 4 < bytes.byteCount, bytes.byte(at: place) == 2,
            bytes.byte(at: place + 1) == 1, bytes.byte(at: place + 2) == 1,
            bytes.byte(at: place + 3) == 0x61
        else { return foreign }
        place += 4
        guard bytes.length(at: &place) != nil, place + 2 < bytes.byteCount,
            bytes.byte(at: place) == 0x0A, bytes.byte(at: place + 1) == 1
        else { return foreign }
        let code = Int(bytes.byte(at: place + 2))
        if code == 0 { return .passed(CheckVerdict(.layer7Passed, text: "Success")) }
        return .failed(
            CheckVerdict(
                .layer7WrongStatus, code: code,
                text: "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9"))
    }
}

extension RawSpan {
    /// Whether a line has ended.
    fileprivate var hasLine: Bool {
        for index in 0..<byteCount where byte(at: index) == 0x0A || byte(at: index) == 0x0D {
            return true
        }
        return false
    }

    /// A length of BER, which ends in front of the new `place`.
    fileprivate func length(at place: inout Int) -> Int? {
        guard place < byteCount else { return nil }
        let first = byte(at: place)
        place += 1
        guard first & 0x80 != 0 else { return Int(first) }
        let count = Int(first & 0x7F)
        guard (1...4).contains(count), place + count <= byteCount else { return nil }
        var value = 0
        for index in place..<place + count { value = value << 8 | Int(byte(at: index)) }
        place += count
        return value
    }
}
