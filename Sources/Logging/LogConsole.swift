internal import Core
internal import Linux

/// The operator's terminal, or what stderr leads to while we run in the foreground.
package struct LogConsole: Sendable {
    /// HAProxy's words.
    package enum Word: String, Sendable {
        case alert = "ALERT", warning = "WARNING", notice = "NOTICE"
    }

    private let descriptor: Int32

    /// A pipe is made non-blocking, so that a reader that does not read cannot stop a thread. A terminal stays as it is:
    /// the shell shares that setting.
    package init(descriptor: Int32 = 2) {
        self.descriptor = descriptor
        if !Descriptors.isTerminal(descriptor) { try? Descriptors.setNonBlocking(descriptor) }
    }

    /// `[WARNING]  (4711) : text`
    package func show(_ word: Word, _ text: String, process: Int32) {
        let head = "[\(word.rawValue)]"
        let padding = String(repeating: " ", count: max(1, 11 - head.utf8.count))
        write("\(head)\(padding)(\(process)) : \(text)\n")
    }

    /// `Sun Nov 22 09:19:36 2026: text`, as keepalived shows it.
    package func showDated(_ text: String) {
        let seconds = Clock.realtime() / 1_000_000_000
        let time = Clock.local(seconds: seconds)
        write("\(time.weekday(seconds: seconds)) \(time.syslog) \(time.year): \(text)\n")
    }

    private func write(_ line: String) {
        // What a full pipe does not take is lost: the same line goes to the log.
        _ = Array(line.utf8).withBytes { Descriptors.write(descriptor, $0) }
    }
}
