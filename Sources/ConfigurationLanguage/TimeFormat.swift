/// A length of time as HAProxy's language writes it (manual, section 2.5): digits and a unit.
package enum TimeFormat {
    package enum Unit: String, CaseIterable, Sendable {
        case microseconds = "us"
        case milliseconds = "ms"
        case seconds = "s"
        case minutes = "m"
        case hours = "h"
        case days = "d"

        var microseconds: Int64 {
            switch self {
            case .microseconds: 1
            case .milliseconds: 1_000
            case .seconds: 1_000_000
            case .minutes: 60_000_000
            case .hours: 3_600_000_000
            case .days: 86_400_000_000
            }
        }
    }

    package enum Failure: Error, Equatable {
        case empty
        case unexpected(Character)
        /// Above 2147483647 ms.
        case overflow
        /// Not zero, but less than the smallest unit that counts.
        case underflow
    }

    /// HAProxy's timers are 31 bits of milliseconds.
    private static let longest: Int64 = 2_147_483_647

    /// A time whose unit is `unit` where none is written; `resolution` is the smallest unit that counts.
    package static func parse(
        _ text: String, unit defaultUnit: Unit = .milliseconds, resolution: Unit = .milliseconds
    ) -> Result<Duration, Failure> {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        let rest = String(Substring(text.utf8.dropFirst(digits.count)))
        guard !digits.isEmpty else {
            return .failure(text.first.map { .unexpected($0) } ?? .empty)
        }
        let unit: Unit
        if rest.isEmpty {
            unit = defaultUnit
        } else if let named = Unit(rawValue: rest) {
            unit = named
        } else {
            // HAProxy names the first character that belongs to no unit.
            let known = Unit.allCases.first { rest.hasPrefix($0.rawValue) }
            let wrong = known.map { rest.dropFirst($0.rawValue.count) } ?? rest[...]
            return .failure(.unexpected(wrong.first ?? " "))
        }
        guard let number = Int64(String(decoding: Array(digits), as: UTF8.self)) else {
            return .failure(.overflow)
        }
        let (micro, overflow) = number.multipliedReportingOverflow(by: unit.microseconds)
        if overflow || micro / resolution.microseconds > longest { return .failure(.overflow) }
        if micro > 0, micro < resolution.microseconds { return .failure(.underflow) }
        return .success(.microseconds(micro))
    }
}
