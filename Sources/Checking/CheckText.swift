internal import Core

/// What an expectation reports besides its status: `on-success`, `on-error`.
public enum CheckText: Sendable {
    case literal(String)
    /// The first line of the answer from this byte on, without leading blanks where `trims` says so.
    case line(from: Int, trims: Bool)
    /// The answer from this byte on, up to a zero byte.
    case bytes(from: Int)
    case format(CheckFormat)

    var isFormat: Bool { if case .format = self { true } else { false } }

    /// The text for an answer; a format's is made by `CheckSamples`.
    func text(of answer: RawSpan) -> String {
        switch self {
        case .literal(let text): return text
        case .line(let start, let trims):
            return answer.piece(from: start, trims: trims) { $0 == 0x0D || $0 == 0x0A || $0 == 0 }
        case .bytes(let start): return answer.piece(from: start, trims: false) { $0 == 0 }
        case .format: return ""
        }
    }
}

extension RawSpan {
    /// The bytes from `start` to the first that `ends`; empty behind the end.
    func piece(from start: Int, trims: Bool, ends: (UInt8) -> Bool) -> String {
        var start = start
        while trims, start < byteCount, byte(at: start) == 0x20 { start += 1 }
        guard start < byteCount else { return "" }
        var end = start
        while end < byteCount, !ends(byte(at: end)) { end += 1 }
        return extracting(start..<end).text()
    }

    /// The decimal number that stands first; 0: none.
    func leadingNumber(of digits: Int) -> Int {
        var value = 0
        for index in 0..<min(digits, byteCount) {
            guard (0x30...0x39).contains(byte(at: index)) else { break }
            value = value * 10 + Int(byte(at: index)) - 0x30
        }
        return value
    }
}
