import Core
import HTTP

/// What each fetch gives.
extension Evaluation {
    @inline(__always)
    mutating func fetch(_ expression: SampleExpression, isIterating: Bool) -> Sample? {
        hasMore = false
        // The most frequent ones, without the price of calling for all the others.
        switch expression.kind {
        case .path: return path()
        case .field:
            guard
                case .field(let name, let occurrence, let isSplit, let use, let side) =
                    expression.fetch, isCurrent(side)
            else { return nil }
            return field(
                expression, name, occurrence, isSplit: isSplit, use, isIterating: isIterating)
        case .other: return fetchOther(expression, isIterating: isIterating)
        }
    }

    private mutating func fetchOther(
        _ expression: SampleExpression, isIterating: Bool
    ) -> Sample? {
        switch expression.fetch {
        case .constant(let sample): return sample
        case .text(let range, let isBinary):
            guard let copy = append(constant: range, of: expression) else { return nil }
            return isBinary ? .binary(copy) : .string(copy)
        case .method:
            guard let head = requestHead else { return keptMethod() }
            return .method(receivedMethod ?? Bytes(head.methodRange))
        case .url: return requestHead.map { .string(Bytes($0.targetRange)) }
        // `fetch` has them.
        case .path, .field: return nil
        case .pathAndQuery, .query, .urlAddress, .urlPort:
            guard let head = requestHead else { return nil }
            return targetPart(expression.fetch, head)
        case .base: return base()
        case .requestVersion:
            guard let head = requestHead else { return nil }
            return text(head.version == .http10 ? "1.0" : "1.1")
        case .parameter(let name, let delimiter, let use):
            guard let head = requestHead else { return nil }
            let found = QueryScanner.value(
                of: expression.constant(name),
                in: arena.bytes, head.targetRange, delimiter: delimiter)
            guard let found else { return nil }
            return sample(of: found, as: use)
        case .requestLength:
            mayChange = true
            return .integer(Int64(contentLength))
        case .content(let fetch, let side): return content(fetch, side, expression)
        case .stick(let query): return stick(query, key: nil)
        case .stickSource(let query):
            return client.ip.flatMap { stick(query, key: .address($0)) }
        case .waitEnd:
            mayChange = true
            return isFinal ? .bool(true) : nil
        case .isHTTP:
            guard requestHead == nil else { return .bool(true) }
            return content.map { _ in .bool(false) }
        case .bodyLength, .bodySize:
            guard let head = requestHead else { return nil }
            let available = max(contentLength - head.byteCount, 0)
            guard case .bodyLength = expression.fetch else {
                return .integer(Int64(head.facts.contentLength ?? available))
            }
            return .integer(Int64(min(available, head.facts.contentLength ?? available)))
        case .fieldNames(let delimiter, let side):
            return isCurrent(side) ? fieldNames(delimiter, expression) : nil
        case .allFields(let side): return isCurrent(side) ? allFields() : nil
        case .cookie(let name, let use, let side):
            guard isCurrent(side) else { return nil }
            return cookie(expression, name, use, side, isIterating: isIterating)
        case .status:
            guard let head = responseHead else { return engineNumber(.transactionStatus, -1) }
            return .integer(Int64(head.status))
        case .responseVersion:
            guard let head = responseHead else { return nil }
            return text(head.version == .http10 ? "1.0" : "1.1")
        case .source: return client.ip.map { .address($0) }
        case .sourcePort: return client.ip == nil ? nil : .integer(Int64(client.port))
        case .destination: return host?.destination.ip.map { .address($0) }
        case .destinationPort:
            guard let address = host?.destination, address.ip != nil else { return nil }
            return .integer(Int64(address.port))
        case .variable(let variable, let otherwise):
            if let value = load(variable) { return value }
            return otherwise.flatMap { append(constant: $0, of: expression) }.map { .string($0) }
        case .captured(let index, let side):
            guard let transaction else { return nil }
            return side == .request
                ? transaction.requestCaptures.load(index, into: &arena)
                : transaction.responseCaptures.load(index, into: &arena)
        case .capturedMethod: return logText(.method)
        case .capturedURI: return logText(.target)
        case .capturedVersion: return logText(.version)
        case .date(let offset, let unit): return .integer(date(unit) &+ offset)
        case .dateMicroseconds: return .integer(realtime / 1000 % 1_000_000)
        case .random(let range):
            let value = random() >> 32
            return .integer(
                range > 0 ? Int64(value * UInt64(min(range, 1 << 32)) >> 32) : Int64(value))
        case .uuid: return uuid()
        case .number(let number, let reference): return engineNumber(number, reference)
        case .body(let side): return isCurrent(side) ? body(side).map { .binary($0) } : nil
        case .bodyParameter(let name):
            guard requestHead != nil, let body = body(.request) else { return nil }
            return QueryScanner.pair(
                expression.constant(name), arena.bytes, body.range, UInt8(ascii: "&")
            ).map { .string(Bytes($0)) }
        case .answerBodyBytes(let isWhole): return answerBodyBytes(isWhole: isWhole)
        case .cookieNames(let delimiter, let side):
            return isCurrent(side) ? cookieNames(delimiter, side, expression) : nil
        case .targetHash(let isBase, let withSource):
            return targetHash(isBase: isBase, withSource: withSource)
        case .baseWithQuery: return base(withQuery: true)
        case .credential(let credential): return self.credential(credential)
        case .bearer(let name): return bearer(name, of: expression)
        case .conditionHolds:
            guard let condition = expression.condition else { return nil }
            let isTrue = holds(condition)
            hasMore = false
            return .bool(isTrue)
        case .authenticated(let list):
            return .bool(isAuthenticated(expression.userLists[Int(list)]))
        case .group(let list):
            return group(expression.userLists[Int(list)], isIterating: isIterating)
        case .tls(let fact, let part, let entry):
            return host?.tls(fact, of: part, entry: expression.constant(entry), into: &arena)
                ?? fact.absent
        case .serverEnd(let isOurs): return host?.serverEnd(isOurs: isOurs)?.ip.map { .address($0) }
        case .serverEndPort(let isOurs):
            guard let end = host?.serverEnd(isOurs: isOurs), end.ip != nil else { return nil }
            return .integer(Int64(end.port))
        case .proxyHeaderValue(let type):
            let start = arena.count
            guard let host, host.appendProxyHeaderValue(type, to: &arena) else { return nil }
            return .string(Bytes(start..<arena.count))
        case .binaryFields(let side): return isCurrent(side) ? binaryFields() : nil
        case .name(let name):
            let start = arena.count
            guard let host, host.append(name, to: &arena) else { return nil }
            return .string(Bytes(start..<arena.count))
        }
    }

