internal import Configuration
internal import Core
internal import Linux
internal import VRRP

/// One `track_file`: the number in it, looked at when the kernel says that it changed. Its directory is opened while the
/// process has its rights and its root directory, so that a file that is replaced is found later.
internal final class FileWatch {
    let settings: TrackFileSettings
    private let directory: Directory?
    private let fileName: String
    /// The watch of its directory; nil: the kernel does not tell.
    let watch: Int32?
    private let problem: Errno?
    /// What counts; nil: it was not looked at yet.
    private(set) var value: Int?
    private var reading: Reading?
    /// What the last look read: a file may be looked at while it is being written.
    private var candidate: Reading?
    private var looked: Instant
    private(set) var deadline: Instant

    private enum Reading: Equatable {
        case number(Int)
        case problem(Errno)
    }

    /// A file counts when it has said the same for so long.
    static let settling = Duration.milliseconds(20)
    /// Time between two looks where the kernel does not tell: a symbolic link, whose target may be anywhere.
    static let interval = Duration.milliseconds(200)
    /// The same where it tells, for what other hosts do on a network's file system.
    static let longInterval = Duration.seconds(2)

    /// `changes`: watches the directory.
    init(_ settings: TrackFileSettings, _ changes: FileChanges?, now: Instant) {
        self.settings = settings
        looked = now
        deadline = now
        let end = settings.path.lastIndex(of: "/") ?? settings.path.startIndex
        fileName = String(settings.path[settings.path.index(after: end)...])
        let path = end == settings.path.startIndex ? "/" : String(settings.path[..<end])
        do throws(Errno) {
            directory = try Directory(path)
            problem = nil
        } catch {
            directory = nil
            problem = error
        }
        watch = directory == nil ? nil : try? changes?.watch(path)
    }

    var state: TrackerState { value.map { .level($0) } ?? .unknown }

    /// `init_file`; what went wrong, or nil.
    func initialize() -> Errno? {
        guard let value = settings.initialValue else { return nil }
        do throws(Errno) {
            // Its directory may be anybody's: a link of that name is not followed, by root least of all.
            guard
                let file = try Files.openOwn(
                    settings.path, overwriting: settings.overwrites, mode: 0o644)
            else { return nil }
            try Files.write(Array("\(value)\n".utf8), to: file.number)
            return nil
        } catch {
            return error
        }
    }

    /// Something happened in a directory; nil: anything may have. A file that changes all the time is looked at once in
    /// `settling`.
    func noteChange(_ change: FileChanges.Change?) {
        if let change {
            guard change.watch == watch, change.name == fileName || change.name.isEmpty else {
                return
            }
        }
        deadline = min(deadline, looked + FileWatch.settling)
    }

    /// Reads the number; a line for the log when something is to be said. keepalived takes a file that is not
    /// there as 0.
    func look(now: Instant) -> String? {
        looked = now
        let read = read()
        let isSettled = value == nil || read == candidate
        candidate = read
        let isTold = watch != nil && directory?.isLink(fileName) == false
        deadline =
            now
            + (!isSettled
                ? FileWatch.settling : isTold ? FileWatch.longInterval : FileWatch.interval)
        guard isSettled, read != reading else { return nil }
        let old = value
        reading = read
        let name = "Track file \(settings.name) (\(settings.path))"
        switch read {
        case .number(let number):
            value = number
            return old == nil || old == number ? nil : "\(name) now has the value \(number)"
        case .problem(let problem):
            value = 0
            return "\(name) cannot be read: \(problem); it counts as 0"
        }
    }

    private func read() -> Reading {
        guard let directory else { return .problem(problem ?? .noEntry) }
        do throws(Errno) {
            return .number(FileWatch.number(try directory.read(fileName)))
        } catch {
            return .problem(error)
        }
    }

    /// As strtol(3): blanks, a sign, digits; anything else is 0.
    static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        var rest = bytes.drop { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let isNegative = rest.first == 0x2d
        if isNegative || rest.first == 0x2b { rest = rest.dropFirst() }
        var number = 0
        for digit in rest.prefix(while: { (0x30...0x39).contains($0) }).prefix(10) {
            number = number * 10 + Int(digit - 0x30)
        }
        return Int(Int32(clamping: isNegative ? -number : number))
    }
}
