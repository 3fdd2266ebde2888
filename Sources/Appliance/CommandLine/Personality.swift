/// The name by which the program was called decides which command line it understands and which tag its log lines
/// carry, so that scripts and units of today keep working through a symlink.
internal enum Personality: String, Sendable {
    case dyad, haproxy, keepalived

    /// From `argv[0]`; any other name is `dyad`.
    init(programPath: String) {
        let name = programPath.split(separator: "/").last.map(String.init) ?? ""
        self = Personality(rawValue: name) ?? .dyad
    }
}
