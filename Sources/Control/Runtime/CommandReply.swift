internal import Configuration

/// What a command answers.
enum CommandReply {
    /// Text with its own line ends; empty: nothing but the end of the reply.
    case text(String)
    case bytes([UInt8])
    /// A sentence for the operator, with its weight for `set severity-output`; a line end is added.
    case message(Severity, String)
    case streamed(any ReplySource)
    /// Descriptors for another instance, in HAProxy's form; then the session ends.
    case descriptors([Int32])
    /// `RuntimeSocketServer.answer` brings it.
    case later

    /// syslog's words.
    enum Severity: Int {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6

        var name: String {
            switch self {
            case .error: "err"
            case .warning: "warning"
            case .notice: "notice"
            case .info: "info"
            }
        }
    }

    static var done: CommandReply { .text("") }
    static var permissionDenied: CommandReply { .message(.error, "Permission denied") }
    static func error(_ text: String) -> CommandReply { .message(.error, text) }
}

/// What a client of a runtime socket has set for itself.
struct CommandContext {
    enum SeverityOutput { case none, number, string }

    var level: RuntimeSocketSettings.Level
    /// `expose-fd listeners`
    let exposesListeners: Bool
    /// `prompt`
    var isInteractive = false
    var severityOutput = SeverityOutput.none
    /// `experimental-mode`
    var isExperimental = false
    /// `set timeout cli`
    var timeout: Duration
    /// `quit`
    var wantsClose = false
    /// Names this command for an answer that comes later.
    var ticket: CommandTicket
}
