/// What became of the cookie that names a server: the third and fourth characters of HAProxy's termination state
/// (manual section 8.5), and the times that the client's cookie told.
struct StreamCookie: BitwiseCopyable {
    enum Request: UInt8, BitwiseCopyable {
        case none = 0x4e  // N
        /// Of no server.
        case invalid = 0x49  // I
        case down = 0x44  // D
        case valid = 0x56  // V
        /// Not used for longer than `maxidle`.
        case expired = 0x45  // E
        /// Older than `maxlife`.
        case old = 0x4f  // O
        /// Something else had chosen already.
        case unused = 0x55  // U
    }

    enum Response: UInt8, BitwiseCopyable {
        case none = 0x4e  // N
        case inserted = 0x49  // I
        /// The client's cookie got a new date.
        case updated = 0x55  // U
        /// The server's own went through.
        case passed = 0x50  // P
        case rewritten = 0x52  // R
        case deleted = 0x44  // D
    }

    var request = Request.none
    var response = Response.none
    /// When the client was seen last, and first; seconds since 1970, 0: unknown.
    var lastSeen: Int64 = 0
    var firstSeen: Int64 = 0
}
