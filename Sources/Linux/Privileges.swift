internal import CLinux

/// Giving rights up. Ids belong to the process, capabilities to the thread that calls.
public enum Privileges {
    /// Capabilities by number (capabilities(7)).
    public struct Capabilities: OptionSet, Sendable {
        public let rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
        public static let netAdmin = Capabilities(rawValue: 1 << 12)
        public static let netRaw = Capabilities(rawValue: 1 << 13)
        public static let sysNice = Capabilities(rawValue: 1 << 23)
    }

    /// Keeps the permitted capabilities over the change of ids that follows.
    public static func keepCapabilities() throws(Errno) { try check(linux_keep_capabilities(1)) }

    public static func changeRoot(to path: String) throws(Errno) {
        try check(unsafe linux_chroot(path))
    }

    /// Groups first, then the group, then the user.
    public static func become(user: UInt32?, group: UInt32?) throws(Errno) {
        if let group {
            var groups = [group]
            try check(unsafe linux_set_groups(&groups, 1))
            try check(linux_set_group(group))
        }
        if let user { try check(linux_set_user(user)) }
    }

    /// Leaves the calling thread exactly these, permitted and effective.
    public static func setCapabilities(_ capabilities: Capabilities) throws(Errno) {
        try check(linux_set_capabilities(capabilities.rawValue, capabilities.rawValue))
    }

    /// What the calling thread may have.
    public static var capabilities: Capabilities {
        var permitted: UInt64 = 0
        _ = unsafe linux_capabilities(&permitted)
        return Capabilities(rawValue: permitted)
    }

    /// The calling thread runs before all normal ones; its children do not.
    public static func setRealtime(priority: Int32) throws(Errno) {
        try check(linux_set_realtime(priority))
    }
}
