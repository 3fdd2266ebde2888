import Core

/// What bytes may stand where, and scanners that look at eight bytes at a time.
///
/// The tables are literals so that they become constant data: a lookup is one load, never a lazy
/// initialisation.
enum Characters {
    /// RFC 9110 5.6.2 tchar: methods and field names.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool { kinds[Int(byte)] & tokenBit != 0 }

    /// What a request target may hold: visible ASCII but '#', which HAProxy and servers cut at
    /// different places.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool { kinds[Int(byte)] & targetBit != 0 }

    /// RFC 3986 reg-name, IP literals and ports, without ',': a list of hosts is not a host.
    @inline(__always)
    static func isAuthority(_ byte: UInt8) -> Bool { kinds[Int(byte)] & authorityBit != 0 }

    /// Blanks around field values.
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// The value of a hexadecimal digit, or 255.
    @inline(__always)
    static func hexadecimal(_ byte: UInt8) -> UInt8 {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let lower = byte | 0x20
        return lower &- 0x61 < 6 ? lower &- 0x57 : 255
    }

    private static let tokenBit: UInt8 = 1
    private static let targetBit: UInt8 = 2
    private static let authorityBit: UInt8 = 4

    private static let kinds: InlineArray<256, UInt8> = [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 7, 2, 1, 7, 7, 7, 7, 6, 6, 7, 7, 2, 7, 7, 2,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 6, 2, 6, 2, 2,
        2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 2, 6, 3, 7,
        3, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 2, 3, 2, 7, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]
}

extension RawSpan {
    /// Offset of the first byte from `start` on that is a control character (below 0x20, or 0x7f),
    /// a tab included; the end where there is none.
    @inline(__always)
    func firstControl(from start: Int) -> Int {
        var at = start
        while at &+ 8 <= byteCount {
            let word = word(at: at)
            // Per byte: high bit set where byte < 0x20, or where byte ^ 0x7f is 0. A borrow can
            // only disturb bytes behind the first hit, and only the first hit is used.
            let below = (word &- 0x2020_2020_2020_2020) & ~word
            let delete = word ^ 0x7f7f_7f7f_7f7f_7f7f
            let hits =
                (below | ((delete &- 0x0101_0101_0101_0101) & ~delete)) & 0x8080_8080_8080_8080
            if hits != 0 { return at &+ hits.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < byteCount {
            let byte = byte(at: at)
            if byte < 0x20 || byte == 0x7f { return at }
            at &+= 1
        }
        return at
    }

    /// Offset of the first byte from `start` on that is no token character; the end where there is
    /// none.
    @inline(__always)
    func tokenEnd(from start: Int) -> Int {
        var at = start
        while at < byteCount, Characters.isToken(byte(at: at)) { at &+= 1 }
        return at
    }

    /// Offset of the first byte from `start` on that no request target may hold; the end where
    /// there is none.
    @inline(__always)
    func targetEnd(from start: Int) -> Int {
        var at = start
        while at &+ 8 <= byteCount {
            let word = word(at: at)
            // Below 0x21, '#', 0x7f, or above 0x7f; as in `firstControl`.
            let below = (word &- 0x2121_2121_2121_2121) & ~word
            let number = word ^ 0x2323_2323_2323_2323
            let delete = word ^ 0x7f7f_7f7f_7f7f_7f7f
            let equal =
                ((number &- 0x0101_0101_0101_0101) & ~number)
                | ((delete &- 0x0101_0101_0101_0101) & ~delete)
            let hits = (below | equal | word) & 0x8080_8080_8080_8080
            if hits != 0 { return at &+ hits.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < byteCount, Characters.isTarget(byte(at: at)) { at &+= 1 }
        return at
    }

    /// Offset of the first line feed from `start` on, or nil.
    func firstLineFeed(from start: Int) -> Int? {
        var at = start
        while at &+ 8 <= byteCount {
            let feeds = word(at: at) ^ 0x0a0a_0a0a_0a0a_0a0a
            let hits = (feeds &- 0x0101_0101_0101_0101) & ~feeds & 0x8080_8080_8080_8080
            if hits != 0 { return at &+ hits.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < byteCount {
            if byte(at: at) == 0x0a { return at }
            at &+= 1
        }
        return nil
    }

    /// Offset of the first CR or LF from `start` on, or nil.
    func firstLineEnding(from start: Int) -> Int? {
        var at = start
        while true {
            at = firstControl(from: at)
            guard at < byteCount else { return nil }
            let byte = byte(at: at)
            if byte == 0x0d || byte == 0x0a { return at }
            at &+= 1
        }
    }

    /// Whether two runs are equal when ASCII letters are compared without case.
    func equalsIgnoringCase(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        for at in 0..<byteCount
        where byte(at: at).asciiLowercased != other.byte(at: at).asciiLowercased {
            return false
        }
        return true
    }
}
