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

    /// A file for writing, made when it is missing and emptied when it is there; nil: it is there and `overwriting` is
    /// false. A link in its place is refused.
    public static func openOwn(
        _ path: String, overwriting: Bool, mode: UInt32
    ) throws(Errno) -> Descriptor? {
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK
        let result = unsafe linux_open(path, flags | (overwriting ? O_TRUNC : O_EXCL), mode)
        if !overwriting, result == -Int(EEXIST) { return nil }
        return Descriptor(owning: try checked(result))
    }

    /// Changes the owner of what is open, whatever has its name by now; nil leaves that id as it is.
    public static func setOwner(
        _ descriptor: Int32, user: UInt32?, group: UInt32?
    ) throws(Errno) {
        try check(linux_change_owner(descriptor, user ?? .max, group ?? .max))
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
