internal import Core
internal import Linux

/// Lines on the terminal in HAProxy's form: `[NOTICE]   (pid) : text`.
internal struct Terminal: Sendable {
    var isQuiet: Bool

    init(isQuiet: Bool = false) { self.isQuiet = isQuiet }

    func notice(_ text: String) { line("NOTICE", text) }
    func warning(_ text: String) { line("WARNING", text) }
    /// Shown even with `-q`.
    func alert(_ text: String) { write("[ALERT]    (\(Processes.identifier)) : \(text)\n", to: 2) }

    /// Text as it is, to standard output.
    func output(_ text: String) { write(text, to: 1) }
    /// Text as it is, to standard error.
    func error(_ text: String) { write(text, to: 2) }

    private func line(_ level: String, _ text: String) {
        if isQuiet { return }
        let bracket = "[\(level)]"
        let padded = bracket + String(repeating: " ", count: max(0, 10 - bracket.count))
        write("\(padded) (\(Processes.identifier)) : \(text)\n", to: 2)
    }

    private func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let result = Array(rest).withBytes { Descriptors.write(descriptor, $0) }
            guard case .moved(let count) = result else { return }
            rest = rest.dropFirst(count)
        }
    }
}
