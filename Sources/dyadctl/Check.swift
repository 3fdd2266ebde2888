internal import ArgumentParser
internal import Linux

/// `dyadctl check FILE…`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check configuration files with the daemon's own eyes.",
        discussion: "Runs 'dyad -c -V' on the files; the exit code is the daemon's.")

    @Argument(help: "Files or directories, in the order of the daemon's -f options.")
    var files: [String] = []

    @Option(name: .customShort("f"), help: "The same, written as for the daemon.")
    var file: [String] = []

    @Option(
        name: .long, help: "The other node's file: says what does not go together.")
    var peer: String?

    @Option(
        name: .long, help: "The daemon; by default the one beside dyadctl, else the one in PATH.")
    var program: String?

    /// Where a daemon may be when PATH is not set.
    private static let usualPath = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"

    func validate() throws {
        if file.isEmpty && files.isEmpty {
            throw ValidationError(
                "Which files? For instance: dyadctl check /etc/dyad/dyad.cfg")
        }
    }

    func run() throws {
        guard let path = program ?? Check.daemon else {
            Screen.complain("there is no 'dyad' beside dyadctl or in PATH; name it with --program")
            throw CommandExit.refused
        }
        var child = Processes.Child(
            path: path,
            arguments: ["dyad", "-c", "-V"] + (file + files).flatMap { ["-f", $0] }
                + (peer.map { ["--peer", $0] } ?? []))
        // Files may use variables of the environment.
        child.environment = Check.environment
        child.standard = (-1, 1, 2)
        let pid: Int32
        do throws(Errno) {
            pid = try Processes.spawn(child)
        } catch {
            Screen.complain("cannot start \(path): \(error)")
            throw CommandExit.refused
        }
        switch Processes.wait(pid) {
        case .exited(let status): throw ExitCode(status)
        case .killed(let signal):
            Screen.complain("\(path) was killed by signal \(signal)")
            throw CommandExit.refused
        case nil: throw CommandExit.refused
        }
    }

    private static var daemon: String? {
        var directories = (Host.environment("PATH") ?? usualPath).split(separator: ":").map(
            String.init)
        if let own = Host.executablePath?.split(separator: "/").dropLast() {
            directories.insert("/" + own.joined(separator: "/"), at: 0)
        }
        return directories.map { $0 + "/dyad" }.first { Programs.isExecutable($0) }
    }

    private static var environment: [String] {
        let bytes = (try? Files.read("/proc/self/environ")) ?? []
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
