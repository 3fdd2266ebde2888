internal import CLinux
internal import Glibc

/// Files with fixed names in directories where everybody may write.
extension Files {
    /// Takes away what has that name and makes an empty file of its own, for writing: what others put there, links
    /// too, is never followed and never written to.
    public static func createFresh(_ path: String, mode: UInt32) throws(Errno) -> Descriptor {
        _ = unsafe linux_unlink(path)
        return Descriptor(
            owning: try checked(
                unsafe linux_open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)))
    }

    /// Writes everything to an open file.
    public static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let result = unsafe rest.withUnsafeBytes {
                unsafe linux_write(descriptor, $0.baseAddress, $0.count)
            }
            try check(result)
            rest = rest.dropFirst(result)
        }
    }
}
