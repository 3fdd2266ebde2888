import Core
import Expressions
import HTTP

/// `normalize-uri` (RFC 3986, section 6).
public enum URINormalizer: Sendable, BitwiseCopyable {
    case fragmentEncode, fragmentStrip
    case mergeSlashes
    case stripDot
    /// `full`: also at the beginning of the path.
    case stripDotDot(full: Bool)
    /// `strict`: a `%` without two digits is an error.
    case decodeUnreserved(strict: Bool)
    case uppercase(strict: Bool)
    case sortQuery
}

extension Evaluation {
    enum Normalization { case done, invalid, full }

    /// Normalizes the path or the query.
    mutating func normalize(_ normalizer: URINormalizer) -> Normalization {
        guard let head = requestHead, head.form == .origin || head.form == .absolute else {
            return .done
        }
        let target = head.targetRange
        let path = RequestTarget.path(of: arena.bytes.extracting(target), form: head.form)
        let pathStart = target.lowerBound + path.lowerBound
        let pathEnd = target.lowerBound + path.upperBound
        let start = arena.count
        guard arena.append(copyOf: target.lowerBound..<pathStart) else { return .full }
        var isValid = true
        let isDone: Bool
        switch normalizer {
        case .fragmentEncode: isDone = appendFragment(pathStart..<target.upperBound)
        case .fragmentStrip:
            var end = pathStart
            while end < target.upperBound, arena.bytes.byte(at: end) != UInt8(ascii: "#") {
                end += 1
            }
            isDone = arena.append(copyOf: pathStart..<end)
        case .mergeSlashes:
            isDone =
                appendMerged(pathStart..<pathEnd)
                && arena.append(copyOf: pathEnd..<target.upperBound)
        case .stripDot:
            isDone =
                appendWithoutDots(pathStart..<pathEnd)
                && arena.append(copyOf: pathEnd..<target.upperBound)
        case .stripDotDot(let full):
            isDone =
                appendWithoutParents(pathStart..<pathEnd, full: full)
                && arena.append(copyOf: pathEnd..<target.upperBound)
        case .decodeUnreserved(let strict):
            isValid = !strict || hasValidPercents(pathStart..<target.upperBound)
            isDone = appendPercents(pathStart..<target.upperBound, decodes: true)
        case .uppercase(let strict):
            isValid = !strict || hasValidPercents(pathStart..<target.upperBound)
            isDone = appendPercents(pathStart..<target.upperBound, decodes: false)
        case .sortQuery:
            isDone =
                arena.append(copyOf: pathStart..<pathEnd)
                && appendSorted(pathEnd..<target.upperBound)
        }
        guard isDone, isValid, takeRoom(arena.count - start - target.count) else {
            arena.truncate(by: arena.count - start)
            return isValid ? .full : .invalid
        }
        requestHead?.replaceTarget(with: start..<arena.count)
        return .done
    }

    /// A target has a fragment only where violations are accepted.
    private mutating func appendFragment(_ range: Range<Int>) -> Bool {
        for at in range {
            let byte = arena.bytes.byte(at: at)
            guard byte == UInt8(ascii: "#") ? arena.append("%23") : arena.append(byte) else {
                return false
            }
        }
        return true
    }

    private func isSlash(_ at: Int) -> Bool { arena.bytes.byte(at: at) == UInt8(ascii: "/") }

    private mutating func appendMerged(_ path: Range<Int>) -> Bool {
        for at in path {
            if at > path.lowerBound, isSlash(at), isSlash(at - 1) { continue }
            guard arena.append(arena.bytes.byte(at: at)) else { return false }
        }
        return true
    }

    /// Where the segment that begins at `start` ends.
    private func segmentEnd(_ start: Int, _ end: Int) -> Int {
        var at = start
        while at < end, !isSlash(at) { at += 1 }
        return at
    }

    private func dots(_ segment: Range<Int>) -> Int? {
        for at in segment where arena.bytes.byte(at: at) != UInt8(ascii: ".") { return nil }
        return segment.count
    }

    private mutating func appendWithoutDots(_ path: Range<Int>) -> Bool {
        var at = path.lowerBound
        while at < path.upperBound {
            let end = segmentEnd(at, path.upperBound)
            let hasSlash = end < path.upperBound
            if dots(at..<end) == 1 {
                at = end + 1
                continue
            }
            guard arena.append(copyOf: at..<min(end + 1, path.upperBound)) else { return false }
            at = end + (hasSlash ? 1 : 0)
            if !hasSlash { break }
        }
        return true
    }

