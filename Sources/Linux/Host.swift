internal import CLinux
public import Core

/// Facts about the machine and its names.
public enum Host {
    /// Most addresses that one name gives.
    public static let addressesPerName = 64

    public static var name: String {
        unsafe text(capacity: 256) { unsafe linux_hostname($0, $1) } ?? "localhost"
    }

    public static func environment(_ name: String) -> String? {
        unsafe text(capacity: 65_536) { unsafe linux_environment(name, $0, $1) }
    }

    /// All of the environment, as `NAME=value`.
    public static var environment: [String] {
        var entries: [String] = []
        while let entry = unsafe linux_environment_entry(entries.count) {
            entries.append(unsafe String(cString: entry))
        }
        return entries
    }

    /// The path of the running program.
    public static var executablePath: String? {
        unsafe text(capacity: 4096) { unsafe linux_executable_path($0, $1) }
    }

    public static var usableProcessors: Int { max(1, linux_usable_processors()) }

    public static func user(_ name: String) -> (user: UInt32, group: UInt32)? {
        var user: UInt32 = 0
        var group: UInt32 = 0
        return unsafe linux_user(name, &user, &group) < 0 ? nil : (user, group)
    }

    public static func group(_ name: String) -> UInt32? {
        var group: UInt32 = 0
        return unsafe linux_group(name, &group) < 0 ? nil : group
    }

    /// The number of a network interface that exists now.
    public static func interfaceIndex(_ name: String) -> Int32? {
        let result = unsafe linux_interface_index(name)
        return result > 0 ? Int32(truncatingIfNeeded: result) : nil
    }

    /// The name of the interface with this number.
    public static func interfaceName(_ index: Int32) -> String? {
        unsafe text(capacity: 64) { unsafe linux_interface_name(index, $0, $1) }
    }

    /// The addresses of a name. May block for as long as the system's resolver does.
    public static func resolve(_ name: String) -> Result<[IPAddress], Errno> {
        var found = [linux_endpoint](repeating: linux_endpoint(), count: addressesPerName)
        let result = unsafe found.withUnsafeMutableBufferPointer {
            unsafe linux_resolve(name, $0.baseAddress, $0.count)
        }
        if result < 0 { return .failure(Errno(result: result)) }
        return .success(found.prefix(result).compactMap { SocketAddress($0).ip })
    }

    /// Soft and hard limit of open descriptors.
    public static var descriptorLimit: (soft: UInt64, hard: UInt64) {
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        _ = unsafe linux_descriptor_limit(&soft, &hard)
        return (soft, hard)
    }

    public static func setDescriptorLimit(soft: UInt64, hard: UInt64) throws(Errno) {
        try check(linux_set_descriptor_limit(soft, hard))
    }

    /// Bytes of memory that this process holds.
    public static var residentBytes: Int { max(0, linux_resident_bytes()) }

    /// A seed that no peer can guess.
    public static func randomSeed() -> UInt64 {
        var seed: UInt64 = 0
        _ = unsafe linux_random(&seed, 8)
        return seed
    }

    private static func text(
        capacity: Int, _ fill: (UnsafeMutablePointer<CChar>?, Int) -> Int
    ) -> String? {
        var bytes = [CChar](repeating: 0, count: capacity)
        let result = unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe fill($0.baseAddress, $0.count)
        }
        guard result >= 0 else { return nil }
        return String(
            decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
