/// Programs by name or path, as scripts of a configuration name them.
public enum Programs {
    /// Where names without a slash are looked for.
    public static let searchPath = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// The path of a program, as it is written: no symlink is resolved, because what `/usr/bin/pidof` runs depends on
    /// the name by which it is called. nil: there is no such file.
    public static func path(of name: String) -> String? {
        if name.contains("/") { return (try? Files.kind(name)) == .file ? name : nil }
        return searchPath.lazy.map { "\($0)/\(name)" }.first { (try? Files.kind($0)) == .file }
    }

    public static func isExecutable(_ path: String) -> Bool {
        guard let (mode, _) = try? Files.permissions(path) else { return false }
        return mode & 0o111 != 0
    }

    /// The first part of the way to a file, or the file, that somebody but root may change.
    public static func changeablePart(of path: String) -> String? {
        var parts = [path]
        while let slash = parts[parts.count - 1].lastIndex(of: "/") {
            let parent = String(parts[parts.count - 1][..<slash])
            parts.append(parent.isEmpty ? "/" : parent)
            if parent.isEmpty { break }
        }
        return parts.reversed().first { part in
            guard let (mode, user) = try? Files.permissions(part) else { return true }
            let isSticky = mode & 0o1000 != 0
            return user != 0 || (mode & 0o022 != 0 && !isSticky)
        }
    }
}
