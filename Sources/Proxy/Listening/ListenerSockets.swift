package import Configuration
internal import Core
internal import Linux

/// Why a bind line got no socket, in HAProxy's words.
package struct ListenerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `cannot bind socket (Address already in use) [127.0.0.1:80]`
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Opens the sockets of bind lines: by the guard, or by the process before it drops privileges.
package enum ListenerSockets {
    /// HAProxy's `somaxconn` default where neither `backlog` nor `maxconn` says more.
    package static let defaultBacklog = 1024

    /// `count` listening sockets with SO_REUSEPORT, one a worker; for `fd@N` and unix sockets a single one that the
    /// workers share. The caller owns them.
    package static func open(
        _ bind: BindSettings, proxy: ProxySettings, count: Int
    ) -> Result<[Int32], ListenerError> {
        switch bind.address {
        case .descriptor(let number): adopt(number, bind)
        case .address(let address):
            switch address {
            case .ip: openAddress(bind, proxy, address, count)
            case .unix(let path): openUnix(bind, proxy, path)
            case .abstract: openAddress(bind, proxy, address, 1)
            }
        }
    }

    /// Closes what `open` gave.
    package static func close(_ descriptors: [Int32]) {
        for descriptor in descriptors { Descriptors.close(descriptor) }
    }

    /// What a reload may change of sockets that stay.
    package static func refresh(
        _ descriptors: [Int32], _ bind: BindSettings, _ proxy: ProxySettings
    ) {
        guard case .address(let address) = bind.address else { return }
        for descriptor in descriptors {
            Sockets.setBacklog(descriptor, backlog(bind, proxy))
            if address.ip != nil { tune(descriptor, bind, proxy) }
        }
    }

    /// `option tcp-smart-accept`, and what the line asks the kernel for; accepted connections inherit it.
    private static func tune(_ descriptor: Int32, _ bind: BindSettings, _ proxy: ProxySettings) {
        Sockets.set(descriptor, SocketOption.list(bind.tcp))
        let delays = proxy.options.tcpSmartAccept ?? (proxy.mode == .http)
        Sockets.setQuickAcknowledgement(descriptor, !delays)
    }

    private static func adopt(_ number: Int32, _ bind: BindSettings) -> Result<
        [Int32], ListenerError
    > {
        do throws(Errno) {
            let copy = try Descriptors.duplicate(number)
            let socket = Socket(owning: copy)
            try Descriptors.setNonBlocking(copy)
            _ = try socket.localAddress()
            Sockets.setNoDelay(copy)
            Sockets.set(copy, SocketOption.list(bind.tcp))
            return .success([socket.release()])
        } catch {
            return .failure(ListenerError("cannot use inherited socket (\(error)) [fd@\(number)]"))
        }
    }

    private static func openAddress(
        _ bind: BindSettings, _ proxy: ProxySettings, _ address: SocketAddress, _ count: Int
    ) -> Result<[Int32], ListenerError> {
        var opened: [Int32] = []
        for _ in 0..<max(count, 1) {
            switch openOne(bind, proxy, address, sharesPort: address.port != 0 || opened.isEmpty) {
            case .success(let number): opened.append(number)
            case .failure(let error):
                close(opened)
                return .failure(error)
            }
        }
        return .success(opened)
    }

    private static func openOne(
        _ bind: BindSettings, _ proxy: ProxySettings, _ address: SocketAddress, sharesPort: Bool
    ) -> Result<Int32, ListenerError> {
        var step = "cannot create listening socket"
        do throws(Errno) {
            let socket = try Socket(.stream, for: address)
            if address.ip != nil {
                try socket.setReuseAddress()
                try socket.setReusePort()
                if case .ip(.v6, _) = address { try socket.setV6Only(bind.v6only || !bind.v4v6) }
                if bind.isVirtualAddress { try socket.setFreeBind(address.family) }
                if bind.isTransparent {
                    step = "cannot make listening socket transparent"
                    try socket.setTransparent(address.family)
                }
                if let interface = bind.interface {
                    step = "cannot bind listener to device \(interface)"
                    try socket.setDevice(interface)
                }
                if let mss = bind.mss {
                    step = "cannot set MSS to \(mss)"
                    try socket.setMaximumSegment(Int32(clamping: mss))
                }
                if bind.deferAccept { try socket.setDeferAccept(seconds: 1) }
                // A window is agreed upon by the handshake: its buffer has to be there before.
                Sockets.set(socket.number, SocketOption.list(bind.tcp))
                Sockets.setNoDelay(socket.number)
                if proxy.options.tcpKeepAliveClient { Sockets.setKeepAlive(socket.number) }
            }
            step = "cannot bind socket"
            try socket.bind(to: address)
            if bind.tcpFastOpen { try socket.setFastOpen(queue: backlog(bind, proxy)) }
            step = "cannot listen to socket"
            try socket.listen(backlog: backlog(bind, proxy))
            if address.ip != nil { tune(socket.number, bind, proxy) }
            return .success(socket.release())
        } catch {
            return .failure(ListenerError("\(step) (\(error)) [\(address)]"))
        }
    }

    /// Binds beside the old file and renames it into place, so that a reload or a second start never leaves a moment
    /// without the socket, and a stale file is no obstacle.
    private static func openUnix(
        _ bind: BindSettings, _ proxy: ProxySettings, _ path: String
    ) -> Result<[Int32], ListenerError> {
        let temporary = "\(path).\(Processes.identifier).tmp"
        var step = "cannot create listening socket"
        do throws(Errno) {
            let socket = try Socket(.stream, for: .unix(temporary))
            step = "cannot bind UNIX socket"
            try? Files.remove(temporary)
            try socket.bind(to: .unix(temporary))
            step = "cannot change UNIX socket ownership"
            if bind.fileUser != nil || bind.fileGroup != nil {
                try Files.setOwner(
                    temporary, user: bind.fileUser ?? .max, group: bind.fileGroup ?? .max)
            }
            if let mode = bind.fileMode { try Files.setMode(temporary, mode) }
            step = "cannot listen to socket"
            try socket.listen(backlog: backlog(bind, proxy))
            step = "cannot bind UNIX socket"
            try Files.rename(temporary, to: path)
            return .success([socket.release()])
        } catch {
            try? Files.remove(temporary)
            return .failure(ListenerError("\(step) (\(error)) [unix@\(path)]"))
        }
    }

    private static func backlog(_ bind: BindSettings, _ proxy: ProxySettings) -> Int32 {
        let wish = bind.backlog ?? proxy.backlog ?? proxy.maxConnections ?? defaultBacklog
        return Int32(clamping: max(wish, 1))
    }
}
