internal import CLinux
internal import Glibc

/// An open directory: what lies in it can be read after the root directory has changed, by whoever may read it.
public final class Directory {
    private let descriptor: Descriptor
    /// One system call's worth of entries: the bound of a step.
    private var entries = [UInt8](repeating: 0, count: 4096)
    private var content = [UInt8](repeating: 0, count: 4096)

    public init(_ path: String) throws(Errno) {
        descriptor = Descriptor(owning: try checked(unsafe linux_open_directory(path)))
    }

    /// The names of some more entries, of any kind; empty behind the last one.
    public func nextNames() throws(Errno) -> [String] {
        let result = unsafe entries.withUnsafeMutableBytes {
            unsafe linux_read_directory(descriptor.number, $0.baseAddress, $0.count)
        }
        try check(result)
        var names: [String] = []
        // struct linux_dirent64: inode 8, offset 8, length 2, type 1, name with its zero.
        var start = 0
        while start + 19 <= result {
            let length = Int(entries[start + 16]) | Int(entries[start + 17]) << 8
            guard length > 19, start + length <= result else { break }
            let name = entries[(start + 19)..<(start + length)].prefix { $0 != 0 }
            names.append(String(decoding: name, as: UTF8.self))
            start += length
        }
        return names
    }

    /// The next `nextNames` begins at the first entry.
    public func rewind() { _ = linux_rewind(descriptor.number) }

    /// Whether that name is a symbolic link; false where there is none.
    public func isLink(_ name: String) -> Bool {
        unsafe linux_is_link(descriptor.number, name) == 1
    }

    /// The first 4096 bytes of a file in it, or below it.
    public func read(_ name: String) throws(Errno) -> ArraySlice<UInt8> {
        let file = Descriptor(
            owning: try checked(unsafe linux_open_beneath(descriptor.number, name)))
        switch Descriptors.read(file.number, into: &content) {
        case .moved(let count): return content.prefix(count)
        case .ended: return []
        case .wouldBlock: throw .wouldBlock
        case .failed(let error): throw Errno(rawValue: error)
        }
    }
}
