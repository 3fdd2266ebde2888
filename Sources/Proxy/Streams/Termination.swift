/// How a stream ended: the first two characters of HAProxy's termination state (manual section 8.5).
struct Termination: BitwiseCopyable, Equatable {
    /// Who or what ended it.
    enum Cause: UInt8, BitwiseCopyable {
        case none = 0x2d  // -
        case clientAborted = 0x43  // C
        case serverAborted = 0x53  // S
        case proxyRefused = 0x50  // P
        case local = 0x4c  // L
        case resources = 0x52  // R
        case internalError = 0x49  // I
        case serverDown = 0x44  // D
        case killed = 0x4b  // K
        case serverUp = 0x55  // U
        case clientTimeout = 0x63  // c
        case serverTimeout = 0x73  // s
    }

    /// What was going on then.
    enum Moment: UInt8, BitwiseCopyable {
        case none = 0x2d  // -
        case request = 0x52  // R
        case queue = 0x51  // Q
        case connecting = 0x43  // C
        case headers = 0x48  // H
        case data = 0x44  // D
        case lastData = 0x4c  // L
        case tarpit = 0x54  // T
    }

    var cause: Cause
    var moment: Moment

    @inline(__always)
    init(_ cause: Cause, _ moment: Moment) {
        self.cause = cause
        self.moment = moment
    }

    static let none = Termination(.none, .none)

    @inline(__always)
    var isNone: Bool { cause == .none }
}
