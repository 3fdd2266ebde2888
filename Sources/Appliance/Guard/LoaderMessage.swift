/// What the short-lived loader of a reload tells the guard.
internal enum LoaderMessage: Sendable, Equatable {
    /// New listening sockets, `counts[i]` descriptors for `keys[i]`.
    case opened(keys: [String], counts: [Int])
    /// The files are good: one descriptor, the bundle's memory file. `keys`: every listener of the new
    /// configuration. Nothing else may be asked of the guard than these scripts and log sockets.
    case finished(keys: [String], permissions: GuardPermissions, notes: String)
    /// The files are not; `reason` is what `-c` would print.
    case failed(reason: String)

    internal func encoded() -> [UInt8] {
        var writer = MessageWriter()
        switch self {
        case .opened(let keys, let counts):
            writer.write(1)
            writer.write(keys)
            for count in counts { writer.write(count) }
        case .finished(let keys, let permissions, let notes):
            writer.write(2)
            writer.write(keys)
            writer.write(permissions.logPaths)
            writer.write(permissions.scripts.count)
            for script in permissions.scripts { writer.write(script) }
            writer.write(notes)
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
        case 2:
            let keys = try reader.texts()
            var permissions = GuardPermissions()
            permissions.logPaths = try reader.texts()
            for _ in 0..<max(0, try reader.number()) {
                permissions.scripts.append(try reader.texts())
            }
            self = .finished(keys: keys, permissions: permissions, notes: try reader.text())
        case 3: self = .failed(reason: try reader.text())
        default: throw MessageReader.Malformed()
        }
    }
}
