/// One configuration text, with the places of its lines.
package struct SourceFile: Sendable {
    /// The name as it was given: a path, or `<text>`.
    package let name: String
    package let bytes: [UInt8]
    /// Offset of the first byte of each line.
    private let lineStarts: [Int]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == 0x0a { starts.append(offset + 1) }
        if starts.last == bytes.count, starts.count > 1 { starts.removeLast() }
        lineStarts = starts
    }

    /// Number of lines; an unfinished last line counts.
    package var lineCount: Int { bytes.isEmpty ? 0 : lineStarts.count }

    /// The bytes of a line without its end; `number` starts at 1.
    package func line(_ number: Int) -> ArraySlice<UInt8> {
        guard lineStarts.indices.contains(number - 1) else { return [] }
        let start = lineStarts[number - 1]
        var end = lineStarts.indices.contains(number) ? lineStarts[number] : bytes.count
        while end > start, bytes[end - 1] == 0x0a || bytes[end - 1] == 0x0d { end -= 1 }
        return bytes[start..<end]
    }

    /// Whether the text ends in the middle of a line.
    package var lacksFinalNewline: Bool { bytes.last.map { $0 != 0x0a } ?? false }
}
