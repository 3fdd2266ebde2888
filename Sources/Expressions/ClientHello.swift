import Core

/// The beginning of a TLS connection as a client sends it, read without a TLS library: for routing by name while the
/// connection passes through. Pure; the bytes may come in any pieces.
public struct ClientHello: Sendable, Equatable {
    /// What the bytes so far are.
    public enum Parse: Sendable, Equatable {
        case complete(ClientHello)
        /// A ClientHello so far.
        case needsMore
        /// No TLS, or a hello that breaks its own lengths.
        case malformed
    }

    /// What a client has of a session ticket.
    public enum Ticket: Int64, Sendable { case absent, empty, present }

    /// Bytes of a hello at most; what is larger is taken for an attack.
    public static let limit = 16 * 1024

    /// The version in the legacy field; TLS 1.3 puts that of TLS 1.2 there.
    public let legacyVersion: UInt16
    /// The version that is asked for: the best of `supported_versions`, else the legacy field.
    public private(set) var version: UInt16
    /// The name that is asked for, as it was sent; empty: none.
    public private(set) var serverName: [UInt8] = []
    /// Protocols of ALPN, best first.
    public private(set) var applicationProtocols: [[UInt8]] = []
    public private(set) var hasSupportedCurves = false
    /// Of the session ticket extension (RFC 5077 3.2): absent, empty, or with a ticket.
    public private(set) var ticket = Ticket.absent
    /// The lists as they were sent, two bytes for each entry; they share the message's memory.
    public let ciphers: ArraySlice<UInt8>
    public private(set) var groups: ArraySlice<UInt8> = []
    public private(set) var signatures: ArraySlice<UInt8> = []
    /// The content of the key share extension (RFC 8446 4.2.8): groups with their keys.
    private var keyShares: ArraySlice<UInt8> = []
    /// The version of the record layer.
    public let recordVersion: UInt16

    /// Looks at the bytes from the first one of the connection on.
    public static func parse(_ bytes: RawSpan) -> Parse {
        // A hello may be split over several records: they are put together first.
        var message: [UInt8] = []
        var at = 0
        var recordVersion: UInt16 = 0
        while true {
            guard bytes.byteCount >= at + 1 else { return .needsMore }
            guard bytes.byte(at: at) == 22 else { return .malformed }
            guard bytes.byteCount >= at + 5 else {
                return at == 0 && bytes.byteCount >= 2 && bytes.byte(at: 1) != 3
                    ? .malformed : .needsMore
            }
            guard bytes.byte(at: at + 1) == 3 else { return .malformed }
            if at == 0 { recordVersion = 0x300 | UInt16(bytes.byte(at: 2)) }
            let length = Int(bytes.byte(at: at + 3)) << 8 | Int(bytes.byte(at: at + 4))
            guard length > 0, length <= limit else { return .malformed }
            let end = min(at + 5 + length, bytes.byteCount)
            for index in at + 5..<end { message.append(bytes.byte(at: index)) }
            if let first = message.first, first != 1 { return .malformed }
            if message.count >= 4 {
                let size = Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
                guard size <= limit else { return .malformed }
                if message.count >= 4 + size {
                    return ClientHello(message[4..<4 + size], recordVersion).map { .complete($0) }
                        ?? .malformed
                }
            }
            guard end == at + 5 + length else { return .needsMore }
            at = end
        }
    }

    private init?(_ body: ArraySlice<UInt8>, _ recordVersion: UInt16) {
        self.recordVersion = recordVersion
        var reader = HelloReader(body)
        guard let version = reader.number(2), reader.skip(32),
            reader.vector(1) != nil,  // session id
            let suites = reader.vector(2),
            reader.vector(1) != nil  // compression methods
        else { return nil }
        self.version = UInt16(truncatingIfNeeded: version)
        legacyVersion = self.version
        ciphers = suites.rest
        if reader.isAtEnd { return }
        guard var extensions = reader.vector(2) else { return nil }
        while !extensions.isAtEnd {
            guard let kind = extensions.number(2), let content = extensions.vector(2),
                take(kind, content)
            else { return nil }
        }
    }

    /// False: the extension breaks its lengths.
    private mutating func take(_ kind: Int, _ content: HelloReader) -> Bool {
        var content = content
        switch kind {
        case 0:
            guard let name = ClientHello.hostName(&content) else { return false }
            serverName = name
        case 10:
            hasSupportedCurves = true
            groups = content.vector(2)?.rest ?? []
        case 13: signatures = content.vector(2)?.rest ?? []
        case 35: ticket = content.isAtEnd ? .empty : .present
        case 16:
            guard var list = content.vector(2) else { return false }
            while !list.isAtEnd {
                guard let name = list.vector(1) else { return false }
                applicationProtocols.append(Array(name.rest))
            }
        case 43:
            guard var list = content.vector(1) else { return false }
            var best = 0
            while !list.isAtEnd {
                guard let offered = list.number(2) else { return false }
                // Others are GREASE (RFC 8701).
                if offered >> 8 == 3 { best = max(best, offered) }
            }
            if best > 0 { version = UInt16(truncatingIfNeeded: best) }
        case 51: keyShares = content.vector(2)?.rest ?? []
        default: break
        }
        return true
    }

    /// The groups that the client has made keys for already, two bytes each.
    public var keyShareGroups: [UInt8] {
        var reader = HelloReader(keyShares)
        var found: [UInt8] = []
        while let group = reader.number(2), reader.vector(2) != nil {
            found += [UInt8(truncatingIfNeeded: group >> 8), UInt8(truncatingIfNeeded: group)]
        }
        return found
    }

    /// The host name in the content of a `server_name` extension; nil: it breaks its lengths.
    public static func serverName(inExtension bytes: [UInt8]) -> [UInt8]? {
        var reader = HelloReader(bytes[...])
        return hostName(&reader)
    }

    /// RFC 6066 3
    private static func hostName(_ content: inout HelloReader) -> [UInt8]? {
        guard var list = content.vector(2) else { return nil }
        while !list.isAtEnd {
            guard let kind = list.number(1), let name = list.vector(2) else { return nil }
            if kind == 0 { return Array(name.rest) }
        }
        return []
    }
}

/// Reads the vectors of a hello; nothing is read beyond their ends.
internal struct HelloReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number(_ bytes: Int) -> Int? {
        guard rest.count >= bytes else { return nil }
        defer { rest = rest.dropFirst(bytes) }
        return rest.prefix(bytes).reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func skip(_ bytes: Int) -> Bool {
        guard rest.count >= bytes else { return false }
        rest = rest.dropFirst(bytes)
        return true
    }

    /// A vector whose length stands before it in so many bytes.
    mutating func vector(_ lengthBytes: Int) -> HelloReader? {
        guard let count = number(lengthBytes), rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return HelloReader(rest.prefix(count))
    }
}
