internal import CNetlink
internal import Core
internal import Linux

/// A request to the kernel; frees libnl's memory when it ends.
@safe
internal struct NetlinkMessage: ~Copyable {
    let pointer: OpaquePointer

    /// Puts an address on an interface, or changes what is there but for the address itself.
    init(adding address: InterfaceAddress) throws(Errno) {
        let flags = Int32(NLM_F_CREATE | NLM_F_REPLACE)
        var message: OpaquePointer?
        let result = try unsafe withRouteAddress(address) {
            unsafe rtnl_addr_build_add_request($0, flags, &message)
        }
        guard result >= 0, let message = unsafe message else { throw .invalid }
        unsafe pointer = message
        // libnl 3.7 does not know IFA_PROTO; older kernels skip attributes that they do not know.
        var mark = address.mark
        if mark != 0 { _ = unsafe nla_put(message, Int32(IFA_PROTO), 1, &mark) }
    }

    /// Takes an address away.
    init(removing address: InterfaceAddress) throws(Errno) {
        var bare = address
        bare.label = nil  // a label that differs would make the kernel look for another address
        bare.broadcast = nil
        bare.flags = 0
        bare.preferredLifetime = nil
        var message: OpaquePointer?
        let result = try unsafe withRouteAddress(bare) {
            unsafe rtnl_addr_build_delete_request($0, 0, &message)
        }
        guard result >= 0, let message = unsafe message else { throw .invalid }
        unsafe pointer = message
    }

    /// Any request: a fixed part of the kernel's and attributes behind it. `flags` beside NLM_F_REQUEST.
    init(
        _ type: Int, flags: UInt32 = 0, body: [UInt8], _ attributes: [NetlinkAttribute]
    ) throws(Errno) {
        guard
            let message = unsafe nlmsg_alloc_simple(
                Int32(clamping: type), Int32(bitPattern: flags))
        else { throw .noMemory }
        var payload = body + NetlinkAttribute.encode(attributes)
        let result = unsafe payload.withUnsafeMutableBytes {
            unsafe nlmsg_append(message, $0.baseAddress, $0.count, Int32(bitPattern: NLMSG_ALIGNTO))
        }
        guard result >= 0 else {
            unsafe nlmsg_free(message)
            throw .noMemory
        }
        unsafe pointer = message
    }

    deinit { unsafe nlmsg_free(pointer) }

    /// The message as bytes that any rtnetlink socket can send.
    var bytes: [UInt8] {
        guard let header = unsafe nlmsg_hdr(pointer) else { return [] }
        unsafe header.pointee.nlmsg_flags |= UInt16(NLM_F_REQUEST)
        return unsafe Array(
            UnsafeRawBufferPointer(start: header, count: Int(header.pointee.nlmsg_len)))
    }
}

/// Lends libnl's form of an address.
private func withRouteAddress(
    _ address: InterfaceAddress, _ body: (OpaquePointer) -> Int32
) throws(Errno) -> Int32 {
    guard let route = unsafe rtnl_addr_alloc() else { throw .noMemory }
    defer { unsafe rtnl_addr_put(route) }
    unsafe rtnl_addr_set_ifindex(route, address.linkIndex)
    unsafe rtnl_addr_set_scope(route, Int32(address.scope))
    if address.flags != 0 { unsafe rtnl_addr_set_flags(route, address.flags) }
    if let preferred = address.preferredLifetime {
        unsafe rtnl_addr_set_valid_lifetime(route, .max)
        unsafe rtnl_addr_set_preferred_lifetime(route, preferred)
    }
    if let label = address.label { _ = unsafe rtnl_addr_set_label(route, label) }
    let local = try LibraryAddress(address.prefix.address)
    // Sets the family too; the prefix length has to be said afterwards.
    guard unsafe rtnl_addr_set_local(route, local.pointer) >= 0 else { throw .invalid }
    unsafe rtnl_addr_set_prefixlen(route, Int32(address.prefix.length))
    if let broadcast = address.broadcast {
        let broadcast = try LibraryAddress(.v4(broadcast))
        guard unsafe rtnl_addr_set_broadcast(route, broadcast.pointer) >= 0 else {
            throw .invalid
        }
    }
    return unsafe body(route)
}

/// An address in libnl's memory; whoever is given it counts its own reference.
@safe
private struct LibraryAddress: ~Copyable {
    let pointer: OpaquePointer

    init(_ address: IPAddress) throws(Errno) {
        let octets = address.octets
        let family: Int32 = address.isIPv4 ? 2 : 10  // AF_INET, AF_INET6
        let built = unsafe octets.withUnsafeBytes {
            unsafe nl_addr_build(family, $0.baseAddress, $0.count)
        }
        guard let built = unsafe built else { throw .noMemory }
        unsafe pointer = built
    }

    deinit { unsafe nl_addr_put(pointer) }
}
