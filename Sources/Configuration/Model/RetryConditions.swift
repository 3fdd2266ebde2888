/// `retry-on`: which failures let a request be sent again (HAProxy manual, section 4.2).
package struct RetryConditions: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// No connection came about.
    package static let connectionFailure = RetryConditions(rawValue: 1 << 0)
    /// The connection ended before the first byte of an answer.
    package static let emptyResponse = RetryConditions(rawValue: 1 << 1)
    /// The answer was no HTTP.
    package static let junkResponse = RetryConditions(rawValue: 1 << 2)
    /// `timeout server` ended before an answer came.
    package static let responseTimeout = RetryConditions(rawValue: 1 << 3)

    /// With TCP fast open a request is on its way before there is a connection.
    package static let fastOpen: RetryConditions = [
        .connectionFailure, .emptyResponse, .responseTimeout,
    ]

    /// The answers that may be taken for a failure.
    package static let statuses: [UInt16] = [
        401, 403, 404, 408, 421, 425, 429, 500, 501, 502, 503, 504,
    ]
    private static let firstStatusBit = 8

    /// An answer with this status; empty where it is none of `statuses`.
    package static func status(_ status: UInt16) -> RetryConditions {
        guard let index = statuses.firstIndex(of: status) else { return [] }
        return RetryConditions(rawValue: 1 << UInt32(firstStatusBit + index))
    }

    /// `all-retryable-errors`
    package static let allRetryableErrors: RetryConditions = [
        .connectionFailure, .emptyResponse, .junkResponse, .responseTimeout, .status(500),
        .status(502), .status(503), .status(504),
    ]

    /// What a word of the line stands for; nil: unknown.
    package static func named(_ word: String) -> RetryConditions? {
        switch word {
        case "conn-failure": return .connectionFailure
        case "empty-response": return .emptyResponse
        case "junk-response": return .junkResponse
        case "response-timeout": return .responseTimeout
        // Early data is not sent to servers, so that none is ever rejected.
        case "0rtt-rejected": return []
        case "all-retryable-errors": return .allRetryableErrors
        default:
            guard let number = UInt16(word) else { return nil }
            let condition = status(number)
            return condition.isEmpty ? nil : condition
        }
    }
}
