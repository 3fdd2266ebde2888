package import Core
internal import HTTP

/// A message that was refused because it could not be parsed: as it came, and between whom. `show errors`.
///
/// A proxy keeps the last request and the last response, of `tune.bufsize` bytes at most each. Where the fault is, is
/// found when somebody asks.
package struct InvalidMessage: Sendable {
    package enum Kind: Sendable { case request, response }

    /// A proxy or a server, and its number in the configuration.
    package struct Party: Sendable, Equatable {
        package let name: String
        package let id: Int

        package init(name: String, id: Int) {
            self.name = name
            self.id = id
        }
    }

    package let kind: Kind
    /// Counts such messages of all proxies, from 0 on.
    package let number: Int
    /// Nanoseconds since 1970.
    package let time: Int64
    package let frontend: Party
    /// nil: the request had none yet.
    package let backend: Party?
    package let server: Party?
    package let source: PeerAddress
    package let bytes: [UInt8]
    /// `tune.bufsize`
    package let bufferBytes: Int
    /// nil: a response.
    private let reading: HeadReading?
    private let fieldLimit: Int
    /// A fault that was found in a body, at its offset in `bytes`; nil: it is in the head, and looked for.
    private let bodyFault: (offset: Int, reason: MalformedReason)?

    init(
        _ kind: Kind, number: Int, time: Int64, frontend: Party, backend: Party?, server: Party?,
        source: PeerAddress, bytes: [UInt8], bufferBytes: Int, reading: HeadReading? = nil,
        fieldLimit: Int, bodyFault: (offset: Int, reason: MalformedReason)? = nil
    ) {
        self.kind = kind
        self.bodyFault = bodyFault
        self.number = number
        self.time = time
        self.frontend = frontend
        self.backend = backend
        self.server = server
        self.source = source
        self.bytes = bytes
        self.bufferBytes = bufferBytes
        self.reading = reading
        self.fieldLimit = fieldLimit
    }

    /// Offset of the fault, and what it is. Parses the bytes about 15 times.
    package var fault: (offset: Int, explanation: String) {
        if let bodyFault { return (bodyFault.offset, bodyFault.reason.explanation) }
        let position = unsafe FaultPosition(
            in: bytes.span.bytes, reading, fieldLimit: fieldLimit)
        if let reason = position.reason { return (position.offset, reason.explanation) }
        let isWhole = kind == .response && bytes.count < bufferBytes / 2
        return (
            position.offset, isWhole ? "answer that the request does not allow" : "head too large"
        )
    }
}
