import Core
public import Expressions

/// `set-map`, `del-map`, `add-acl`, `del-acl`: what a rule does to the entries of a file.
public final class PatternChange: Sendable {
    public enum Kind: Sendable { case set(value: Template), add, remove }

    let file: PatternFile
    let key: Template
    let kind: Kind

    public init(_ file: PatternFile, key: Template, _ kind: Kind) {
        self.file = file
        self.key = key
        self.kind = kind
    }

    /// The same for another thread; the file is everybody's.
    func copy() -> PatternChange {
        if case .set(let value) = kind {
            PatternChange(file, key: key.copy(), .set(value: value.copy()))
        } else {
            PatternChange(file, key: key.copy(), kind)
        }
    }
}

extension Evaluation {
    /// Carries a change out. A key or a value that is no UTF-8 text changes nothing.
    @inline(never)
    mutating func apply(_ change: PatternChange) {
        let saved = arena.count
        defer { arena.truncate(by: arena.count - saved) }
        guard let key = text(change.key) else { return }
        switch change.kind {
        case .add: change.file.apply(.add, to: key)
        case .remove: change.file.apply(.remove, to: key)
        case .set(let template):
            guard let value = text(template) else { return }
            change.file.apply(.set(value: value), to: key)
        }
    }

    private mutating func text(_ template: Template) -> String? {
        guard let range = write(template) else { return nil }
        return String(validating: bytes(range).array(), as: UTF8.self)
    }
}
