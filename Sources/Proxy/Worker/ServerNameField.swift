internal import Rules

/// `http-send-name-header` as one worker sees it.
final class ServerNameField {
    /// Takes out of a request what others have written there.
    let removal: RuleList
    /// The name with `: `.
    let line: [UInt8]

    init(_ name: String) {
        removal = RuleList([Rule(.edit(FieldEdit(name, .delete)), if: nil)])
        line = Array("\(name): ".utf8)
    }
}
