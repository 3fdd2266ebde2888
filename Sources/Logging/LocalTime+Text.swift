internal import Linux

extension Clock.LocalTime {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Nov 22 08:58:30`; a day of one digit has a blank before it (RFC 3164 section 4.1.2).
    var syslog: String {
        let monthName = Self.months[Int(month - 1) % 12]
        return "\(monthName) \(day < 10 ? " " : "")\(day) \(clock)"
    }

    /// `Sun`; `seconds`: the same time, since 1970.
    func weekday(seconds: Int64) -> String {
        // 1970 began on a Thursday.
        let days = Int((seconds + Int64(offset) * 60) / 86_400) + 4
        return ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][((days % 7) + 7) % 7]
    }

    /// `2026-11-22T08:58:30`
    var iso: String { "\(year)-\(Self.padded(month))-\(Self.padded(day))T\(clock)" }

    /// `+01:00`
    var zone: String {
        let minutes = abs(offset)
        return "\(offset < 0 ? "-" : "+")\(Self.padded(minutes / 60)):\(Self.padded(minutes % 60))"
    }

    private var clock: String {
        "\(Self.padded(hour)):\(Self.padded(minute)):\(Self.padded(second))"
    }

    private static func padded(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
