/// How grave a line is (RFC 5424 section 6.2.1).
package enum LogLevel: UInt8, Sendable, Comparable {
    case emergency = 0
    case alert, critical, error, warning, notice, info, debug

    package static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rawValue < right.rawValue
    }
}
