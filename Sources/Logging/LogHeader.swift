internal import Configuration
internal import Core
internal import Linux

/// What stands before the text of a line: level, date, host and tag in the target's format. The parts that stay
/// the same for a second are kept as bytes. Belongs to one thread.
final class LogHeader {
    /// Which number stands between the angle brackets.
    private enum Priority { case none, levelOnly, withFacility }

    private let format: LogTargetSettings.Format
    private let facility: UInt8
    private let tag: String
    private let process: Int32
    /// `log-send-hostname`; nil: not asked for.
    private let hostname: String?
    private let priority: Priority
    /// Formats with a date to the microsecond are cut in two where its digits stand.
    private let hasMicroseconds: Bool
    /// Whether structured data stands before the text.
    let hasData: Bool

    private var second = Int64.min
    private var beforeMicroseconds: [UInt8] = []
    private var afterMicroseconds: [UInt8] = []

    init(_ settings: LogTargetSettings, tag: String, process: Int32, hostname: String?) {
        // HAProxy manual section 3.1, `log`: the default is `local`, with `log-send-hostname` it is `rfc3164`.
        format = settings.format ?? (hostname == nil ? .local : .rfc3164)
        facility = settings.facility
        self.tag = tag
        self.process = process
        // Without a name of its own it is the system's.
        self.hostname = hostname == "" ? Host.name : hostname
        priority =
            switch format {
            case .local, .rfc3164, .rfc5424, .priority: .withFacility
            case .short, .timed: .levelOnly
            case .iso, .raw: .none
            }
        hasData = format == .rfc5424
        hasMicroseconds =
            switch format {
            case .rfc5424, .timed, .iso: true
            case .local, .rfc3164, .priority, .short, .raw: false
            }
    }

    /// Most bytes that `append` adds, once it has been called in this second.
    var limit: Int { beforeMicroseconds.count + afterMicroseconds.count + 64 }

    /// Brings the cached parts to the second of `realtime`, nanoseconds since 1970.
    @inline(__always)
    func refresh(_ realtime: Int64) {
        let second = realtime / 1_000_000_000
        if second != self.second { rebuild(second) }
    }

    /// Appends the header; `refresh` was called before, and the buffer has room for `limit` bytes.
    /// `data`: of `log-format-sd`; most bytes that are taken of it: `room`.
    @inline(__always)
    func append(
        level: UInt8, realtime: Int64, data: RawSpan, room: Int, to buffer: inout Buffer
    ) {
        switch priority {
        case .none: break
        case .levelOnly: appendPriority(Int(level), to: &buffer)
        case .withFacility: appendPriority(Int(facility) &* 8 &+ Int(level), to: &buffer)
        }
        buffer.append(contentsOf: beforeMicroseconds)
        guard hasMicroseconds else { return }
        let microseconds = Int(realtime / 1000 % 1_000_000)
        var unit = 100_000
        while unit > 0 {
            buffer.append(UInt8(truncatingIfNeeded: microseconds / unit % 10) &+ 0x30)
            unit /= 10
        }
        buffer.append(contentsOf: afterMicroseconds)
        guard hasData else { return }
        // A part of an element would spoil the whole line.
        if data.isEmpty || data.byteCount > room {
            buffer.append("-")
        } else {
            buffer.append(data)
        }
        buffer.append(" ")
    }

    private func appendPriority(_ value: Int, to buffer: inout Buffer) {
        buffer.append(UInt8(ascii: "<"))
        buffer.append(decimal: value)
        buffer.append(UInt8(ascii: ">"))
    }

    private func rebuild(_ second: Int64) {
        self.second = second
        let time = Clock.local(seconds: second)
        beforeMicroseconds.removeAll(keepingCapacity: true)
        afterMicroseconds.removeAll(keepingCapacity: true)
        switch format {
        case .local:
            beforeMicroseconds.append(contentsOf: "\(time.syslog) \(tag)[\(process)]: ".utf8)
        case .rfc3164:
            let host = hostname ?? "localhost"
            beforeMicroseconds.append(
                contentsOf: "\(time.syslog) \(host) \(tag)[\(process)]: ".utf8)
        case .rfc5424:
            beforeMicroseconds.append(contentsOf: "1 \(time.iso).".utf8)
            afterMicroseconds.append(
                contentsOf: "\(time.zone) \(hostname ?? "-") \(tag) \(process) - ".utf8)
        case .timed, .iso:
            beforeMicroseconds.append(contentsOf: "\(time.iso).".utf8)
            afterMicroseconds.append(contentsOf: "\(time.zone) ".utf8)
        case .priority, .short, .raw: break
        }
    }
}
