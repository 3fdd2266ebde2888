import Core
import HTTP

/// Bodies, and hashes over targets.
extension Evaluation {
    mutating func body(_ side: Fetch.Side) -> Bytes? {
        let start = arena.count
        guard let host, host.appendBody(of: side, answer: responseHead, to: &arena)
        else {
            arena.truncate(by: arena.count - start)
            return nil
        }
        return Bytes(start..<arena.count)
    }

    mutating func answerBodyBytes(isWhole: Bool) -> Sample? {
        guard let head = responseHead else { return nil }
        if isWhole, let length = head.facts.contentLength { return .integer(Int64(length)) }
        let saved = arena.count
        let body = body(.response)
        arena.truncate(by: arena.count - saved)
        return body.map { .integer(Int64($0.count)) }
    }

    mutating func cookieNames(
        _ delimiter: Bytes, _ side: Fetch.Side, _ expression: SampleExpression
    ) -> Sample? {
        let name: StaticString = side == .request ? "cookie" : "set-cookie"
        let wanted = unsafe RawSpan(
            _unsafeStart: name.utf8Start, byteCount: name.utf8CodeUnitCount)
        let start = arena.count
        var from = 0
        while let index = fields.first(
            named: wanted, from: from, in: arena.bytes, edits: arena.bytes)
        {
            from = index + 1
            guard appendNames(fields[index].valueRange, side, delimiter, expression, start) else {
                return nil
            }
        }
        return .string(Bytes(start..<arena.count))
    }

    private mutating func appendNames(
        _ value: Range<Int>, _ side: Fetch.Side, _ delimiter: Bytes,
        _ expression: SampleExpression, _ start: Int
    ) -> Bool {
        var at = value.lowerBound
        while at < value.upperBound {
            var end = at
            while end < value.upperBound, arena.bytes.byte(at: end) != UInt8(ascii: ";") {
                end += 1
            }
            var equals = at
            while equals < end, arena.bytes.byte(at: equals) != UInt8(ascii: "=") { equals += 1 }
            let name = ListElements.trimmed(arena.bytes, at..<equals)
            if equals < end, !name.isEmpty {
                if arena.count > start {
                    guard append(constant: delimiter, of: expression) != nil else { return false }
                }
                guard arena.append(copyOf: name) else { return false }
            }
            // Behind the first pair of Set-Cookie stand attributes.
            if side == .response { return true }
            at = end + 1
        }
        return true
    }

    /// HAProxy's: sdbm over host and target, then an avalanche.
    mutating func targetHash(isBase: Bool, withSource: Bool) -> Sample? {
        guard let head = requestHead else { return nil }
        var hash: UInt32 = 0
        if let host = fields.first(.host) {
            hash = HostHash.update(hash, arena.bytes.extracting(fields[host].valueRange))
        }
        let target = head.targetRange
        let path = RequestTarget.path(of: arena.bytes.extracting(target), form: head.form)
        let start = target.lowerBound + path.lowerBound
        let end = isBase ? target.lowerBound + path.upperBound : target.upperBound
        if start < end, arena.bytes.byte(at: start) == UInt8(ascii: "/") {
            hash = HostHash.update(hash, arena.bytes.extracting(start..<end))
        }
        hash = Hashes.avalanche(hash)
        guard withSource else { return .integer(Int64(hash)) }
        let begin = arena.count
        guard appendBigEndian(UInt64(hash), 4) else { return nil }
        switch client.ip {
        case .v4(let address):
            guard appendBigEndian(UInt64(address.rawValue), 4) else { return nil }
        case .v6(let address):
            guard appendBigEndian(address.high, 8), appendBigEndian(address.low, 8) else {
                return nil
            }
        case nil: return nil
        }
        return .binary(Bytes(begin..<arena.count))
    }
}

/// The hash behind `base32` and `url32`.
private enum HostHash {
    static func update(_ hash: UInt32, _ bytes: RawSpan) -> UInt32 {
        var hash = hash
        for at in 0..<bytes.byteCount {
            // Bytes count as signed there.
            let byte = UInt32(bitPattern: Int32(Int8(bitPattern: bytes.byte(at: at))))
            hash = byte &+ hash << 6 &+ hash << 16 &- hash
        }
        return hash
    }
}
