internal import Core

/// What an agent says in its line (HAProxy manual, `agent-check`).
public struct AgentReply: Sendable, Equatable {
    public enum Administration: Sendable { case ready, drain, maintenance }

    /// The word for up or down, as it was written.
    private var healthWord: String?
    public private(set) var isUp: Bool?
    public private(set) var administration: Administration?
    /// In percent of the configured weight.
    public private(set) var weightPercent: Int?
    public private(set) var maxConnections: Int?
    /// The text behind `#`.
    private var remark: String?
    /// The first word that nobody knows.
    private var unknownWord: String?
    /// What is wrong with a number.
    public var warning: String?

    /// nil: the line is not whole. `isFinal`: no more comes.
    init?(_ bytes: RawSpan, isFinal: Bool) {
        let line = bytes.piece(from: 0, trims: false) { $0 == 0x0A || $0 == 0x0D || $0 == 0 }
        guard isFinal || line.utf8.count < bytes.byteCount else { return nil }
        var rest = Substring(line)
        while true {
            rest = rest.drop(while: AgentReply.separates)
            guard let first = rest.first else { break }
            if first == "#" {
                remark = String(rest.dropFirst().drop { $0 == " " || $0 == "\t" })
                break
            }
            let word = rest.prefix { !AgentReply.separates($0) }
            rest = rest.dropFirst(word.count)
            take(String(word))
        }
    }

    private static func separates(_ character: Character) -> Bool {
        character == " " || character == "\t" || character == ","
    }

    private mutating func take(_ word: String) {
        switch word.lowercased() {
        case "up":
            healthWord = word
            isUp = true
        case "down", "stopped", "fail":
            healthWord = word
            isUp = false
        case "ready": administration = .ready
        case "drain": administration = .drain
        case "maint": administration = .maintenance
        case let other where other.hasPrefix("maxconn:"): takeConnections(word.dropFirst(8))
        default:
            if let first = word.utf8.first, (0x30...0x39).contains(first), word.contains("%") {
                takeWeight(word)
            } else {
                unknownWord = unknownWord ?? word
            }
        }
    }

    private mutating func takeWeight(_ word: String) {
        guard word.hasSuffix("%"), let percent = Int(word.dropLast()), percent <= 1_000_000 else {
            warning = "Trailing garbage in weight string"
            return
        }
        weightPercent = percent
    }

    private mutating func takeConnections(_ text: Substring) {
        if text.isEmpty {
            warning = "Require <maxconn>."
        } else if let number = Int(text), (0...Int(Int32.max)).contains(number) {
            maxConnections = number
        } else {
            warning =
                text.utf8.first.map { (0x30...0x39).contains($0) } == true
                ? "Trailing garbage in maxconn string"
                : "maxconn string empty or preceded by garbage"
        }
    }

    /// How the check ended.
    public var verdict: CheckVerdict {
        if let healthWord, let isUp {
            let more = (remark ?? unknownWord ?? warning).map { " (\($0))" } ?? ""
            return CheckVerdict(
                isUp ? .layer7Passed : .layer7WrongStatus, text: "via agent : \(healthWord)\(more)")
        }
        if let unknownWord {
            return CheckVerdict(.checked, text: "agent reports an error : \(unknownWord)")
        }
        return CheckVerdict(.checked, text: warning.map { "agent warns : \($0)" } ?? "")
    }
}
