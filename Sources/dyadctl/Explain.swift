internal import ArgumentParser

/// `dyadctl explain PR--`, `dyadctl explain L7STS`
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Explain termination flags of the log, codes of health checks and words of the status.",
        discussion: "Without a word it lists what it knows.")

    @Argument(help: "For instance: SC--, sQ, L4TOUT, NOLB")
    var word: String?

    func run() throws {
        guard let word else { return Screen.write(Explanations.overview) }
        guard let text = Explanations.text(for: word) else {
            Screen.complain(
                "'\(word)' is neither a pair of termination flags, a check code nor a status; "
                    + (Explanations.meant(by: word) ?? "'dyadctl explain' lists them"))
            throw CommandExit.refused
        }
        Screen.write(text)
    }
}
