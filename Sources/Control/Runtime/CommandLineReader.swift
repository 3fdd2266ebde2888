/// Cuts what a client sends into lines, and collects the payload behind `<<`. Pure; bounded by
/// `RuntimeLimits`.
struct CommandLineReader {
    /// What comes next.
    enum Step: Equatable {
        /// One line without its line end, and the payload that followed it.
        case line([UInt8], payload: [UInt8]?)
        /// A line that begins a payload, or a line of the payload: an interactive client is shown
        /// `+ `.
        case continues
        case needsMore
        case tooLong
    }

    /// Most bytes of a payload.
    var payloadLimit = RuntimeLimits.payloadBytes
    private var bytes: [UInt8] = []
    private var start = 0
    /// How far the search for a line end has come.
    private var searched = 0
    private var opening: [UInt8]?
    private var delimiter: [UInt8] = []
    private var payload: [UInt8] = []

    /// Bytes that wait for a line end, or for their turn.
    var count: Int { bytes.count - start }

    /// Takes what was received.
    mutating func feed(_ more: ArraySlice<UInt8>) {
        if start > 0 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    mutating func next() -> Step {
        guard let end = bytes[searched...].firstIndex(of: 0x0a) else {
            searched = bytes.count
            return count > RuntimeLimits.lineBytes ? .tooLong : .needsMore
        }
        var line = Array(bytes[start..<end])
        start = end + 1
        searched = start
        if line.last == 0x0d { line.removeLast() }
        if line.count > RuntimeLimits.lineBytes { return .tooLong }
        return opening == nil ? begin(line) : collect(line)
    }

    private mutating func begin(_ line: [UInt8]) -> Step {
        guard let (head, delimiter) = CommandLineReader.splitPayload(line) else {
            return .line(line, payload: nil)
        }
        opening = head
        self.delimiter = delimiter
        payload = []
        return .continues
    }

    private mutating func collect(_ line: [UInt8]) -> Step {
        if line == delimiter, let head = opening {
            opening = nil
            return .line(head, payload: payload)
        }
        guard payload.count + line.count < payloadLimit else { return .tooLong }
        payload.append(contentsOf: line)
        payload.append(0x0a)
        return .continues
    }

    /// The command before a last word `<<` or `<<END`, and the line that ends its payload.
    private static func splitPayload(_ line: [UInt8]) -> (head: [UInt8], delimiter: [UInt8])? {
        guard
            let at = line.indices.dropLast().last(where: {
                line[$0] == 0x3c && line[$0 + 1] == 0x3c
            }),
            at > 0, line[at - 1] == 0x20
        else { return nil }
        let delimiter = line[(at + 2)...]
        if delimiter.contains(0x20) { return nil }
        return (Array(line[..<at]), Array(delimiter))
    }
}

/// Cuts a line into commands and a command into words.
enum CommandWords {
    /// Parts between `;` that no backslash precedes; empty parts are left out where others are not.
    static func commands(in line: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in line {
            if byte == UInt8(ascii: ";") && !isEscaped {
                parts.append([])
                continue
            }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            parts[parts.count - 1].append(byte)
        }
        let full = parts.filter { part in part.contains { $0 != 0x20 && $0 != 0x09 } }
        return full.isEmpty ? [[]] : full
    }

    /// Words between blanks; a backslash takes the next byte as it is.
    static func words(of command: [UInt8]) -> [String] {
        var words: [[UInt8]] = []
        var word: [UInt8]?
        var isEscaped = false
        for byte in command {
            if isEscaped {
                word = (word ?? []) + [byte]
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == 0x20 || byte == 0x09 {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? []) + [byte]
            }
        }
        if let word { words.append(word) }
        return words.prefix(RuntimeLimits.words).map { String(decoding: $0, as: UTF8.self) }
    }
}
