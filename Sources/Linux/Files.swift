internal import CLinux
internal import Glibc

/// Files and directories; for start, reload and cold paths.
public enum Files {
    /// What a path names.
    public enum Kind: Sendable { case file, directory, socket, other }

    /// Most bytes that `read` takes.
    public static let readLimit = 64 * 1024 * 1024

    public static func kind(_ path: String) throws(Errno) -> Kind {
        switch unsafe linux_file_kind(path) {
        case 1: return .file
        case 2: return .directory
        case 3: return .socket
        case let result where result < 0: throw Errno(result: result)
        default: return .other
        }
    }

    /// Permission bits and the owner's number, links followed.
    public static func permissions(_ path: String) throws(Errno) -> (mode: UInt32, user: UInt32) {
        var mode: UInt32 = 0
        var user: UInt32 = 0
        try check(unsafe linux_file_owner(path, &mode, &user))
        return (mode & 0o7777, user)
    }

    /// Which file a path names, whatever its name: a path may name another one later.
    public struct Identity: Hashable, Sendable {
        let device: UInt64
        let number: UInt64
    }

    /// nil where there is nothing.
    public static func identity(_ path: String) -> Identity? {
        var device: UInt64 = 0
        var number: UInt64 = 0
        guard unsafe linux_file_identity(path, &device, &number) == 0 else { return nil }
        return Identity(device: device, number: number)
    }

    /// What changes when a regular file is written or replaced.
    public struct Stamp: Hashable, Sendable {
        let device, number, modified, size: UInt64
    }

    /// nil where there is no regular file; links are followed.
    public static func stamp(_ path: String) -> Stamp? {
        var values: [UInt64] = [0, 0, 0, 0]
        guard unsafe linux_file_stamp(path, &values) == 0 else { return nil }
        return Stamp(
            device: values[0], number: values[1], modified: values[2], size: values[3])
    }

    public static func openForReading(_ path: String) throws(Errno) -> Descriptor {
        try open(path, O_RDONLY | O_NONBLOCK)
    }

    /// The whole file.
    public static func read(_ path: String) throws(Errno) -> [UInt8] {
        let file = try open(path, O_RDONLY)
        var contents: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while contents.count < readLimit {
            switch Descriptors.read(file.number, into: &piece) {
            case .moved(let count): contents.append(contentsOf: piece.prefix(count))
            case .ended: return contents
            case .wouldBlock: throw .wouldBlock
            case .failed(let error): throw Errno(rawValue: error)
            }
        }
        throw Errno(rawValue: EFBIG)
    }

    /// Writes a new file beside the old one and puts it in its place.
    public static func replace(_ path: String, with bytes: [UInt8], mode: UInt32) throws(Errno) {
        let temporary = path + ".new"
        _ = unsafe linux_unlink(temporary)
        do {
            let file = try open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
            try write(file.number, bytes)
        }
        try check(unsafe linux_rename(temporary, path))
    }

    /// Writes a file in place, for pidfiles, which tools watch by name.
    public static func write(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(Errno) {
        let file = try open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
        try write(file.number, bytes)
    }

    /// The names of the regular files in a directory, sorted.
    public static func list(_ path: String) throws(Errno) -> [String] {
        final class Names { var all: [String] = [] }
        let names = Names()
        let result = unsafe linux_list_files(
            path,
            { name, context in
                guard let name = unsafe name, let context = unsafe context else { return }
                unsafe Unmanaged<Names>.fromOpaque(context).takeUnretainedValue().all
                    .append(String(cString: name))
            }, unsafe Unmanaged.passUnretained(names).toOpaque())
        try check(result)
        return names.all.sorted()
    }

    public static func remove(_ path: String) throws(Errno) { try check(unsafe linux_unlink(path)) }
    public static func rename(_ path: String, to target: String) throws(Errno) {
        try check(unsafe linux_rename(path, target))
    }
    public static func makeDirectory(_ path: String, mode: UInt32) throws(Errno) {
        try check(unsafe linux_make_directory(path, mode))
    }
    public static func setMode(_ path: String, _ mode: UInt32) throws(Errno) {
        try check(unsafe linux_chmod(path, mode))
    }
    /// nil leaves that id as it is.
    public static func setOwner(_ path: String, user: UInt32?, group: UInt32?) throws(Errno) {
        try check(unsafe linux_chown(path, user ?? .max, group ?? .max))
    }

    /// A descriptor for appending to a file or writing to a FIFO.
    public static func openForWriting(_ path: String) throws(Errno) -> Descriptor {
        try open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOFOLLOW)
    }

    /// False: there is a FIFO of that name already.
    public static func makeFIFO(_ path: String, mode: UInt32) throws(Errno) -> Bool {
        let result = unsafe linux_make_fifo(path, mode)
        guard result == -Int(EEXIST), let kind = try? kind(path), kind == .other else {
            try check(result)
            return true
        }
        return false
    }

    /// A small file that is kept open and rewritten, made when it is missing: for whoever loses the right to open it.
    public static func openRecord(_ path: String, mode: UInt32) throws(Errno) -> Descriptor {
        try open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode)
    }

    /// Writes from the beginning of an open file; what lies behind `bytes` stays.
    public static func rewrite(_ descriptor: Int32, _ bytes: [UInt8]) throws(Errno) {
        try check(linux_rewind(descriptor))
        try write(descriptor, bytes)
    }

    /// Both ends of a FIFO, so that a reader may come and go; nothing waits.
    public static func openFIFO(_ path: String) throws(Errno) -> Descriptor {
        try open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW)
    }

    private static func open(
        _ path: String, _ flags: Int32, _ mode: UInt32 = 0
    ) throws(Errno) -> Descriptor {
        Descriptor(owning: try checked(unsafe linux_open(path, flags, mode)))
    }

    private static func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(Errno) {
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
