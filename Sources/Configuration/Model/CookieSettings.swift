/// `cookie`: how a backend keeps a client on its server.
package struct CookieSettings: Sendable, Equatable {
    package enum Mode: String, Sendable {
        case rewrite, insert, prefix
        /// No mode: the cookie is read, and the servers set it.
        case passive = ""
    }

    package var name: String
    package var mode: Mode
    /// The server does not see the cookie.
    package var isIndirect = false
    /// Caches must not keep responses that set it.
    package var isUncached = false
    /// Only answers to POST set it.
    package var postOnly = false
    /// A cookie that the server sets stays.
    package var isPreserved = false
    package var isDynamic = false
    /// Seconds; 0: no limit.
    package var maxIdle = 0
    package var maxLife = 0
    package var domains: [String] = []
    package var isHTTPOnly = false
    package var isSecure = false
    /// `attr`
    package var attributes: [String] = []

    /// What stands behind the value and the path, in HAProxy's order.
    package var tail: String {
        (domains.map { "domain=\($0)" } + (isHTTPOnly ? ["HttpOnly"] : [])
            + (isSecure ? ["Secure"] : []) + attributes).map { "; \($0)" }.joined()
    }

    package init(name: String, mode: Mode) {
        self.name = name
        self.mode = mode
    }
}
