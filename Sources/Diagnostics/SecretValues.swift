/// What is secret in lines as they read once quotes, escapes and variables are resolved: what is written there does not tell.
/// Never larger than the words of the configuration, which stay as long.
package struct SecretValues: Sendable {
    private struct Place: Hashable {
        let file: String
        let line: Int
    }

    private struct Reading {
        let words: [[UInt8]]
        let named: [[UInt8]]
    }

    /// Looked into only where something is said about the line: most configurations have nothing wrong.
    private var readings: [Place: [Reading]] = [:]

    package init() {}

    /// Takes the words of a line as they are understood, and what variables stood for whose names are those of secrets.
    package mutating func add(_ words: [[UInt8]], named: [[UInt8]], file: String, line: Int) {
        let reading = Reading(words: words, named: named)
        readings[Place(file: file, line: line), default: []].append(reading)
    }

    package mutating func append(contentsOf other: SecretValues) {
        readings.merge(other.readings) { $0 + $1 }
    }

    /// Whether a variable of this name holds a secret.
    package static func isSecretName(_ name: String) -> Bool { SecretWords.isSecretName(name) }

    func values(at range: SourceRange) -> [[UInt8]] {
        let readings = readings[Place(file: range.file, line: range.line)] ?? []
        return readings.flatMap { SecretWords.values(of: $0.words) + $0.named }
    }
}
