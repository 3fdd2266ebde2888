/// Where the lines of one proxy go, and under which name.
package struct LogList: Sendable {
    package let targets: [LogTarget]
    /// `log-tag`, otherwise the program's name.
    package let tag: String

    package init(targets: [LogTarget], tag: String) {
        self.targets = targets
        self.tag = tag
    }
}
