/// What is fed with bytes that want it to trap, to hang or to break a promise. `run` traps when one is broken.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// An IP packet that claims to be an advertisement: header, receive rules, and back to bytes.
    case packet
    /// A virtual router and what befalls it.
    case machine
    /// The head of a request, whole and in two pieces.
    case request
    /// The head of a response, likewise.
    case response
    /// A chunked body, in pieces.
    case body
    /// A file of HAProxy's language.
    case configuration
    /// A file of keepalived's language.
    case keepalived
    /// A sample expression, evaluated over a request.
    case expression
    /// The first message of a client that speaks TLS.
    case hello
    /// A log format, and the values that it writes.
    case logformat

    /// Longer inputs find nothing that shorter ones do not.
    package static let inputLimit = 16 * 1024

    package func run(_ bytes: [UInt8]) {
        guard bytes.count <= FuzzTarget.inputLimit else { return }
        switch self {
        case .packet: PacketTarget.run(bytes)
        case .machine: MachineTarget.run(bytes)
        case .request: HeadTarget.request(bytes)
        case .response: HeadTarget.response(bytes)
        case .body: BodyTarget.run(bytes)
        case .configuration: LanguageTarget.haproxy(bytes)
        case .keepalived: LanguageTarget.keepalived(bytes)
        case .expression: ExpressionTarget.run(bytes)
        case .hello: HelloTarget.run(bytes)
        case .logformat: LogFormatTarget.run(bytes)
        }
    }
}
