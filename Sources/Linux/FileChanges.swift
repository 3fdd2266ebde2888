internal import CLinux

/// What happens to files of some directories, told by the kernel: inotify(7). A directory that is watched is watched
/// after the root directory has changed, too. Does not see what other hosts do on a network's file system.
public final class FileChanges {
    public struct Change {
        /// The number of the directory's watch.
        public let watch: Int32
        /// Empty: of the directory itself.
        public let name: String
    }

    private let descriptor: Descriptor
    /// One system call's worth of events.
    private var events = [UInt8](repeating: 0, count: 4096)

    /// The kernel's limit for a user (`fs.inotify.max_user_instances`) may be reached.
    public init() throws(Errno) {
        descriptor = Descriptor(owning: try checked(linux_changes_create()))
    }

    /// For waiting on it, readable.
    public var number: Int32 { descriptor.number }

    /// Returns the number of the watch: the same again for the same directory.
    public func watch(_ directory: String) throws(Errno) -> Int32 {
        try checked(unsafe linux_changes_watch(descriptor.number, directory))
    }

    public func unwatch(_ watch: Int32) { _ = linux_changes_unwatch(descriptor.number, watch) }

    /// The next changes, oldest first; nil when some were lost, so that everything may have changed.
    public func take() -> [Change]? {
        guard case .moved(let count) = Descriptors.read(descriptor.number, into: &events) else {
            return []
        }
        var changes: [Change] = []
        // struct inotify_event: watch 4, mask 4, cookie 4, length 4, name with zeros.
        var start = 0
        while start + 16 <= count {
            let bytes = events[start..<(start + 16)]
            func number(_ place: Int) -> UInt32 {
                bytes[(start + place)..<(start + place + 4)].reversed().reduce(0) {
                    $0 << 8 | UInt32($1)
                }
            }
            if number(4) & FileChanges.overflow != 0 { return nil }
            let end = start + 16 + Int(number(12))
            guard end <= count else { break }
            let name = events[(start + 16)..<end].prefix { $0 != 0 }
            changes.append(
                Change(
                    watch: Int32(bitPattern: number(0)), name: String(decoding: name, as: UTF8.self)
                ))
            start = end
        }
        return changes
    }

    /// IN_Q_OVERFLOW
    private static let overflow: UInt32 = 0x4000
}
