/// The variables of log formats (HAProxy manual, section 8.2.6), by the name that follows `%`.
public enum LogField: String, Sendable, BitwiseCopyable, CaseIterable {
    // Dates.
    case acceptDate = "t"
    case acceptDateUTC = "T"
    case acceptDateLocal = "Tl"
    case acceptTimestamp = "Ts"
    case acceptMilliseconds = "ms"
    case requestDate = "tr"
    case requestDateUTC = "trg"
    case requestDateLocal = "trl"
    // Timers, in milliseconds.
    case activeTime = "Ta"
    case connectTime = "Tc"
    case dataTime = "Td"
    case handshakeTime = "Th"
    case idleTime = "Ti"
    case queryTime = "Tq"
    case requestTime = "TR"
    case responseTime = "Tr"
    case totalTime = "Tt"
    case userTime = "Tu"
    case waitTime = "Tw"
    // Both ends.
    case clientAddress = "ci"
    case clientPort = "cp"
    case frontendAddress = "fi"
    case frontendPort = "fp"
    case backendAddress = "bi"
    case backendPort = "bp"
    case serverAddress = "si"
    case serverPort = "sp"
    // Names.
    case frontendName = "f"
    case frontendNameWithTransport = "ft"
    case backendName = "b"
    case serverName = "s"
    case hostname = "H"
    case processID = "pid"
    // The message.
    case requestLine = "r"
    case method = "HM"
    case path = "HP"
    case pathOnly = "HPO"
    case query = "HQ"
    case target = "HU"
    case version = "HV"
    case status = "ST"
    case bytesRead = "B"
    case bytesUploaded = "U"
    case requestCookie = "CC"
    case responseCookie = "CS"
    case requestHeaders = "hr"
    case requestHeaderList = "hrl"
    case responseHeaders = "hs"
    case responseHeaderList = "hsl"
    case uniqueID = "ID"
    case cipher = "sslc"
    case tlsVersion = "sslv"
    // State.
    case terminationState = "ts"
    case terminationStateWithCookie = "tsc"
    case activeConnections = "ac"
    case frontendConnections = "fc"
    case backendConnections = "bc"
    case serverConnections = "sc"
    case retries = "rc"
    case serverQueue = "sq"
    case backendQueue = "bq"
    case requestCounter = "rt"
    case logCounter = "lc"
    /// At which moment the line was made.
    case origin = "OG"

    /// What the field's values are; flags have a meaning for some of them only.
    public enum Kind: Sendable {
        case text, number, address, port, date, textList
    }

    public var kind: Kind {
        switch self {
        case .acceptDate, .acceptDateUTC, .acceptDateLocal, .requestDate, .requestDateUTC,
            .requestDateLocal:
            .date
        case .clientAddress, .frontendAddress, .backendAddress, .serverAddress: .address
        case .clientPort, .frontendPort, .backendPort, .serverPort: .port
        case .requestHeaderList, .responseHeaderList: .textList
        case .frontendName, .frontendNameWithTransport, .backendName, .serverName, .hostname,
            .requestLine, .method, .path, .pathOnly, .query, .target, .version, .requestCookie,
            .responseCookie, .requestHeaders, .responseHeaders, .uniqueID, .cipher, .tlsVersion,
            .terminationState, .terminationStateWithCookie, .origin:
            .text
        default: .number
        }
    }

    /// Whether the field is a part of the request line.
    var isOfRequestLine: Bool {
        switch self {
        case .requestLine, .method, .path, .pathOnly, .query, .target, .version: true
        default: false
        }
    }

    /// Whether the field exists in `mode http` only.
    public var needsHTTP: Bool {
        switch self {
        case .requestDate, .requestDateUTC, .requestDateLocal, .activeTime, .idleTime, .queryTime,
            .requestTime, .responseTime, .requestLine, .method, .path, .pathOnly, .query, .target,
            .version, .requestCookie, .responseCookie, .terminationStateWithCookie:
            true
        default: false
        }
    }
}
