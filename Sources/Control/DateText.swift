internal import Linux

/// Times of day as text.
enum DateText {
    /// `22/Nov/2026:09:19:33.749`; nanoseconds since 1970.
    static func log(nanoseconds: Int64) -> String {
        let time = Clock.local(seconds: nanoseconds / 1_000_000_000)
        let month =
            months.indices.contains(Int(time.month) - 1) ? months[Int(time.month) - 1] : "???"
        let day = padded(Int64(time.day), to: 2)
        let hour = padded(Int64(time.hour), to: 2)
        let minute = padded(Int64(time.minute), to: 2)
        let second = padded(Int64(time.second), to: 2)
        let fraction = padded(nanoseconds / 1_000_000 % 1000, to: 3)
        return "\(day)/\(month)/\(time.year):\(hour):\(minute):\(second).\(fraction)"
    }

    /// With leading zeros.
    static func padded(_ number: Int64, to width: Int) -> String {
        let text = String(max(0, number))
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    /// `4 s`, `3 min`, `2 h`, `5 d`: how long ago, for people.
    static func short(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        if seconds < 120 { return "\(seconds) s" }
        if seconds < 7200 { return "\(seconds / 60) min" }
        if seconds < 172_800 { return "\(seconds / 3600) h" }
        return "\(seconds / 86400) d"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
