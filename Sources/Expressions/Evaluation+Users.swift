import Core
import HTTP

/// The credentials of a request (RFC 7617, RFC 6750).
extension Evaluation {
    /// What a fetch tells of them.
    public enum Credential: UInt8, Sendable, BitwiseCopyable { case type, user, password }

    private struct Authorization {
        let scheme: Range<Int>
        let rest: Range<Int>
    }

    /// The parts of the field that tells who asks.
    private func authorization(_ name: StaticString = "authorization") -> Authorization? {
        let bytes = unsafe RawSpan(
            _unsafeStart: name.utf8Start, byteCount: name.utf8CodeUnitCount)
        guard requestHead != nil,
            let index = fields.first(named: bytes, in: arena.bytes, edits: arena.bytes)
        else { return nil }
        return split(fields[index].valueRange)
    }

    private func split(_ value: Range<Int>) -> Authorization? {
        var end = value.lowerBound
        while end < value.upperBound, arena.bytes.byte(at: end) != 0x20 { end += 1 }
        guard end > value.lowerBound, end < value.upperBound else { return nil }
        var start = end
        while start < value.upperBound, arena.bytes.byte(at: start) == 0x20 { start += 1 }
        return Authorization(scheme: value.lowerBound..<end, rest: start..<value.upperBound)
    }

    private func isScheme(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            let byte = arena.bytes.byte(at: range.lowerBound + offset).asciiLowercased
            let expected = unsafe name.utf8Start[offset]
            if byte != expected { return false }
        }
        return true
    }

    /// User and password of `Basic`, decoded behind all that is there.
    private mutating func basicCredentials() -> (user: Bytes, password: Bytes)? {
        guard let found = authorization(), isScheme(found.scheme, "basic") else { return nil }
        let start = arena.count
        guard Base64.decode(found.rest, in: &arena, forURL: false) else { return nil }
        for at in start..<arena.count where arena.bytes.byte(at: at) == UInt8(ascii: ":") {
            return (Bytes(start..<at), Bytes(at + 1..<arena.count))
        }
        return nil
    }

    mutating func credential(_ credential: Credential) -> Sample? {
        switch credential {
        case .type:
            // As HAProxy: by the name that it has for the scheme, and only where the rest can be read.
            guard let found = authorization() else { return nil }
            if isScheme(found.scheme, "basic") {
                return basicCredentials() == nil ? nil : text("Basic")
            }
            return isScheme(found.scheme, "bearer")
                ? text("Bearer") : .string(Bytes(found.scheme))
        case .user: return basicCredentials().map { .string($0.user) }
        case .password: return basicCredentials().map { .string($0.password) }
        }
    }

    /// The token of `Bearer`; of another field it is the value behind its first word.
    mutating func bearer(_ name: Bytes, of expression: SampleExpression) -> Sample? {
        if name.isEmpty {
            guard let found = authorization(), isScheme(found.scheme, "bearer") else { return nil }
            return .string(Bytes(found.rest))
        }
        let index = fields.first(
            named: expression.constant(name), in: arena.bytes, edits: arena.bytes)
        guard let index, let found = split(fields[index].valueRange),
            isScheme(found.scheme, "bearer")
        else { return nil }
        return .string(Bytes(found.rest))
    }

    /// The place in the list of the user who asks with the right password.
    private mutating func authenticated(by list: UserList) -> Int? {
        guard let (name, password) = basicCredentials() else { return nil }
        for index in list.users.indices where equals(name, list.users[index].name) {
            switch list.users[index].password {
            case .plain(let bytes): return equals(password, bytes) ? index : nil
            case .hashed(let hash):
                let verdict = host?.verify(
                    bytes(password), against: hash, mayWait: looksAtCondition)
                guard let fits = verdict else {
                    awaitsTurn = host != nil
                    return nil
                }
                return fits ? index : nil
            case .none: return nil
            }
        }
        return nil
    }

    /// Compares all bytes, so that the time tells nothing but the length.
    private func equals(_ range: Bytes, _ other: [UInt8]) -> Bool {
        guard range.count == other.count else { return false }
        var difference: UInt8 = 0
        for offset in other.indices {
            difference |= arena.bytes.byte(at: Int(range.start) + offset) ^ other[offset]
        }
        return difference == 0
    }

    mutating func isAuthenticated(_ list: UserList) -> Bool {
        let saved = arena.count
        let found = authenticated(by: list)
        arena.truncate(by: arena.count - saved)
        return found != nil
    }

    /// In an ACL each group of the user, one after the other; elsewhere the user's name.
    mutating func group(_ list: UserList, isIterating: Bool) -> Sample? {
        guard let index = authenticated(by: list) else { return nil }
        let user = list.users[index]
        guard isIterating else { return append(user.name) }
        guard user.groups.indices.contains(cursorField) else { return nil }
        let group = user.groups[cursorField]
        cursorField += 1
        hasMore = cursorField < user.groups.count
        return append(group)
    }

    private mutating func append(_ text: [UInt8]) -> Sample? {
        let start = arena.count
        guard arena.append(contentsOf: text) else { return nil }
        return .string(Bytes(start..<arena.count))
    }
}
