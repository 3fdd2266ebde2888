/// Names of proxies and servers.
enum ReaderNames {
    /// Letters, digits, `-`, `_`, `.` and `:`, as in HAProxy.
    static func isNameCharacter(_ character: Character) -> Bool {
        guard let byte = character.asciiValue else { return false }
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: return true
        default: return "-_.:".utf8.contains(byte)
        }
    }
}
