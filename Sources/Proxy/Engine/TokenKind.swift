/// Kinds of the tokens in a worker's loop; connections and their timers share a token.
enum TokenKind {
    static let mailbox: UInt8 = 1
    static let listener: UInt8 = 2
    static let client: UInt8 = 3
    static let server: UInt8 = 4
    /// Timer: purge idle connections.
    static let purge: UInt8 = 5
    /// Timer: try to accept again after the descriptors had run out.
    static let accept: UInt8 = 6
    /// Rules that wait for their turn to hash a password.
    static let hashes: UInt8 = 7
}