    private mutating func appendWithoutParents(_ path: Range<Int>, full: Bool) -> Bool {
        let start = arena.count
        var at = path.lowerBound
        if at < path.upperBound, isSlash(at) {
            guard arena.append(UInt8(ascii: "/")) else { return false }
            at += 1
        }
        let floor = arena.count
        // What could not be resolved stays, and nothing behind it may take it away.
        var kept = floor
        while at < path.upperBound {
            let end = segmentEnd(at, path.upperBound)
            let hasSlash = end < path.upperBound
            if dots(at..<end) == 2 {
                if arena.count > kept {
                    dropSegment(to: kept)
                } else if !full {
                    // As HAProxy, with a slash in any case.
                    guard arena.append(copyOf: at..<end), arena.append(UInt8(ascii: "/")) else {
                        return false
                    }
                    kept = arena.count
                }
            } else {
                guard arena.append(copyOf: at..<min(end + 1, path.upperBound)) else { return false }
            }
            at = end + 1
            if !hasSlash { break }
        }
        if arena.count == start { return arena.append(UInt8(ascii: "/")) }
        return true
    }

    /// Takes the last segment with its slash off the end.
    private mutating func dropSegment(to floor: Int) {
        arena.truncate(by: 1)
        while arena.count > floor, !isSlash(arena.count - 1) { arena.truncate(by: 1) }
    }

    private func hasValidPercents(_ range: Range<Int>) -> Bool {
        for at in range where arena.bytes.byte(at: at) == UInt8(ascii: "%") {
            guard at + 2 < range.upperBound, digit(at + 1) != nil, digit(at + 2) != nil else {
                return false
            }
        }
        return true
    }

    private mutating func appendPercents(_ range: Range<Int>, decodes: Bool) -> Bool {
        var at = range.lowerBound
        while at < range.upperBound {
            let byte = arena.bytes.byte(at: at)
            guard byte == UInt8(ascii: "%") else {
                guard arena.append(byte) else { return false }
                at += 1
                continue
            }
            guard at + 2 < range.upperBound, let high = digit(at + 1), let low = digit(at + 2)
            else {
                guard arena.append(byte) else { return false }
                at += 1
                continue
            }
            let value = high << 4 | low
            if decodes, isUnreserved(value) {
                guard arena.append(value) else { return false }
            } else if decodes {
                guard arena.append(copyOf: at..<at + 3) else { return false }
            } else {
                guard arena.append(byte), arena.append(TargetBytes.digit(high)),
                    arena.append(TargetBytes.digit(low))
                else { return false }
            }
            at += 3
        }
        return true
    }

    private func digit(_ at: Int) -> UInt8? {
        let byte = arena.bytes.byte(at: at)
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let lower = byte | 0x20
        return lower &- 0x61 < 6 ? lower &- 0x57 : nil
    }

    /// RFC 3986, section 2.3.
    private func isUnreserved(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x2d || byte == 0x2e
            || byte == 0x5f || byte == 0x7e
    }

    /// Most parameters of a query that are sorted.
    private static let parametersLimit = 256

    /// `query`: `?` and what follows, or empty.
    private mutating func appendSorted(_ query: Range<Int>) -> Bool {
        guard query.count > 1 else { return arena.append(copyOf: query) }
        var parameters: [Range<Int>] = []
        var start = query.lowerBound + 1
        for at in start...query.upperBound
        where at == query.upperBound || arena.bytes.byte(at: at) == UInt8(ascii: "&") {
            parameters.append(start..<at)
            start = at + 1
        }
        guard parameters.count <= Evaluation.parametersLimit else { return false }
        // Insertion sort keeps equal names in their order, as it must.
        for index in parameters.indices.dropFirst() {
            var place = index
            while place > 0, isLess(parameters[place], parameters[place - 1]) {
                parameters.swapAt(place, place - 1)
                place -= 1
            }
        }
        guard arena.append(UInt8(ascii: "?")) else { return false }
        for index in parameters.indices {
            if index > 0 { guard arena.append(UInt8(ascii: "&")) else { return false } }
            guard arena.append(copyOf: parameters[index]) else { return false }
        }
        return true
    }

    /// By the names alone.
    private func isLess(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        let (a, b) = (name(a), name(b))
        for offset in 0..<min(a.count, b.count) {
            let (x, y) = (
                arena.bytes.byte(at: a.lowerBound + offset),
                arena.bytes.byte(at: b.lowerBound + offset)
            )
            if x != y { return x < y }
        }
        return a.count < b.count
    }

    private func name(_ parameter: Range<Int>) -> Range<Int> {
        for at in parameter where arena.bytes.byte(at: at) == UInt8(ascii: "=") {
            return parameter.lowerBound..<at
        }
        return parameter
    }
}
