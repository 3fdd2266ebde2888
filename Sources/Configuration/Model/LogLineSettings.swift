package import Expressions

/// What a proxy's log lines say beyond their format.
package struct LogLineSettings: Sendable {
    /// `error-log-format`: lines of connections that ended before their session began.
    package var errorFormat: LogFormat?
    /// `log-format-sd`: structured data, for targets of the format rfc5424.
    package var structuredData: LogFormat?
    /// `unique-id-format`
    package var uniqueIDFormat: LogFormat?
    /// `unique-id-header`
    package var uniqueIDHeader: String?
    package var captures = CaptureSettings()

    package init() {}
}

/// `capture …`, `declare capture …` and `http-request capture … len …` of a frontend.
package struct CaptureSettings: Sendable, Equatable {
    /// One place in a list that log lines show between braces.
    package struct Slot: Sendable, Equatable {
        /// The field that is kept there; nil: a rule fills it.
        package var header: String?
        /// Most bytes that are kept.
        package var length: Int

        package init(header: String?, length: Int) {
            self.header = header
            self.length = length
        }
    }

    /// `capture cookie`: cookies whose text begins with `name`.
    package struct Cookie: Sendable, Equatable {
        package var name: String
        package var length: Int

        package init(name: String, length: Int) {
            self.name = name
            self.length = length
        }
    }

    /// Most places of a list.
    package static let limit = 1024
    /// Most bytes of one value; a head is not longer.
    package static let lengths = 1...65_535

    package var request: [Slot] = []
    package var response: [Slot] = []
    package var cookie: Cookie?

    package init() {}

    package var isEmpty: Bool { request.isEmpty && response.isEmpty && cookie == nil }
}