    @inline(__always)
    private func isCurrent(_ side: Fetch.Side) -> Bool {
        side == .request ? requestHead != nil : responseHead != nil
    }

    private func date(_ unit: UInt8) -> Int64 {
        switch unit {
        case 1: realtime / 1_000_000
        case 2: realtime / 1000
        default: realtime / 1_000_000_000
        }
    }

    private mutating func engineNumber(_ number: EngineNumber, _ reference: Int32) -> Sample? {
        guard let value = host?.number(number, reference: reference) else { return nil }
        switch number {
        case .isStopping, .serverIsUp, .hasProxyHeader, .isFirstRequest, .isRedispatched, .isReused,
            .stream(.isLocal):
            return .bool(value != 0)
        default: return .integer(value)
        }
    }

    private mutating func logText(_ field: LogField) -> Sample? {
        let start = arena.count
        guard let host, host.hasRequestLine, host.append(field, LogFlags(), to: &arena) else {
            return nil
        }
        return .string(Bytes(start..<arena.count))
    }

    /// The method of a request whose head is gone.
    private mutating func keptMethod() -> Sample? {
        if case .string(let range)? = logText(.method) { return .method(range) }
        // What no log line needs was not kept; the stream knows the usual ones.
        let start = arena.count
        guard let host, host.append(.method, to: &arena) else { return nil }
        return .method(Bytes(start..<arena.count))
    }

