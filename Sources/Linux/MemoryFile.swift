internal import CLinux

/// A file that lives in memory only and is handed on by its descriptor.
public enum MemoryFile {
    /// A new file with this content; the caller owns the descriptor.
    public static func make(_ name: String, _ contents: [UInt8]) throws(Errno) -> Int32 {
        let file = Descriptor(owning: try checked(unsafe linux_memory_file(name)))
        var rest = contents[...]
        while !rest.isEmpty {
            let result = unsafe rest.withUnsafeBytes {
                unsafe linux_write(file.number, $0.baseAddress, $0.count)
            }
            try check(result)
            rest = rest.dropFirst(result)
        }
        return file.release()
    }

    /// The whole content, wherever the shared offset stands; more than `limit` bytes is an error.
    public static func read(_ descriptor: Int32, limit: Int) throws(Errno) -> [UInt8] {
        var contents: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while contents.count <= limit {
            let offset = Int64(contents.count)
            let result = unsafe piece.withUnsafeMutableBytes {
                unsafe linux_read_at(descriptor, $0.baseAddress, $0.count, offset)
            }
            try check(result)
            if result == 0 { return contents }
            contents.append(contentsOf: piece.prefix(result))
        }
        throw .invalid
    }
}
