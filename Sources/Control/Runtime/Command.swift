internal import Configuration
internal import Core
internal import Proxy

/// One runtime command: its words, who may use it, what `help` says, and what it does.
struct Command: Sendable {
    let words: [String]
    let level: RuntimeSocketSettings.Level
    /// What follows the words, for `help`.
    let arguments: String
    let documentation: String
    /// nil: known, but refused by name; the documentation says why.
    let handler: (@Sendable (CommandCall, inout CommandContext) -> CommandReply)?

    init(
        _ words: String, _ level: RuntimeSocketSettings.Level = .user, arguments: String = "",
        does documentation: String,
        _ handler: @escaping @Sendable (CommandCall, inout CommandContext) -> CommandReply
    ) {
        self.words = words.split(separator: " ").map(String.init)
        self.level = level
        self.arguments = arguments
        self.documentation = documentation
        self.handler = handler
    }

    /// A command of HAProxy that we do not have.
    init(refused words: String, because reason: String) {
        self.words = words.split(separator: " ").map(String.init)
        // HAProxy lets only administrators change things.
        level = ["show", "get"].contains(self.words.first) ? .user : .admin
        arguments = ""
        documentation = reason
        handler = nil
    }

    /// For programs, not for people: `help` does not show it.
    var isHidden: Bool { words.first?.hasPrefix("_") == true }

    /// `  show info [json|typed]                  : what it does`
    var helpLine: String {
        let left = (words + (arguments.isEmpty ? [] : [arguments])).joined(separator: " ")
        let padding = String(repeating: " ", count: max(1, Command.helpColumn - left.utf8.count))
        return "  \(left)\(left.utf8.count < Command.helpColumn ? padding : ""): \(documentation)"
    }

    private static let helpColumn = 40
}

/// A command as a client gave it.
struct CommandCall {
    /// What follows the command's own words.
    let arguments: [String]
    let payload: [UInt8]?
    let control: any ServiceControl
    let snapshot: Snapshot
    let sockets: [RuntimeSocketSettings]
    let now: Instant

    /// The argument at a place, or "".
    func argument(_ index: Int) -> String { index < arguments.count ? arguments[index] : "" }
}
