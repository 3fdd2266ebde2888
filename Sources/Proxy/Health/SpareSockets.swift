internal import Core
internal import Linux

/// Sockets of checks that were only connected: disconnecting one and connecting it again costs half of what a new one
/// does, and tells the server the same, a reset.
struct SpareSockets: ~Copyable {
    /// Of each family. Checks begin in small crowds, so that few are enough.
    static let limit = 64

    private var version4: [Int32] = []
    private var version6: [Int32] = []

    init() {}

    /// One for an address; nil: there is none.
    mutating func take(for address: IPAddress) -> Int32? {
        switch address {
        case .v4: version4.popLast()
        case .v6: version6.popLast()
        }
    }

    /// Takes over a connected socket that no loop has seen. False: it stays the caller's.
    mutating func keep(_ socket: Int32, of address: IPAddress) -> Bool {
        switch address {
        case .v4:
            guard version4.count < SpareSockets.limit, Sockets.disconnect(socket) else {
                return false
            }
            version4.append(socket)
        case .v6:
            guard version6.count < SpareSockets.limit, Sockets.disconnect(socket) else {
                return false
            }
            version6.append(socket)
        }
        return true
    }

    deinit {
        for socket in version4 { Descriptors.close(socket) }
        for socket in version6 { Descriptors.close(socket) }
    }
}
