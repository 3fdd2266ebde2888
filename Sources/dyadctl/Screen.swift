internal import Core
internal import Linux

/// What goes to the terminal.
enum Screen {
    enum Colour: String {
        case good = "\u{1b}[32m"
        case bad = "\u{1b}[31m"
        case odd = "\u{1b}[33m"
        case quiet = "\u{1b}[2m"
    }

    /// Colours only on a terminal, and not where NO_COLOR is set.
    static let usesColour = Descriptors.isTerminal(1) && Host.environment("NO_COLOR") == nil

    static func paint(_ text: String, _ colour: Colour) -> String {
        usesColour ? colour.rawValue + text + "\u{1b}[0m" : text
    }

    /// To standard output, as it is.
    static func write(_ text: String) { write(text, to: 1) }

    /// One line to standard error.
    static func complain(_ text: String) { write("dyadctl: \(text)\n", to: 2) }

    /// Clears the terminal and goes to its first corner.
    static let clear = "\u{1b}[2J\u{1b}[H"

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            switch Array(rest).withBytes({ Descriptors.write(descriptor, $0) }) {
            case .moved(let count): rest = rest.dropFirst(count)
            case .wouldBlock: Descriptors.waitWritable(descriptor, milliseconds: 1000)
            case .ended, .failed: return
            }
        }
    }

    /// Lines of cells, each column as wide as its widest cell; numbers stand at the right.
    static func table(_ lines: [[String]]) -> [String] {
        var widths: [Int] = []
        for line in lines {
            for (index, cell) in line.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.count)
            }
        }
        return lines.map { line in
            line.enumerated().map { index, cell in
                let padding = String(repeating: " ", count: widths[index] - cell.count)
                return index < 2 ? cell + padding : padding + cell
            }.joined(separator: "  ")
        }
    }
}
