import Core

/// What of a request the algorithms hash. HAProxy manual, `balance`; what it leaves open is as
/// measured with the program.
public enum HashKey: Sendable, Equatable {
    /// `uri`: at most `length` bytes, at most `depth` directories; 0: no limit.
    case uri(length: Int, depth: Int, isWhole: Bool, isPathOnly: Bool)
    /// `hdr(name)`; `onlyDomain`: of `www.example.com` only `example`.
    case header(name: [UInt8], onlyDomain: Bool)
    /// `url_param name`
    case parameter([UInt8])

    /// The part of a target that counts; nil where there is none.
    public func range(in target: RawSpan) -> Range<Int>? {
        switch self {
        case .uri(let length, let depth, let isWhole, let isPathOnly):
            HashKey.uri(target, length, depth, isWhole, isPathOnly)
        case .parameter(let name): HashKey.parameter(target, name)
        case .header: nil
        }
    }

    private static func uri(
        _ target: RawSpan, _ length: Int, _ depth: Int, _ isWhole: Bool, _ isPathOnly: Bool
    ) -> Range<Int>? {
        var start = 0
        if isPathOnly {
            // One without a path is hashed as if it were empty.
            guard let path = path(target) else { return 0..<0 }
            start = path
        }
        var end = length > 0 ? min(target.byteCount, start + length) : target.byteCount
        var slashes = 0
        for at in start..<end {
            let byte = target.byte(at: at)
            if byte == UInt8(ascii: "/") {
                slashes += 1
                // The first slash begins the first directory.
                guard depth > 0, slashes > depth else { continue }
            } else if byte != UInt8(ascii: "?") || isWhole {
                continue
            }
            end = at
            break
        }
        return start..<end
    }

    /// Where the path of a target begins: behind the scheme and authority of an absolute one.
    private static func path(_ target: RawSpan) -> Int? {
        guard target.byteCount > 0 else { return nil }
        if target.byte(at: 0) == UInt8(ascii: "/") { return 0 }
        var slashes = 0
        for at in 0..<target.byteCount where target.byte(at: at) == UInt8(ascii: "/") {
            slashes += 1
            if slashes == 3 { return at }
        }
        return nil
    }

    private static func parameter(_ target: RawSpan, _ name: [UInt8]) -> Range<Int>? {
        var at = 0
        while at < target.byteCount, target.byte(at: at) != UInt8(ascii: "?") { at += 1 }
        while at < target.byteCount {
            let start = at + 1
            at = start
            while at < target.byteCount, target.byte(at: at) != UInt8(ascii: "&") { at += 1 }
            let equals = start + name.count
            guard equals < at, target.byte(at: equals) == UInt8(ascii: "="),
                target.extracting(start..<equals).equals(name)
            else { continue }
            return equals + 1..<at
        }
        return nil
    }

    /// The same for another thread.
    public func copy() -> HashKey {
        switch self {
        case .uri: self
        case .header(let name, let onlyDomain):
            .header(name: name.map { $0 }, onlyDomain: onlyDomain)
        case .parameter(let name): .parameter(name.map { $0 })
        }
    }

    /// The parameter's value in the body of a form. Nil where it is not there, or begins with
    /// what no form has there; one that begins with a blank counts as empty.
    public func range(inBody body: RawSpan) -> Range<Int>? {
        guard case .parameter(let name) = self else { return nil }
        var at = 0
        while at < body.byteCount {
            let start = at
            while at < body.byteCount, body.byte(at: at) != UInt8(ascii: "&") { at += 1 }
            let equals = start + name.count
            if equals < at, body.byte(at: equals) == UInt8(ascii: "="),
                body.extracting(start..<equals).equals(name)
            {
                guard equals + 1 < at else { return at..<at }
                let first = body.byte(at: equals + 1)
                if [0x20, 0x09, 0x0d, 0x0a].contains(first) { return at..<at }
                return isToken(first) ? equals + 1..<at : nil
            }
            at += 1
        }
        return nil
    }

    /// The part of a field's value that counts: up to the first comma, and of that perhaps the
    /// domain. Nil: nothing to hash.
    public static func range(inField value: RawSpan, onlyDomain: Bool) -> Range<Int>? {
        var end = 0
        var isQuoted = false
        while end < value.byteCount {
            let byte = value.byte(at: end)
            if byte == UInt8(ascii: ",") && !isQuoted { break }
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            end += 1
        }
        while end > 0, isBlank(value.byte(at: end - 1)) { end -= 1 }
        // An empty one counts as none.
        guard end > 0 else { return nil }
        guard onlyDomain else { return 0..<end }
        return domain(value, end)
    }

    /// RFC 9110 5.6.2
    private func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case UInt8(ascii: "!"), 0x23...0x27, UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), 0x5e...0x60, UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// The label before the last dot, or everything. The first byte is never taken for a dot, and
    /// no label is empty.
    private static func domain(_ value: RawSpan, _ end: Int) -> Range<Int> {
        var last = end - 1
        while last > 0, value.byte(at: last) != UInt8(ascii: ".") { last -= 1 }
        guard last > 0 else { return 0..<end }
        var first = last - 1
        while first > 0, first == last - 1 || value.byte(at: first) != UInt8(ascii: ".") {
            first -= 1
        }
        return (first > 0 ? first + 1 : 0)..<last
    }
}

extension RawSpan {
    fileprivate func equals(_ bytes: [UInt8]) -> Bool {
        for at in 0..<byteCount where byte(at: at) != bytes[at] { return false }
        return true
    }
}
