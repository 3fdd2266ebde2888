internal import Core
internal import Linux
internal import Proxy

/// What the guard lets the process say to the program of a check. Values are what a network names; none may be an option
/// of the program or hide something from whoever reads them.
extension GuardPermissions.Script {
    /// The program with two addresses and two ports.
    func takes(_ words: [String]) -> Bool {
        guard words.count == 5, words[0] == command.first else { return false }
        return isAddress(words[1]) && isPort(words[2]) && isAddress(words[3]) && isPort(words[4])
    }

    /// What the child finds in its environment; nil: something was asked for that no check needs.
    func environment(_ asked: [String]) -> [String]? {
        guard let checkPath else {
            return asked.isEmpty
                ? ["PATH=" + Programs.searchPath.joined(separator: ":")] : nil
        }
        for variable in asked where variable != "PATH=\(checkPath)" {
            guard let equals = variable.firstIndex(of: "="),
                CheckLaunch.variableNames.contains(String(variable[..<equals])),
                variable.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
            else { return nil }
        }
        guard preservesEnvironment else { return asked }
        let names = Set(asked.compactMap { $0.split(separator: "=").first })
        return asked
            + Host.environment.filter { !names.contains($0.split(separator: "=").first ?? "") }
    }

    /// The file that is run; nil: there is none.
    func path(of program: String) -> String? {
        guard let checkPath, !program.contains("/") else { return Programs.path(of: program) }
        return checkPath.split(separator: ":").lazy.compactMap {
            Programs.path(of: "\($0)/\(program)")
        }.first
    }

    /// What the process is told where nothing was started.
    var statusWithoutStart: Int { checkPath == nil ? 127 : CheckLaunch.notStarted }

    private func isAddress(_ word: String) -> Bool {
        if word == "NOT_USED" || IPAddress(word) != nil { return true }
        return word.hasPrefix("/") && word.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    private func isPort(_ word: String) -> Bool {
        word == "NOT_USED" || UInt16(word).map { "\($0)" == word } == true
    }
}
