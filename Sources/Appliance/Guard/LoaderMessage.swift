/// What the short-lived loader of a reload tells the guard.
internal enum LoaderMessage: Sendable, Equatable {
    /// New listening sockets, `counts[i]` descriptors for `keys[i]`.
    case opened(keys: [String], counts: [Int])
    /// The files are good: two descriptors, the memory files of the bundle and of the `LoadReport`.
    case finished
    /// The files are not; `reason` is what `-c` would print.
    case failed(reason: String)

    internal func encoded() -> [UInt8] {
        var writer = MessageWriter()
        switch self {
        case .opened(let keys, let counts):
            writer.write(1)
            writer.write(keys)
            for count in counts { writer.write(count) }
        case .finished: writer.write(2)
        case .failed(let reason):
            writer.write(3)
            writer.write(reason)
        }
        return writer.bytes
    }

    internal init(decoding bytes: some Sequence<UInt8>) throws(MessageReader.Malformed) {
        var reader = MessageReader(bytes)
        switch try reader.number() {
        case 1:
            let keys = try reader.texts()
            var counts: [Int] = []
            for _ in keys { counts.append(try reader.number()) }
            self = .opened(keys: keys, counts: counts)
        case 2: self = .finished
        case 3: self = .failed(reason: try reader.text())
        default: throw MessageReader.Malformed()
        }
    }
}

/// What the guard has to know of a new configuration. It travels in a memory file: a configuration may have more
/// listeners and warnings than a message holds.
internal struct LoadReport: Sendable, Equatable {
    /// Bytes of an encoded report at most.
    static let limit = 64 * 1024 * 1024

    /// Every listener of the configuration.
    var keys: [String] = []
    var permissions = GuardPermissions()
    /// Warnings, ready for the terminal.
    var notes = ""

    init(keys: [String], permissions: GuardPermissions, notes: String) {
        self.keys = keys
        self.permissions = permissions
        self.notes = notes
    }

    func encoded() -> [UInt8] {
        var writer = MessageWriter()
        writer.write(keys)
        writer.write(permissions.logPaths)
        writer.write(permissions.routerNames)
        writer.write(permissions.watchedFiles)
        writer.write(permissions.watchMilliseconds)
        writer.write(permissions.scripts.count)
        for script in permissions.scripts {
            writer.write(script.command)
            writer.write(script.user)
            writer.write(script.group)
            writer.write(script.takesTransition)
            writer.write(script.checkPath != nil)
            writer.write(script.checkPath ?? "")
        }
        writer.write(notes)
        return writer.bytes
    }

    init(decoding bytes: some Sequence<UInt8>) throws(MessageReader.Malformed) {
        var reader = MessageReader(bytes)
        keys = try reader.texts()
        permissions.logPaths = try reader.texts()
        permissions.routerNames = try reader.texts()
        permissions.watchedFiles = try reader.texts()
        permissions.watchMilliseconds = try reader.number()
        for _ in 0..<max(0, try reader.number()) {
            var script = GuardPermissions.Script(
                command: try reader.texts(), user: try reader.number(),
                group: try reader.number(), takesTransition: try reader.flag())
            let isCheck = try reader.flag()
            let path = try reader.text()
            script.checkPath = isCheck ? path : nil
            permissions.scripts.append(script)
        }
        notes = try reader.text()
    }
}
