/// A set of status codes, 100 to 599, without memory of its own: workers copy it freely.
package struct StatusCodes: Sendable, Equatable, BitwiseCopyable {
    package static let range = 100...599
    /// HAProxy manual, `http-err-codes`.
    package static let errors = StatusCodes(400...499)
    /// HAProxy manual, `http-fail-codes`.
    package static let failures: StatusCodes = {
        var codes = StatusCodes(500...599)
        codes.remove(501...501)
        codes.remove(505...505)
        return codes
    }()

    /// Bit n of word m stands for 64 m + n + 100.
    private var words = SIMD8<UInt64>.zero

    package init() {}

    package init(_ codes: ClosedRange<Int>) { insert(codes) }

    package func contains(_ code: Int) -> Bool {
        guard StatusCodes.range.contains(code) else { return false }
        let bit = code - StatusCodes.range.lowerBound
        return words[bit / 64] >> UInt64(bit % 64) & 1 == 1
    }

    package mutating func insert(_ codes: ClosedRange<Int>) {
        for code in codes.clamped(to: StatusCodes.range) {
            let bit = code - StatusCodes.range.lowerBound
            words[bit / 64] |= 1 << UInt64(bit % 64)
        }
    }

    package mutating func remove(_ codes: ClosedRange<Int>) {
        for code in codes.clamped(to: StatusCodes.range) {
            let bit = code - StatusCodes.range.lowerBound
            words[bit / 64] &= ~(1 << UInt64(bit % 64))
        }
    }

    /// Reads one argument of `http-err-codes`: `400,402-444` is the new set, `+501` joins it, `-450-459` leaves it. False:
    /// it is none, and the set is as it was.
    package mutating func change(by text: String) -> Bool {
        let sign = text.first == "+" || text.first == "-" ? text.first : nil
        var ranges: [ClosedRange<Int>] = []
        for part in text.dropFirst(sign == nil ? 0 : 1).split(
            separator: ",", omittingEmptySubsequences: false)
        {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            let isNumber = ends.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 &- 0x30 < 10 } }
            guard (1...2).contains(ends.count), isNumber, let low = Int(ends[0]),
                let high = Int(ends[ends.count - 1]), low <= high,
                StatusCodes.range.contains(low), StatusCodes.range.contains(high)
            else { return false }
            ranges.append(low...high)
        }
        if sign == nil { self = StatusCodes() }
        for range in ranges {
            if sign == "-" { remove(range) } else { insert(range) }
        }
        return true
    }
}
