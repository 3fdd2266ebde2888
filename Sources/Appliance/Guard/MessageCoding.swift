/// Writes the fields of a message between the guard and the process: numbers as 8 bytes, texts and byte strings
/// with their length in front.
internal struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ number: Int) {
        let value = UInt64(bitPattern: Int64(number))
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    mutating func write(_ data: [UInt8]) {
        write(data.count)
        bytes.append(contentsOf: data)
    }

    mutating func write(_ text: String) { write(Array(text.utf8)) }

    mutating func write(_ flag: Bool) { write(flag ? 1 : 0) }

    mutating func write(_ texts: [String]) {
        write(texts.count)
        for text in texts { write(text) }
    }
}

/// Reads what `MessageWriter` wrote. Every read can fail: the bytes come from another process.
internal struct MessageReader {
    struct Malformed: Error {}

    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = Array(bytes)[...] }

    mutating func number() throws(Malformed) -> Int {
        guard rest.count >= 8 else { throw Malformed() }
        let value = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        return Int(Int64(bitPattern: value))
    }

    mutating func data() throws(Malformed) -> [UInt8] {
        let count = try number()
        guard count >= 0, count <= rest.count else { throw Malformed() }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func text() throws(Malformed) -> String {
        String(decoding: try data(), as: UTF8.self)
    }

    mutating func flag() throws(Malformed) -> Bool { try number() != 0 }

    mutating func texts() throws(Malformed) -> [String] {
        let count = try number()
        // Each text takes eight bytes at least, so a wrong count cannot ask for much memory.
        guard count >= 0, count <= rest.count / 8 else { throw Malformed() }
        var texts: [String] = []
        for _ in 0..<count { texts.append(try text()) }
        return texts
    }
}
