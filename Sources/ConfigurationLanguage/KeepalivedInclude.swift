/// The arguments of `include` and its variants.
struct KeepalivedInclude: Sendable {
    /// A file, or several by a pattern, as absolute or relative paths that can be opened.
    let pattern: String
    /// The variants `includer`, `includem`, `includew`, `includeb` and `includea`: a missing file is an error.
    let isChecked: Bool

    static let keywords: Set<String> = [
        "include", "includer", "includem", "includew", "includeb", "includea",
    ]

    init(keyword: String, argument: String, directory: String) {
        pattern =
            argument.hasPrefix("/") || directory.isEmpty ? argument : "\(directory)/\(argument)"
        isChecked = keyword != "include"
    }

    /// The directory of a path, without the slash; empty where it has none.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private var directory: String { KeepalivedInclude.directory(of: pattern) }
    private var lastPart: String {
        String(
            pattern[
                (pattern.lastIndex(of: "/").map(pattern.index(after:)) ?? pattern.startIndex)...])
    }

    /// Whether it can name more than one file.
    var hasWildcard: Bool { KeepalivedInclude.isPattern(lastPart) }

    /// What we do not read: patterns in names of directories, and csh's braces.
    var refusal: String? {
        if pattern.contains("{") { return "braces in 'include' are not read" }
        if KeepalivedInclude.isPattern(directory) {
            return "patterns in a directory's name are not read in 'include'"
        }
        return nil
    }

    /// The files that it stands for, sorted.
    func files(in environment: KeepalivedEnvironment) -> [String] {
        guard hasWildcard else { return [pattern] }
        let names = environment.listDirectory(directory.isEmpty ? "." : directory) ?? []
        let prefix = directory.isEmpty ? "" : directory == "/" ? "/" : directory + "/"
        let expected = Array(lastPart.utf8)
        return names.filter { name in
            (!name.hasPrefix(".") || lastPart.hasPrefix("."))
                && KeepalivedInclude.matches(Array(name.utf8), expected)
        }.map { prefix + $0 }
    }

    private static func isPattern(_ text: String) -> Bool {
        text.utf8.contains {
            $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[")
        }
    }

    /// glob(7): `*`, `?`, `[a-z]`, `[!a-z]`. Goes back to the last star only, so it takes at most
    /// name × pattern steps.
    static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var at = 0
        var wanted = 0
        var star: (pattern: Int, name: Int)?
        while at < name.count {
            if wanted < pattern.count, pattern[wanted] == UInt8(ascii: "*") {
                star = (wanted + 1, at)
                wanted += 1
            } else if let next = step(name[at], pattern, wanted) {
                at += 1
                wanted = next
            } else if let back = star {
                star = (back.pattern, back.name + 1)
                at = back.name + 1
                wanted = back.pattern
            } else {
                return false
            }
        }
        return pattern[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The index behind the part of the pattern that the byte agrees with.
    private static func step(_ byte: UInt8, _ pattern: [UInt8], _ index: Int) -> Int? {
        guard index < pattern.count else { return nil }
        switch pattern[index] {
        case UInt8(ascii: "?"): return index + 1
        case UInt8(ascii: "["):
            guard let close = pattern.dropFirst(index + 2).firstIndex(of: UInt8(ascii: "]")) else {
                return byte == UInt8(ascii: "[") ? index + 1 : nil
            }
            var members = pattern[(index + 1)..<close]
            let isNegated = members.first == UInt8(ascii: "!") || members.first == UInt8(ascii: "^")
            if isNegated { members.removeFirst() }
            return contains(members, byte) != isNegated ? close + 1 : nil
        case byte: return index + 1
        default: return nil
        }
    }

    private static func contains(_ members: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
        var index = members.startIndex
        while index < members.endIndex {
            if index + 2 < members.endIndex, members[index + 1] == UInt8(ascii: "-") {
                if members[index] <= byte, byte <= members[index + 2] { return true }
                index += 3
            } else {
                if members[index] == byte { return true }
                index += 1
            }
        }
        return false
    }
}
