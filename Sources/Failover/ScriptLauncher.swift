package import Configuration
internal import Linux

/// A script to start: a check or a notification.
package struct ScriptLaunch: Sendable, Equatable {
    /// The first word is never resolved through symlinks.
    package var command: [String]
    /// nil: as ourselves.
    package var user: ScriptUser?

    package init(command: [String], user: ScriptUser?) {
        self.command = command
        self.user = user
    }
}

/// Starts scripts for a process that has given its rights up. Answers come through `Router.scriptEnded`.
package protocol ScriptLauncher: Sendable {
    func start(_ launch: ScriptLaunch, id: Int)
    /// Signals a script and what it started.
    func signal(id: Int, _ signal: Int32)
}

extension ScriptLaunch {
    /// Where names without a slash are looked for.
    private static let searchPath = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// The program's path, as the file system names it: Debian's `pidof` is a symlink to a program that
    /// looks at the name it is called by.
    internal var path: String? {
        guard let first = command.first else { return nil }
        if first.contains("/") { return first }
        return ScriptLaunch.searchPath.lazy.map { "\($0)/\(first)" }.first {
            (try? Files.kind($0)) == .file
        }
    }

    /// What a child of ours is started with.
    internal var child: Processes.Child? {
        guard let path else { return nil }
        var child = Processes.Child(
            path: path, arguments: command,
            environment: ["PATH=" + ScriptLaunch.searchPath.joined(separator: ":")])
        child.newProcessGroup = true
        if let user, Processes.isRoot { child.identity = (user.userID, user.groupID) }
        return child
    }
}
