internal import COpenSSL
internal import Synchronization

/// TLS of the whole process in numbers, on both sides. One cell each for all threads: a handshake takes a thousand times
/// as long as counting it.
public enum TLSStatistics {
    private static let open = Atomic<Int>(0)
    private static let opened = Atomic<UInt64>(0)
    private static let lookups = Atomic<UInt64>(0)
    private static let misses = Atomic<UInt64>(0)

    /// Connections with TLS now, and since the start.
    public static var connections: Int { max(0, open.load(ordering: .relaxed)) }
    public static var allConnections: UInt64 { opened.load(ordering: .relaxed) }
    /// Sessions that clients wanted to resume by their number, and those that were not there. Tickets look nothing up.
    public static var cacheLookups: UInt64 { lookups.load(ordering: .relaxed) }
    public static var cacheMisses: UInt64 { misses.load(ordering: .relaxed) }

    internal static func noteOpened() {
        open.wrappingAdd(1, ordering: .relaxed)
        opened.wrappingAdd(1, ordering: .relaxed)
    }

    internal static func noteClosed() { open.wrappingSubtract(1, ordering: .relaxed) }

    /// Whether a ticket was opened for the session, which then was not looked up.
    private static let ticketSlot = openssl_new_session_index()

    /// Makes the sessions of a context count.
    internal static func install(in context: OpaquePointer) {
        unsafe SSL_CTX_sess_set_get_cb(context) { _, _, _, isCopy in
            TLSStatistics.lookups.wrappingAdd(1, ordering: .relaxed)
            TLSStatistics.misses.wrappingAdd(1, ordering: .relaxed)
            unsafe isCopy?.pointee = 0
            return nil
        }
        // Says what OpenSSL would do by itself.
        _ = unsafe SSL_CTX_set_session_ticket_cb(
            context, nil,
            { ssl, _, _, _, status, _ in
                let isOpened = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW
                guard isOpened else { return SSL_TICKET_RETURN_IGNORE_RENEW }
                if let ssl = unsafe ssl {
                    _ = unsafe SSL_set_ex_data(
                        ssl, TLSStatistics.ticketSlot, UnsafeMutableRawPointer(bitPattern: 1))
                }
                return status == SSL_TICKET_SUCCESS
                    ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW
            }, nil)
    }

    /// Counts a session that was found.
    internal static func noteHandshake(_ ssl: OpaquePointer) {
        guard unsafe SSL_session_reused(ssl) == 1, unsafe SSL_is_server(ssl) == 1,
            unsafe SSL_get_ex_data(ssl, ticketSlot) == nil
        else { return }
        lookups.wrappingAdd(1, ordering: .relaxed)
    }
}
