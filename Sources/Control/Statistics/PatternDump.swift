internal import Expressions

/// `show map <file>` and `show acl <file>`: one line an entry, with its number as what HAProxy calls its reference.
final class PatternDump: ReplySource {
    private let entries: [PatternFile.Entry]
    private let showsValues: Bool
    private var next = 0

    init(_ entries: [PatternFile.Entry], showsValues: Bool) {
        self.entries = entries
        self.showsValues = showsValues
    }

    func appendPiece(to output: inout [UInt8]) -> Bool {
        let end = output.count + RuntimeLimits.pieceBytes
        while output.count < end {
            guard next < entries.count else { return false }
            let entry = entries[next]
            next += 1
            output.write("0x\(String(entry.number, radix: 16)) \(entry.key)")
            output.write(showsValues ? " \(entry.value)\n" : "\n")
        }
        return true
    }
}
