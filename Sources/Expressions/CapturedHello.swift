internal import Core

/// What a client said of itself when it began: `tune.ssl.capture-buffer-size` keeps it for the `ssl_fc_*_bin` fetches, from
/// which fingerprints of clients are made. Pure; reads a whole ClientHello (RFC 8446 4.1.2) without its record.
public final class CapturedHello: Sendable {
    /// A list of the hello.
    public enum List: Sendable { case ciphers, extensions, groups, formats, signatures, versions }

    /// The version in the legacy field.
    public let version: UInt16
    public let ciphers: [UInt8]
    /// XXH64 of all ciphers, also of those that did not fit.
    public let cipherHash: UInt64
    /// The kinds of extensions, two bytes each, in the client's order.
    private let extensions: [UInt8]
    private let groups: [UInt8]
    private let formats: [UInt8]
    private let signatures: [UInt8]
    private let versions: [UInt8]

    /// `message`: from the type of the handshake message on. `limit`: bytes that are kept of all lists together. nil: it
    /// breaks its lengths.
    public init?(_ message: [UInt8], limit: Int) {
        guard message.first == 1, message.count >= 4 else { return nil }
        var reader = HelloReader(message.dropFirst(4))
        guard let version = reader.number(2), reader.skip(32), reader.vector(1) != nil,
            let offered = reader.vector(2), reader.vector(1) != nil
        else { return nil }
        self.version = UInt16(truncatingIfNeeded: version)
        var left = limit
        func kept(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
            defer { left -= min(left, bytes.count) }
            return Array(bytes.prefix(left))
        }
        ciphers = kept(offered.rest)
        cipherHash = XXHash64.hash(Array(offered.rest))
        var kinds: [UInt8] = []
        var contents: [Int: ArraySlice<UInt8>] = [:]
        if !reader.isAtEnd {
            guard var list = reader.vector(2) else { return nil }
            while !list.isAtEnd {
                guard let kind = list.number(2), let content = list.vector(2) else { return nil }
                kinds += [UInt8(truncatingIfNeeded: kind >> 8), UInt8(truncatingIfNeeded: kind)]
                contents[kind] = content.rest
            }
        }
        /// The vector that is the content of an extension.
        func vector(_ kind: Int, _ lengthBytes: Int) -> ArraySlice<UInt8> {
            guard let content = contents[kind] else { return [] }
            var reader = HelloReader(content)
            return reader.vector(lengthBytes)?.rest ?? []
        }
        extensions = kept(kinds[...])
        groups = kept(vector(10, 2))
        formats = kept(vector(11, 1))
        signatures = kept(vector(13, 2))
        versions = kept(vector(43, 1))
    }

    /// `plain`: without values that only keep servers tolerant (GREASE, RFC 8701).
    public func bytes(of list: List, plain: Bool) -> [UInt8] {
        let all =
            switch list {
            case .ciphers: ciphers
            case .extensions: extensions
            case .groups: groups
            case .formats: formats
            case .signatures: signatures
            case .versions: versions
            }
        guard plain, list != .formats else { return all }
        var result: [UInt8] = []
        for at in stride(from: 0, to: all.count - 1, by: 2) {
            let (high, low) = (all[at], all[at + 1])
            if high != low || low & 0x0f != 0x0a { result += [high, low] }
        }
        return result
    }
}
