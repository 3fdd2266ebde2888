/// A HAProxy version number as `version_atleast()` compares them, for instance `2.6.12` or `3.5-dev5`.
package struct Version: Comparable, Sendable, CustomStringConvertible {
    /// The version whose log lines, replies and messages ours are: what Debian 12 ships, and what they are
    /// compared with.
    package static let compatible = Version(major: 2, minor: 6, patch: 12)

    /// The version whose language we read; files decide by it (`.if version_atleast(…)`) which keywords they use.
    /// It is later than `compatible`, because what stands behind a condition on a later version must be read, or
    /// refused by name, and not be passed over without a word.
    package static let language = Version(major: 3, minor: 0, patch: 0)

    private let numbers: [Int]

    package init(major: Int, minor: Int, patch: Int) {
        // The fourth number: a release is later than all of its `-dev` versions.
        numbers = [major, minor, patch, Self.release, 0]
    }

    /// `v` in front, missing parts, `-devN`, `-rcN` and what a packager put behind them are allowed; nil for
    /// anything else.
    package init?(_ text: String) {
        var rest = Substring(text)
        if rest.first == "v" { rest.removeFirst() }
        var parts: [Int] = []
        while parts.count < 3 {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits) else { return nil }
            parts.append(number)
            rest = rest.dropFirst(digits.count)
            guard rest.first == "." else { break }
            rest.removeFirst()
        }
        while parts.count < 3 { parts.append(0) }
        var stage = [Self.release, 0]
        for (index, name) in ["-dev", "-rc"].enumerated() where rest.hasPrefix(name) {
            let digits = rest.dropFirst(name.count).prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits) else { return nil }
            stage = [index - 2, number]
            rest = rest.dropFirst(name.count + digits.count)
        }
        guard rest.isEmpty || rest.first == "-" || rest.first == "+" else { return nil }
        numbers = parts + stage
    }

    private static let release = 0

    package static func < (left: Version, right: Version) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }

    /// `2.6.12`
    package var description: String { numbers.prefix(3).map(String.init).joined(separator: ".") }

    /// `2.6`
    package var branch: String { numbers.prefix(2).map(String.init).joined(separator: ".") }
}
