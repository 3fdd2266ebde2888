internal import Configuration

/// Every runtime command. Lookup, `help` and suggestions come from it.
enum CommandTable {
    static let all: [Command] =
        showCommands + inspectionCommands + serverCommands + frontendCommands + limitCommands
        + counterCommands + serviceCommands + sessionCommands + resolverCommands
        + certificateCommands + certificateListCommands + verificationFileCommands
        + stapleCommands + dynamicServerCommands + stickTableCommands + patternCommands
        + variableCommands + refusedCommands

    /// The command whose words begin `words`; the longest one where several do.
    static func find(_ words: [String]) -> Command? {
        var best: Command?
        for command in all where words.starts(with: command.words) {
            if command.words.count > best?.words.count ?? 0 { best = command }
        }
        return best
    }

    /// The text of `help [words]`.
    static func help(_ words: [String]) -> String {
        listing("The following commands are valid at this level:", matches(words))
    }

    /// The answer to a line that is no command.
    static func unknown(_ words: [String]) -> String {
        words.isEmpty
            ? listing(
                "Unknown command. Please enter one of the following commands only:", matches([]))
            : listing(
                "Unknown command, but maybe one of the following ones is a better match:",
                matches(words))
    }

    private static func listing(_ title: String, _ commands: [Command]) -> String {
        let tail = all.filter { tailWords.contains($0.words.joined(separator: " ")) }
        let lines = (commands + tail).map(\.helpLine)
        return ([title] + lines).joined(separator: "\n") + "\n"
    }

    /// These end every list, as in HAProxy.
    private static let tailWords: Set<String> = ["help", "prompt", "quit"]
    /// Commands that are suggested where nothing begins with the words given.
    private static let suggestionLimit = 5

    private static func matches(_ words: [String]) -> [Command] {
        let candidates = all.filter {
            $0.handler != nil && !$0.isHidden
                && !tailWords.contains($0.words.joined(separator: " "))
        }.sorted { $0.words.joined(separator: " ") < $1.words.joined(separator: " ") }
        if words.isEmpty { return candidates }
        let known = candidates.filter { command in
            zip(words, command.words).allSatisfy { $0 == $1 }
                && (words.count <= command.words.count || words.starts(with: command.words))
        }
        if !known.isEmpty { return known }
        let ranked = candidates.map { ($0, distance(words, $0.words)) }
            .filter { $0.1 <= distanceLimit }
            .sorted { ($0.1, $0.0.helpLine) < ($1.1, $1.0.helpLine) }
        return ranked.prefix(suggestionLimit).map(\.0)
    }

    /// Above this, in hundredths of a word, a command is nothing like what was typed.
    private static let distanceLimit = 130
    private static let comparedBytes = 32

    /// How unlike the words are: 0 the same, 100 a wholly different word; a missing word costs half
    /// of that.
    private static func distance(_ given: [String], _ wanted: [String]) -> Int {
        var sum = 0
        for (index, word) in wanted.enumerated() {
            guard index < given.count else {
                sum += 50
                continue
            }
            let left = Array(given[index].utf8.prefix(comparedBytes))
            let right = Array(word.utf8)
            sum += 100 * editDistance(left, right) / max(1, max(left.count, right.count))
        }
        return sum
    }

    /// Insertions, deletions and replacements from one text to another.
    private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let cost = min(diagonal + (byte == other ? 0 : 1), row[j] + 1, row[j + 1] + 1)
                diagonal = row[j + 1]
                row[j + 1] = cost
            }
        }
        return row[right.count]
    }
}
