public import Core
public import HTTP

/// Something that a sample comes from. Texts are ranges of the expression's constants, so that
/// evaluating copies no reference.
public enum Fetch: Sendable, BitwiseCopyable {
    /// A request or its answer.
    public enum Side: UInt8, Sendable, BitwiseCopyable { case request, response }
    /// What is made of a field, a cookie or a parameter.
    public enum Use: UInt8, Sendable, BitwiseCopyable { case text, count, address, number }

    case constant(Sample)
    case text(Bytes, isBinary: Bool)
    // The request line.
    case method, path, pathAndQuery, url, base, urlAddress, urlPort, requestVersion
    case query(withMark: Bool)
    case parameter(name: Bytes, delimiter: UInt8, use: Use)
    case requestLength
    /// Bytes that nobody has parsed.
    case content(ContentFetch, Side)
    case waitEnd
    /// Something of a stick table; `stickSource`: for the client's address.
    case stick(StickQuery), stickSource(StickQuery)
    case isHTTP
    // Fields. An occurrence of 0 means all of them in an ACL, the last one elsewhere.
    case field(name: Bytes, occurrence: Int32, isSplit: Bool, use: Use, side: Side)
    case fieldNames(delimiter: Bytes, side: Side)
    case allFields(side: Side)
    case cookie(name: Bytes, use: Use, side: Side)
    /// `Content-Length`
    case bodySize
    case bodyLength
    /// What is there of a body.
    case body(Side)
    case bodyParameter(name: Bytes)
    /// `isWhole`: also what is still to come, where that is known.
    case answerBodyBytes(isWhole: Bool)
    case cookieNames(delimiter: Bytes, side: Side)
    /// A hash of host and target, with the client's address behind it where that is wanted.
    case targetHash(isBase: Bool, withSource: Bool)
    case baseWithQuery
    // The answer.
    case status, responseVersion
    // The connection.
    case source, sourcePort, destination, destinationPort
    // What was kept.
    /// `otherwise`: what it is where nobody has set it.
    case variable(Variable, otherwise: Bytes?)
    case captured(index: Int32, side: Side)
    case capturedMethod, capturedURI, capturedVersion(Side)
    // The clock and chance.
    case date(offset: Int64, unit: UInt8)
    case dateMicroseconds
    case random(Int64)
    case uuid
    // Something that only the engine knows.
    case number(EngineNumber, reference: Int32)
    case name(EngineText)
    // Who asks.
    case credential(Evaluation.Credential)
    /// An empty name: the field `Authorization`.
    case bearer(name: Bytes)
    case authenticated(list: Int32)
    /// Whether the expression's condition holds.
    case conditionHolds
    case group(list: Int32)
    /// `entry`: the kind of entry of a distinguished name; empty: all of it.
    case tls(TLSFact, TLSPart, entry: Bytes)
    /// An end of the server's connection: ours, or the server's.
    case serverEnd(isOurs: Bool), serverEndPort(isOurs: Bool)
    /// A value of the PROXY header that the client's connection began with.
    case proxyHeaderValue(type: UInt8)
    /// The fields of a message, each with the lengths of its name and its value in front.
    case binaryFields(side: Side)
}

/// Numbers that the engine is asked for.
public enum EngineNumber: Sendable, Hashable, BitwiseCopyable {
    case activeConnections, frontendConnections, backendConnections, serverConnections
    case frontendSessionRate, backendSessionRate, serverSessionRate, frontendRequestRate
    case usableServers, serverIsUp, serverQueue, queue, averageQueue, connectionSlots
    case backendFreeConnections
    case frontendID, backendID, serverID, listenerID
    case processID, processCount, threadCount, thread, uptimeSeconds, isStopping
    case backendTimeout(TimeoutKind), frontendTimeout(TimeoutKind), currentTimeout(TimeoutKind)
    case backendRetries, answerStatus, retries, isRedispatched, serverMajorVersion, isReused
    case serverWeight, serverInitialWeight, serverUserWeight, serverFreeConnections
    case hasProxyHeader, isFirstRequest, majorVersion, bytesIn, bytesOut
    case transactionStatus, maxRetries, priorityClass, priorityOffset
    case stream(StreamFact)
}

/// Texts that the engine is asked for.
public enum EngineText: UInt8, Sendable, BitwiseCopyable {
    case frontendName, backendName, serverName, listenerName, hostName, uniqueID
    case terminationState, defaultBackendName
    /// The method as the server gets it, where it is one that HTTP defines.
    case method
}

