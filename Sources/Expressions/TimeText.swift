import Core

/// Dates from seconds since 1970.
enum TimeText {
    struct Parts {
        var year: Int64
        var month, day, hour, minute, second, weekday, yearDay: Int
    }

    /// Whole seconds of a number in a unit, an offset in the same unit added.
    static func seconds(_ value: Int64, _ offset: Int64, _ unit: UInt8) -> Int64 {
        let sum = Evaluation.apply(.add, value, offset)
        return unit == 0 ? sum : unit == 1 ? sum / 1000 : sum / 1_000_000
    }

    static func fraction(_ value: Int64, _ unit: UInt8) -> Int64 {
        unit == 0 ? 0 : unit == 1 ? value % 1000 : value % 1_000_000
    }

    static func parts(_ seconds: Int64) -> Parts {
        // A year of five digits is enough for everybody.
        let seconds = min(max(seconds, -62_135_596_800), 253_402_300_799)
        var days = seconds / 86400
        var rest = seconds % 86400
        if rest < 0 {
            rest += 86400
            days -= 1
        }
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1]
        let day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        return Parts(
            year: year, month: month, day: day, hour: Int(rest / 3600), minute: Int(rest / 60 % 60),
            second: Int(rest % 60), weekday: Int(((days % 7) + 11) % 7),
            yearDay: before + day + (isLeap && month > 2 ? 1 : 0))
    }

    private static let weekdays: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let longWeekdays: [StaticString] = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let longMonths: [StaticString] = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    static func appendHTTPDate(_ seconds: Int64, fraction: Int64?, to arena: inout Buffer) -> Bool {
        guard arena.room >= 64 else { return false }
        let parts = parts(seconds)
        arena.append(weekdays[parts.weekday])
        arena.append(", ")
        append(parts.day, 2, to: &arena)
        arena.append(" ")
        arena.append(months[parts.month - 1])
        arena.append(" ")
        append(Int(parts.year), 4, to: &arena)
        arena.append(" ")
        appendClock(parts, to: &arena)
        if let fraction {
            arena.append(".")
            arena.append(decimal: Int(fraction))
        }
        return arena.append(" GMT")
    }

    private static func appendClock(_ parts: Parts, to arena: inout Buffer) {
        append(parts.hour, 2, to: &arena)
        arena.append(":")
        append(parts.minute, 2, to: &arena)
        arena.append(":")
        append(parts.second, 2, to: &arena)
    }

    private static func append(
        _ value: Int, _ digits: Int, to arena: inout Buffer, pad: UInt8 = 0x30
    ) {
        var bound = 10
        for _ in 1..<digits {
            if value < bound { arena.append(pad) }
            bound *= 10
        }
        // The padding of a value of n digits comes from the widest place down.
        arena.append(decimal: value)
    }

    /// The directives of `strftime` that dates in logs and fields use.
    static func append(
        _ seconds: Int64, fraction: Int64, zone: Int64, format: RawSpan, to arena: inout Buffer
    ) -> Bool {
        let parts = parts(seconds)
        var at = 0
        while at < format.byteCount {
            let byte = format.byte(at: at)
            at &+= 1
            guard arena.room >= 64 else { return false }
            guard byte == UInt8(ascii: "%"), at < format.byteCount else {
                arena.append(byte)
                continue
            }
            let directive = format.byte(at: at)
            at &+= 1
            append(directive, parts, seconds, fraction, zone, to: &arena)
        }
        return true
    }

    private static func append(
        _ directive: UInt8, _ parts: Parts, _ seconds: Int64, _ fraction: Int64, _ zone: Int64,
        to arena: inout Buffer
    ) {
        switch Character(Unicode.Scalar(directive)) {
        case "Y": arena.append(decimal: Int(parts.year))
        case "C": append(Int(parts.year / 100), 2, to: &arena)
        case "y": append(Int(parts.year % 100), 2, to: &arena)
        case "m": append(parts.month, 2, to: &arena)
        case "d": append(parts.day, 2, to: &arena)
        case "e": append(parts.day, 2, to: &arena, pad: 0x20)
        case "H": append(parts.hour, 2, to: &arena)
        case "I": append((parts.hour + 11) % 12 + 1, 2, to: &arena)
        case "M": append(parts.minute, 2, to: &arena)
        case "S": append(parts.second, 2, to: &arena)
        case "j": append(parts.yearDay, 3, to: &arena)
        case "a": arena.append(weekdays[parts.weekday])
        case "A": arena.append(longWeekdays[parts.weekday])
        case "b", "h": arena.append(months[parts.month - 1])
        case "B": arena.append(longMonths[parts.month - 1])
        case "p": arena.append(parts.hour < 12 ? "AM" : "PM")
        case "u": arena.append(decimal: parts.weekday == 0 ? 7 : parts.weekday)
        case "w": arena.append(decimal: parts.weekday)
        case "s": arena.append(decimal: Int(seconds &- zone))
        case "N": append(Int(fraction), fraction >= 1000 ? 6 : 3, to: &arena)
        case "F":
            arena.append(decimal: Int(parts.year))
            arena.append("-")
            append(parts.month, 2, to: &arena)
            arena.append("-")
            append(parts.day, 2, to: &arena)
        case "D":
            append(parts.month, 2, to: &arena)
            arena.append("/")
            append(parts.day, 2, to: &arena)
            arena.append("/")
            append(Int(parts.year % 100), 2, to: &arena)
        case "T": appendClock(parts, to: &arena)
        case "R":
            append(parts.hour, 2, to: &arena)
            arena.append(":")
            append(parts.minute, 2, to: &arena)
        case "Z" where zone == 0: arena.append("GMT")
        case "z", "Z":
            arena.append(zone < 0 ? "-" : "+")
            append(Int(zone.magnitude / 3600), 2, to: &arena)
            append(Int(zone.magnitude / 60 % 60), 2, to: &arena)
        case "n": arena.append("\n")
        case "t": arena.append("\t")
        case "%": arena.append("%")
        default:
            arena.append("%")
            arena.append(directive)
        }
    }
}
