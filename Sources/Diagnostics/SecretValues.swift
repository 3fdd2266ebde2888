/// What is secret in lines as they read once quotes, escapes and variables are resolved: what is written there does not tell.
/// Never larger than the words of the configuration, which stay as long.
package struct SecretValues: Sendable {
    private struct Place: Hashable {
        let file: String
        let line: Int
    }

    private var values: [Place: [[UInt8]]] = [:]

    package init() {}

    /// Takes the words of a line as they are understood, and what variables stood for whose names are those of secrets.
    package mutating func add(_ words: [[UInt8]], named: [[UInt8]], file: String, line: Int) {
        let secrets = SecretWords.values(of: words) + named.filter { !$0.isEmpty }
        if secrets.isEmpty { return }
        values[Place(file: file, line: line), default: []] += secrets
    }

    package mutating func append(contentsOf other: SecretValues) {
        values.merge(other.values) { $0 + $1 }
    }

    /// Whether a variable of this name holds a secret.
    package static func isSecretName(_ name: String) -> Bool { SecretWords.isSecretName(name) }

    func values(at range: SourceRange) -> [[UInt8]] {
        values[Place(file: range.file, line: range.line)] ?? []
    }
}
