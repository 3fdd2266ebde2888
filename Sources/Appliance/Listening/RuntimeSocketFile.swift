internal import Configuration
internal import Core
internal import Linux

/// Opens the sockets of `stats socket` lines.
internal enum RuntimeSocketFile {
    private static let backlog: Int32 = 128
    /// Mode of the socket that is there by itself: root and its group.
    private static let ownMode: UInt32 = 0o660

    /// `replaces`: an instance that answers at the path is about to end, and its file makes way.
    static func open(
        _ settings: RuntimeSocketSettings, replaces: Bool
    ) -> Result<[Int32], ListenerStore.Failure> {
        do throws(Errno) {
            switch settings.address {
            case .descriptor(let number):
                try Descriptors.setNonBlocking(number)
                try Descriptors.setCloseOnExec(number, true)
                return .success([number])
            case .address(let address):
                let descriptor = try listen(address, replaces)
                if case .unix(let path) = address {
                    if let mode = settings.fileMode { try Files.setMode(path, mode) }
                    if settings.fileUser != nil || settings.fileGroup != nil {
                        try Files.setOwner(path, user: settings.fileUser, group: settings.fileGroup)
                    }
                }
                return .success([descriptor])
            }
        } catch {
            return .failure(
                ListenerStore.Failure(
                    message:
                        "Binding 'stats socket' for frontend GLOBAL: cannot bind UNIX socket (\(error)) [\(settings.address)]"
                ))
        }
    }

    /// The socket in `/run/dyad`, when the directory exists and no other instance answers there.
    static func openOwn(replaces: Bool) -> Result<[Int32], ListenerStore.Failure> {
        let path = ListenerPlan.ownSocket
        let directory = path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        guard (try? Files.kind(directory)) == .directory else {
            return .failure(ListenerStore.Failure(message: "no directory \(directory)"))
        }
        do throws(Errno) {
            let descriptor = try listen(.unix(path), replaces)
            try Files.setMode(path, ownMode)
            return .success([descriptor])
        } catch {
            return .failure(ListenerStore.Failure(message: error.description))
        }
    }

    /// A socket file left by a process that has died is replaced; one that answers is not.
    private static func listen(_ address: SocketAddress, _ replaces: Bool) throws(Errno) -> Int32 {
        if case .unix(let path) = address, replaces {
            // Renamed into place, so that there is no moment without the socket.
            let temporary = "\(path).\(Processes.identifier).tmp"
            try? Files.remove(temporary)
            let socket = try Socket(.stream, for: address)
            try socket.bind(to: .unix(temporary))
            try socket.listen(backlog: backlog)
            try Files.rename(temporary, to: path)
            return socket.release()
        }
        if case .unix(let path) = address, (try? Files.kind(path)) == .socket {
            let probe = try Socket(.stream, for: address)
            if probe.connect(to: address) == nil { throw .addressInUse }
            try Files.remove(path)
        }
        let socket = try Socket(.stream, for: address)
        if address.ip != nil { try socket.setReuseAddress() }
        try socket.bind(to: address)
        try socket.listen(backlog: backlog)
        return socket.release()
    }
}
