/// Puts a message together that came in parts. Whoever sends them may be an attacker: what does not fit is forgotten.
internal struct MessageParts {
    private var bytes: [UInt8] = []

    /// The whole message, when this part completes it.
    mutating func add(_ part: [UInt8], offset: Int, total: Int) -> [UInt8]? {
        if offset == 0 { bytes = [] }
        guard offset == bytes.count, (0...GuardChannel.assembledLimit).contains(total),
            !part.isEmpty, part.count <= total - offset
        else {
            bytes = []
            return nil
        }
        bytes += part
        guard bytes.count == total else { return nil }
        defer { bytes = [] }
        return bytes
    }
}