/// What asks the engine. Called while rules run, so it must not wait.
public protocol EvaluationHost: AnyObject {
    /// A number; `reference` is one of `ExpressionWorld.references`, or -1 for the stream's own.
    func number(_ number: EngineNumber, reference: Int32) -> Int64?
    /// A number of the backend or server that has the name: `app`, `app/web1`, and `web1` of the stream's own backend.
    func number(_ number: EngineNumber, of name: RawSpan) -> Int64?
    /// Appends what is there of a body, without what frames it; false where there is no room.
    /// `answer`: the head of the answer, where there is one.
    func appendBody(of side: Fetch.Side, answer: ResponseHead?, to arena: inout Buffer) -> Bool
    /// Appends a text; false where there is none.
    func append(_ text: EngineText, to arena: inout Buffer) -> Bool
    /// Appends a field of a log line; false where it has no value here.
    func append(_ field: LogField, _ flags: LogFlags, to arena: inout Buffer) -> Bool
    /// Whether the request line was kept for log lines.
    var hasRequestLine: Bool { get }
    /// What TLS knows; nil where there is none, or nothing to say.
    func tls(
        _ fact: TLSFact, of part: TLSPart, entry: RawSpan, into arena: inout Buffer
    ) -> Sample?
    /// Seconds that local time is ahead of UTC at a time.
    func zoneOffset(at seconds: Int64) -> Int64
    /// Carries out what a rule asks for; must not wait.
    func perform(_ request: HostRequest, _ arena: RawSpan)
    /// Whether crypt(3) makes the hash of the password; nil: not now, the rules have to wait for their turn, which
    /// they can where `mayWait`.
    func verify(_ password: RawSpan, against hash: String, mayWait: Bool) -> Bool?
    /// The address that the client connected to.
    var destination: PeerAddress { get }
    /// An end of the connection to the server: ours, or the server's; nil: there is none.
    func serverEnd(isOurs: Bool) -> PeerAddress?
    /// Appends a value of the PROXY header that the client's connection began with; false where there is none.
    func appendProxyHeaderValue(_ type: UInt8, to arena: inout Buffer) -> Bool
    /// Changes what is known about the client's connection; returns the client's address.
    func set(_ part: AddressPart, to sample: Sample) -> PeerAddress
    /// A PROXY header comes before anything else.
    func expectProxyHeader()
    /// What the keys of a stick table are; nil: there is no such table.
    func keyType(of table: Int32) -> SampleType?
    /// Asks a stick table; nil: it has nothing to say. `key` has the table's type, its bytes lie in `arena`.
    func stick(_ query: StickQuery, key: Sample?, in arena: RawSpan) -> Int64?
    func isTracking(_ slot: UInt8) -> Bool
    func track(_ slot: UInt8, in table: Int32, key: Sample, in arena: RawSpan)
    func change(_ change: StickChange, by amount: Int64)
    /// A variable of the process, by its place.
    func value(of processVariable: Int32) -> KeptValue?
    /// Gives it another value, or none; false where there is no room.
    func keep(_ value: KeptValue?, as processVariable: Int32) -> Bool
}

/// A part of the addresses of a client's connection.
public enum AddressPart: String, Sendable, BitwiseCopyable {
    case source = "src"
    case sourcePort = "src-port"
    case destination = "dst"
    case destinationPort = "dst-port"

    /// What the new value has to be.
    public var type: SampleType {
        switch self {
        case .source, .destination: .address
        case .sourcePort, .destinationPort: .integer
        }
    }
}

extension EvaluationHost {
    public func number(_ number: EngineNumber, of name: RawSpan) -> Int64? { nil }

    public func appendBody(
        of side: Fetch.Side, answer: ResponseHead?, to arena: inout Buffer
    ) -> Bool { true }

    public func zoneOffset(at seconds: Int64) -> Int64 { 0 }

    /// Who has no stream has nothing to do.
    public func perform(_ request: HostRequest, _ arena: RawSpan) {}

    /// Who knows no crypt(3) lets nobody in.
    public func verify(_ password: RawSpan, against hash: String, mayWait: Bool) -> Bool? {
        false
    }

    /// Who has no TLS has nothing to say about it.
    public func tls(
        _ fact: TLSFact, of part: TLSPart, entry: RawSpan, into arena: inout Buffer
    ) -> Sample? { nil }

    public func serverEnd(isOurs: Bool) -> PeerAddress? { nil }

    public func appendProxyHeaderValue(_ type: UInt8, to arena: inout Buffer) -> Bool { false }

    public func set(_ part: AddressPart, to sample: Sample) -> PeerAddress { .unnamed }

    public func expectProxyHeader() {}

    public func keyType(of table: Int32) -> SampleType? { nil }

    public func stick(_ query: StickQuery, key: Sample?, in arena: RawSpan) -> Int64? { nil }

    public func isTracking(_ slot: UInt8) -> Bool { false }

    public func track(_ slot: UInt8, in table: Int32, key: Sample, in arena: RawSpan) {}

    public func change(_ change: StickChange, by amount: Int64) {}

    public func value(of processVariable: Int32) -> KeptValue? { nil }

    public func keep(_ value: KeptValue?, as processVariable: Int32) -> Bool { false }
}
