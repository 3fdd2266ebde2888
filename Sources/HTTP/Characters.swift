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

    /// RFC 3986 reg-name without ',': a list of hosts is not a host.
    @inline(__always)
    static func isHost(_ byte: UInt8) -> Bool { kinds[Int(byte)] & hostBit != 0 }

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
    private static let hostBit: UInt8 = 4

    private static let kinds: InlineArray<256, UInt8> = [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 7, 2, 1, 7, 7, 7, 7, 6, 6, 7, 7, 2, 7, 7, 2,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 2, 6, 2, 6, 2, 2,
        2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 2, 2, 2, 3, 7,
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

/// Each scanner compares an offset with the end once per word, so its loads need no second check.
/// Offsets never are negative: they come from ranges that begin at 0 or behind.
extension RawSpan {
    /// Eight bytes from an offset for which the caller has compared `offset + 8` with the end.
    @inline(__always)
    private func checkedWord(at offset: Int) -> UInt64 {
        unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
    }

    /// One byte at an offset that the caller has compared with the end.
    @inline(__always)
    func checkedByte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// Offset of the first byte from `start` on that is a control character (below 0x20, or 0x7f),
    /// a tab included; the end where there is none.
    @inline(__always)
    public func firstControl(from start: Int) -> Int {
        precondition(start >= 0)
        var at = start
        while at &+ 8 <= byteCount {
            let hits = Lanes.controls(checkedWord(at: at))
            if hits != 0 { return at &+ Lanes.first(hits) }
            at &+= 8
        }
        while at < byteCount {
            let byte = checkedByte(at: at)
            if byte < 0x20 || byte == 0x7f { return at }
            at &+= 1
        }
        return at
    }

    /// Offset of the first byte from `start` on that ends a field name: a colon, a blank, a control
    /// character or one above 0x7e; the end where there is none.
    @inline(__always)
    func nameEnd(from start: Int) -> Int {
        precondition(start >= 0)
        var at = start
        while at &+ 8 <= byteCount {
            let hits = Lanes.nameEnds(checkedWord(at: at))
            if hits != 0 { return at &+ Lanes.first(hits) }
            at &+= 8
        }
        while at < byteCount {
            let byte = checkedByte(at: at)
            if byte < 0x21 || byte == 0x3a || byte > 0x7e { return at }
            at &+= 1
        }
        return at
    }

    /// Offset of the first byte from `start` on that no request target may hold; the end where
    /// there is none.
    @inline(__always)
    func targetEnd(from start: Int) -> Int {
        precondition(start >= 0)
        var at = start
        while at &+ 8 <= byteCount {
            let hits = Lanes.targetEnds(checkedWord(at: at))
            if hits != 0 { return at &+ Lanes.first(hits) }
            at &+= 8
        }
        while at < byteCount, Characters.isTarget(checkedByte(at: at)) { at &+= 1 }
        return at
    }

    /// Offset of the first byte from `start` on that is no token character; the end where there is
    /// none.
    @inline(__always)
    func tokenEnd(from start: Int) -> Int {
        precondition(start >= 0)
        var at = start
        while at < byteCount, Characters.isToken(checkedByte(at: at)) { at &+= 1 }
        return at
    }

    /// Whether all bytes from `start` to `end`, which `nameEnd` has found, are token characters.
    @inline(__always)
    func isToken(from start: Int, to end: Int) -> Bool {
        precondition(start >= 0 && end <= byteCount)
        var at = start
        // Most names are letters and hyphens; the last word may overlap the one before.
        if end &- start >= 8 {
            while at &+ 8 < end, Lanes.areLettersOrHyphens(checkedWord(at: at)) { at &+= 8 }
            if at &+ 8 >= end, Lanes.areLettersOrHyphens(checkedWord(at: end &- 8)) {
                return true
            }
        } else if at &+ 8 <= byteCount {
            // What follows a short name is pushed out of the word; letters come in its place.
            let spare = UInt64(64 &- (end &- start) &* 8)
            let letters: UInt64 = 0x6161_6161_6161_6161
            let word = checkedWord(at: at) &<< spare | letters &>> (64 &- spare)
            if Lanes.areLettersOrHyphens(word) { return true }
        }
        while at < end {
            guard Characters.isToken(checkedByte(at: at)) else { return false }
            at &+= 1
        }
        return true
    }

    /// Offset of the first byte from `start` on that is no blank. Nearly always there is one blank.
    @inline(__always)
    func blanksEnd(from start: Int) -> Int {
        precondition(start >= 0)
        var at = start
        if at < byteCount, checkedByte(at: at) == 0x20 { at &+= 1 }
        while at < byteCount, checkedByte(at: at) <= 0x20, Characters.isBlank(checkedByte(at: at)) {
            at &+= 1
        }
        return at
    }

    /// `end`, or an earlier place down to `start`, so that no blank stands before it.
    @inline(__always)
    func trimmedEnd(from start: Int, to end: Int) -> Int {
        precondition(start >= 0 && end <= byteCount)
        var at = end
        while at > start, checkedByte(at: at &- 1) <= 0x20 { at &-= 1 }
        return at
    }

    /// Offset of the first byte of `range` that may not stand in a host name: `:`, `[` and `]` too.
    @inline(__always)
    func hostEnd(_ range: Range<Int>) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        var at = range.lowerBound
        while at &+ 8 <= range.upperBound, Lanes.arePlainHost(checkedWord(at: at)) { at &+= 8 }
        while at < range.upperBound, Characters.isHost(checkedByte(at: at)) { at &+= 1 }
        return at
    }

    /// Offset of the first line feed from `start` on, or nil.
    func firstLineFeed(from start: Int) -> Int? {
        var at = start
        while let ending = firstLineEnding(from: at) {
            if byte(at: ending) == 0x0a { return ending }
            at = ending &+ 1
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
        let count = byteCount
        guard count == other.byteCount else { return false }
        var at = 0
        if count >= 8 {
            while at &+ 8 <= count {
                guard Lanes.areAlike(checkedWord(at: at), other.checkedWord(at: at)) else {
                    return false
                }
                at &+= 8
            }
            // The last word may overlap the one before.
            return Lanes.areAlike(checkedWord(at: count &- 8), other.checkedWord(at: count &- 8))
        }
        if count >= 4 {
            // Likewise, as the halves of one word.
            return Lanes.areAlike(checkedHalves(count), other.checkedHalves(count))
        }
        while at < count {
            guard checkedByte(at: at).asciiLowercased == other.checkedByte(at: at).asciiLowercased
            else { return false }
            at &+= 1
        }
        return true
    }

    /// The first four and the last four of `count` bytes, which the caller has compared with four and with the end.
    @inline(__always)
    private func checkedHalves(_ count: Int) -> UInt64 {
        let first = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt32.self)
        let last = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: count &- 4, as: UInt32.self)
        return UInt64(first) | UInt64(last) &<< 32
    }

    /// Offset of the first comma or quotation mark of `range`; its end where there is none.
    @inline(__always)
    public func listMark(_ range: Range<Int>) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        var at = range.lowerBound
        while at &+ 8 <= range.upperBound {
            let hits = Lanes.listMarks(checkedWord(at: at))
            if hits != 0 { return at &+ Lanes.first(hits) }
            at &+= 8
        }
        if range.count >= 8 {
            // The last word overlaps the one before, where there is no mark.
            let last = range.upperBound &- 8
            let hits = Lanes.listMarks(checkedWord(at: last))
            return hits != 0 ? last &+ Lanes.first(hits) : range.upperBound
        }
        while at < range.upperBound {
            let byte = checkedByte(at: at)
            if byte == 0x22 || byte == 0x2c { return at }
            at &+= 1
        }
        return at
    }
}
