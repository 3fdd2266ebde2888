internal import Configuration
internal import Core
internal import Linux
internal import VRRP

/// One `track_file`: the number in it, looked at again and again. Its directory is opened while the process has
/// its rights and its root directory, so that a file that is replaced is found later.
internal final class FileWatch {
    let settings: TrackFileSettings
    private let directory: Directory?
    private let fileName: String
    private var problem: Errno?
    /// nil: it was not looked at yet.
    private(set) var value: Int?
    /// What the last look read: a file may be looked at while it is being written.
    private var candidate: Int?
    private(set) var deadline: Instant

    /// Time between two looks.
    static let interval = Duration.milliseconds(200)

    init(_ settings: TrackFileSettings, now: Instant) {
        self.settings = settings
        deadline = now
        let end = settings.path.lastIndex(of: "/") ?? settings.path.startIndex
        fileName = String(settings.path[settings.path.index(after: end)...])
        let path = end == settings.path.startIndex ? "/" : String(settings.path[..<end])
        do throws(Errno) {
            directory = try Directory(path)
        } catch {
            directory = nil
            problem = error
        }
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

    /// Reads the number; a line for the log when something is to be said. keepalived takes a file that is not
    /// there as 0.
    func look(now: Instant) -> String? {
        deadline = now + FileWatch.interval
        let old = value
        let before = problem
        if let directory {
            do throws(Errno) {
                let read = FileWatch.number(try directory.read(fileName))
                if value == nil || problem != nil || read == candidate { value = read }
                candidate = read
                problem = nil
            } catch {
                value = 0
                candidate = nil
                problem = error
            }
        } else {
            value = 0
        }
        let name = "Track file \(settings.name) (\(settings.path))"
        if let problem, old == nil || before != problem {
            return "\(name) cannot be read: \(problem); it counts as 0"
        }
        guard let old, let value, old != value else { return nil }
        return "\(name) now has the value \(value)"
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
