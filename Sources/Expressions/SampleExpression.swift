public import Core

/// A fetch and the converters behind it, compiled: `req.hdr(host),field(1,:),lower`. Its own bytes are
/// the constants that fetch and converters refer to.
public final class SampleExpression: ConstantBytes, @unchecked Sendable {
    /// As it was written.
    public let text: String
    public let needs: SampleNeeds
    /// What it gives, as far as that is known before it runs.
    public let type: SampleType
    let fetch: Fetch
    /// Which of the most frequent fetches it is, told by one byte.
    let kind: Kind
    let converters: [Converter]
    let regexes: [Regex]
    let maps: [PatternMap]
    let userLists: [UserList]
    /// That of the fetch `acl`.
    let condition: Condition?
    let keys: [Cryptography.PublicKey]
    /// The name of the fetch, for the match that belongs to it.
    let fetchName: String

    enum Kind: UInt8, Sendable, BitwiseCopyable { case path, field, other }

    init(
        text: String, needs: SampleNeeds, type: SampleType, fetch: Fetch, fetchName: String,
        converters: [Converter], constants: [UInt8], regexes: [Regex], maps: [PatternMap],
        userLists: [UserList], condition: Condition?, keys: [Cryptography.PublicKey]
    ) {
        self.text = text
        self.needs = needs
        self.type = type
        self.fetch = fetch
        switch fetch {
        case .path: kind = .path
        case .field: kind = .field
        default: kind = .other
        }
        self.fetchName = fetchName
        self.converters = converters
        self.regexes = regexes
        self.maps = maps
        self.userLists = userLists
        self.condition = condition
        self.keys = keys
        super.init(constants)
    }

    /// Some of the constants.
    @inline(__always) @_lifetime(borrow self)
    func constant(_ range: Bytes) -> RawSpan { bytes(range.range) }

    /// Whether it is about an end of the server's connection.
    var readsServerEnds: Bool {
        switch fetch {
        case .serverEnd, .serverEndPort: true
        default: false
        }
    }

    /// The same for another thread, which then counts references of its own.
    public func copy() -> SampleExpression {
        SampleExpression(
            text: text, needs: needs, type: type, fetch: fetch, fetchName: fetchName,
            converters: converters.map { $0 }, constants: bytes(0..<byteCount).array(),
            regexes: regexes.map { $0 }, maps: maps.map { $0.copy() },
            userLists: userLists.map { $0 }, condition: condition?.copy(),
            keys: keys.map { $0.copy() })
    }

    /// Longest text of an expression.
    public static let textLimit = 8192
    /// Most converters of an expression.
    public static let converterLimit = 64
}

extension SampleExpression: Equatable {
    public static func == (left: SampleExpression, right: SampleExpression) -> Bool {
        left === right
    }
}
