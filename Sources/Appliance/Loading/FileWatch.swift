internal import Core
internal import Linux

/// `crt-watch`: looks at files from time to time and tells which have changed. A file counts as changed once two looks in a
/// row find the same new state, so that one that is being written is left alone.
internal struct FileWatch {
    /// Bytes of a file, at most.
    static let fileLimit = 1 << 20
    /// Changed files of one look, at most; the others come with the next one.
    static let changesAtOnce = 32
    /// Looks are never closer together.
    static let shortestInterval = Duration.milliseconds(100)

    private struct Entry {
        let path: String
        /// As it was told; nil: never.
        var told: Files.Stamp?
        /// As the last look found it.
        var seen: Files.Stamp?
    }

    private var entries: [Entry] = []
    private var interval = Duration.zero
    private var next = Instant(nanoseconds: 0)

    init() {}

    /// A configuration is in force that was read a while ago: each file is told once, whatever its state.
    mutating func begin(_ permissions: GuardPermissions) {
        interval = max(
            .milliseconds(permissions.watchMilliseconds), FileWatch.shortestInterval)
        entries =
            permissions.watchMilliseconds > 0
            ? permissions.watchedFiles.map { Entry(path: $0) } : []
        next = Instant(nanoseconds: 0)
    }

    /// The files whose contents may be new; empty until the next look is due.
    mutating func changed(now: Instant) -> [String] {
        guard !entries.isEmpty, now >= next else { return [] }
        next = now + interval
        var result: [String] = []
        for index in entries.indices {
            let stamp = Files.stamp(entries[index].path)
            defer { entries[index].seen = stamp }
            guard let stamp, stamp != entries[index].told, stamp == entries[index].seen,
                result.count < FileWatch.changesAtOnce
            else { continue }
            entries[index].told = stamp
            result.append(entries[index].path)
        }
        return result
    }
}

// The process may have no way to the files: it gets each that has changed as a descriptor to read from.
extension Guard {
    internal func lookAtFiles(now: Instant) {
        for path in watch.changed(now: now) {
            guard let file = try? Files.openForReading(path) else { continue }
            tell(.file(path: path), descriptors: [file.number])
        }
    }
}
