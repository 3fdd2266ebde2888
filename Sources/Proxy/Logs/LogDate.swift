internal import Linux

/// Texts of dates in log lines.
enum LogDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `22/Nov/2026:08:58:30.` for the local zone, otherwise with the offset: `22/Nov/2026:08:58:30 +0100`.
    static func text(_ second: Int64, _ zone: Worker.LogZone) -> [UInt8] {
        let local = Clock.local(seconds: second)
        // UTC by asking for the local time of a moment that is off by the offset: no second conversion is needed.
        let time =
            zone == .utc ? Clock.local(seconds: second - Int64(local.offset) * 60) : local
        let date = "\(two(time.day))/\(month(time.month))/\(time.year)"
        let clock = "\(two(time.hour)):\(two(time.minute)):\(two(time.second))"
        switch zone {
        case .local: return Array("\(date):\(clock).".utf8)
        case .utc: return Array("\(date):\(clock) +0000".utf8)
        case .localWithOffset:
            let minutes = abs(local.offset)
            let sign = local.offset < 0 ? "-" : "+"
            return Array("\(date):\(clock) \(sign)\(two(minutes / 60))\(two(minutes % 60))".utf8)
        }
    }

    private static func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func month(_ number: Int32) -> String {
        months.indices.contains(Int(number) - 1) ? months[Int(number) - 1] : "?"
    }
}
