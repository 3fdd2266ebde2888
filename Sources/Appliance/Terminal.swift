internal import Core
internal import Linux
internal import Logging

/// Lines on the terminal in HAProxy's form: `[NOTICE]   (pid) : text`.
internal struct Terminal: Sendable {
    var isQuiet: Bool
    /// Where alerts and warnings go, too: the guard's, whose terminal is gone in the background.
    var log: SystemLog?

    init(isQuiet: Bool = false) { self.isQuiet = isQuiet }

    /// The same without the log, for what the process logs itself.
    var withoutLog: Terminal {
        var copy = self
        copy.log = nil
        return copy
    }

    func notice(_ text: String) { line("NOTICE", text) }
    func warning(_ text: String) {
        line("WARNING", text)
        log?.warning(text)
    }
    /// Shown even with `-q`.
    func alert(_ text: String) {
        write("[ALERT]    (\(Processes.identifier)) : \(text)\n", to: 2)
        log?.alert(text)
    }

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
