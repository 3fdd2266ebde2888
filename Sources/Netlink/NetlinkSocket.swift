internal import CNetlink
internal import Linux

/// A libnl socket that speaks rtnetlink. The only place that holds its pointers.
@safe
internal final class NetlinkSocket {
    private let socket: OpaquePointer
    private let sink = Sink()

    /// What the callbacks found while libnl was reading.
    private final class Sink {
        var changes: [NetworkChange] = []
        var failure: Int32 = 0
    }

    /// Room for bursts of messages, for instance when a bridge with many ports goes down.
    private static let receiveBytes: Int32 = 1 << 20

    /// `groups`: RTNLGRP numbers to listen to. A socket that listens does not block.
    init(groups: [UInt32] = []) throws(Errno) {
        guard let socket = unsafe nl_socket_alloc() else { throw .noMemory }
        unsafe self.socket = socket
        if !groups.isEmpty { unsafe nl_socket_disable_seq_check(socket) }
        try unsafe NetlinkSocket.check(nl_connect(socket, NETLINK_ROUTE))
        try unsafe NetlinkSocket.check(
            nl_socket_set_buffer_size(socket, NetlinkSocket.receiveBytes, 0))
        for group in groups {
            try unsafe NetlinkSocket.check(nl_socket_add_membership(socket, Int32(group)))
        }
        if !groups.isEmpty { try unsafe NetlinkSocket.check(nl_socket_set_nonblocking(socket)) }
        let context = unsafe Unmanaged.passUnretained(sink).toOpaque()
        try unsafe NetlinkSocket.check(
            nl_socket_modify_cb(
                socket, NL_CB_VALID, NL_CB_CUSTOM,
                { message, context in
                    guard let message = unsafe message, let context = unsafe context,
                        let change = unsafe NetworkChange(message)
                    else { return Int32(NL_OK.rawValue) }
                    unsafe Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue().changes
                        .append(change)
                    return Int32(NL_OK.rawValue)
                }, context))
        try unsafe NetlinkSocket.check(
            nl_socket_modify_err_cb(
                socket, NL_CB_CUSTOM,
                { _, error, context in
                    guard let error = unsafe error, let context = unsafe context else {
                        return Int32(NL_STOP.rawValue)
                    }
                    unsafe Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue().failure =
                        error.pointee.error
                    return Int32(NL_STOP.rawValue)
                }, context))
    }

    deinit { unsafe nl_socket_free(socket) }

    var descriptor: Int32 { unsafe nl_socket_get_fd(socket) }

    /// Sends a message and waits for the kernel's answer, which is there when the sending returns.
    func request(_ message: borrowing NetlinkMessage) throws(Errno) {
        sink.failure = 0
        try unsafe NetlinkSocket.check(nl_send_auto(socket, message.pointer))
        let result = unsafe nl_wait_for_ack(socket)
        if sink.failure != 0 { throw Errno(rawValue: -sink.failure) }
        try NetlinkSocket.check(result)
    }

    /// Everything of a kind: RTM_GETLINK or RTM_GETADDR.
    func dump(_ type: Int32) throws(Errno) -> [NetworkChange] {
        sink.changes = []
        sink.failure = 0
        try unsafe NetlinkSocket.check(nl_rtgen_request(socket, type, 0, Int32(NLM_F_DUMP)))
        let result = unsafe nl_recvmsgs_default(socket)
        if sink.failure != 0 { throw Errno(rawValue: -sink.failure) }
        try NetlinkSocket.check(result)
        defer { sink.changes = [] }
        return sink.changes
    }

    /// The messages of one datagram; nil when none waits. Throws `noBuffers` when some were lost.
    func receive() throws(Errno) -> [NetworkChange]? {
        sink.changes = []
        let result = unsafe nl_recvmsgs_default(socket)
        if result == -Int32(NLE_AGAIN) { return nil }
        // libnl has one number for ENOMEM and ENOBUFS; both mean that we do not know any more.
        if result == -Int32(NLE_NOMEM) { throw .noBuffers }
        try NetlinkSocket.check(result)
        defer { sink.changes = [] }
        return sink.changes
    }

    /// Turns libnl's own numbers back into the system's.
    private static func check(_ result: Int32) throws(Errno) {
        guard result < 0 else { return }
        switch UInt32(-result) {
        case UInt32(NLE_PERM): throw .permission
        case UInt32(NLE_NOACCESS): throw .access
        case UInt32(NLE_NOMEM): throw .noMemory
        case UInt32(NLE_EXIST): throw .exists
        case UInt32(NLE_OBJ_NOTFOUND): throw .addressNotAvailable
        case UInt32(NLE_NODEV): throw .noDevice
        case UInt32(NLE_AGAIN): throw .wouldBlock
        case UInt32(NLE_INTR), UInt32(NLE_DUMP_INTR): throw .interrupted
        default: throw .invalid
        }
    }
}