    // MARK: Bytes

    mutating func append(constant range: Bytes, of expression: SampleExpression) -> Bytes? {
        let start = arena.count
        guard arena.append(expression.constant(range)) else {
            return nil
        }
        return Bytes(start..<arena.count)
    }

    mutating func text(_ text: StaticString) -> Sample? {
        let start = arena.count
        guard arena.append(text) else { return nil }
        return .string(Bytes(start..<arena.count))
    }

    /// What a range of the arena means for a fetch. Mutating only because lending all of `self` may copy it.
    mutating func sample(of range: Range<Int>, as use: Fetch.Use) -> Sample? {
        switch use {
        case .text: return .string(Bytes(range))
        case .count: return nil
        case .number: return .integer(NumberText.leading(arena.bytes.extracting(range)))
        case .address:
            return AddressText.leading(arena.bytes.extracting(range)).map { .address($0) }
        }
    }

    // MARK: The request line

    private mutating func path() -> Sample? {
        // As HAProxy: a target without a path has none, `*` is none.
        guard let form = requestHead?.form, form != .asterisk,
            let target = requestHead?.targetRange
        else { return nil }
        let path = RequestTarget.path(of: arena.bytes.extracting(target), form: form)
        guard !path.isEmpty else { return nil }
        let start = target.lowerBound
        return .string(Bytes(start &+ path.lowerBound..<start &+ path.upperBound))
    }

    private mutating func targetPart(_ fetch: Fetch, _ head: RequestHead) -> Sample? {
        if case .path = fetch { return path() }
        let target = head.targetRange
        let path = RequestTarget.path(of: arena.bytes.extracting(target), form: head.form)
        let start = target.lowerBound + path.lowerBound
        switch fetch {
        case .pathAndQuery:
            guard head.form == .origin || head.form == .absolute, start < target.upperBound
            else { return nil }
            return .string(Bytes(start..<target.upperBound))
        case .query(let withMark):
            let found = RequestTarget.queryString(
                of: arena.bytes.extracting(target), form: head.form)
            guard let found else { return .string(Bytes(target.upperBound..<target.upperBound)) }
            let first = target.lowerBound + found.lowerBound - (withMark ? 1 : 0)
            return .string(Bytes(first..<target.lowerBound + found.upperBound))
        case .urlAddress:
            guard let authority = head.authorityRange else { return nil }
            return AddressText.leading(arena.bytes.extracting(authority)).map { .address($0) }
        case .urlPort:
            guard let authority = head.authorityRange else { return nil }
            return .integer(
                Int64(HostText.port(arena.bytes.extracting(authority)) ?? 80))
        default: return nil
        }
    }

    /// The first Host field and the path, one behind the other.
    mutating func base(withQuery: Bool = false) -> Sample? {
        let part: Fetch = withQuery ? .pathAndQuery : .path
        guard let head = requestHead, let host = fields.first(.host) else {
            return requestHead.flatMap { targetPart(part, $0) }
        }
        guard let path = targetPart(part, head), case .string(let range) = path else { return nil }
        let start = arena.count
        guard arena.append(copyOf: fields[host].valueRange), arena.append(copyOf: range.range)
        else {
            return nil
        }
        return .string(Bytes(start..<arena.count))
    }

    private mutating func uuid() -> Sample? {
        let start = arena.count
        let digits: StaticString = "0123456789abcdef"
        let high = random() & ~0xf000 | 0x4000
        let low = random() & ~(3 << 62) | 1 << 63
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { arena.append(0x2d) }
            let word = index < 16 ? high : low
            let value = Int(word >> UInt64(60 - index % 16 * 4) & 15)
            guard unsafe arena.append(digits.utf8Start[value]) else { return nil }
        }
        return .string(Bytes(start..<arena.count))
    }
}
