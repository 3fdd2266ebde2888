internal import Configuration
internal import Core
internal import Diagnostics
internal import Linux
internal import Proxy

/// Owns listening sockets by key. The guard has one for the life of the service; without a guard the process has.
internal struct ListenerStore {
    /// Why a socket could not be opened: HAProxy's sentence.
    struct Failure: Error, Sendable, Equatable {
        let message: String
    }

    /// Descriptors of each key: one a worker, one for a runtime socket.
    private(set) var sockets: [String: [Int32]] = [:]

    /// Which files the socket files are: another instance may put its own in their place.
    private var identities: [String: Files.Identity] = [:]
    /// Another instance is being replaced: its runtime sockets' files make way for ours.
    private let replacesRunning: Bool

    init(replacesRunning: Bool = false) { self.replacesRunning = replacesRunning }

    var keys: [String] { sockets.keys.sorted() }

    /// Opens what the plan has and the store has not. On failure everything that it opened is closed again.
    /// Returns the keys that are new.
    mutating func open(
        _ plan: ListenerPlan, _ configuration: ServiceConfiguration, workers: Int
    ) -> Result<[String], Failure> {
        var opened: [String] = []
        for entry in plan.entries where sockets[entry.key] != nil {
            ListenerStore.refresh(entry, configuration)
        }
        for entry in plan.entries where sockets[entry.key] == nil {
            let result: Result<[Int32], Failure>
            switch entry.place {
            case .bind(let proxy, let bind):
                result = ListenerStore.openBind(
                    configuration.proxies[proxy], bind, count: workers)
            case .runtime(let index?):
                result = RuntimeSocketFile.open(
                    configuration.process.runtimeSockets[index], replaces: replacesRunning)
            case .runtime(nil):
                // Not having it is no reason not to serve: the directory may be missing, or another instance holds it.
                guard
                    case .success(let own) = RuntimeSocketFile.openOwn(replaces: replacesRunning)
                else { continue }
                result = .success(own)
            }
            switch result {
            case .success(let descriptors):
                adopt(entry.key, descriptors)
                opened.append(entry.key)
            case .failure(let failure):
                for key in opened { close(key) }
                return .failure(failure)
            }
        }
        return .success(opened)
    }

    /// A socket file that stays gets the mode and the owner that the new configuration says.
    private static func refresh(_ entry: ListenerPlan.Entry, _ configuration: ServiceConfiguration)
    {
        guard let path = ListenerPlan.file(of: entry.key) else { return }
        let (mode, user, group): (UInt32?, UInt32?, UInt32?)
        switch entry.place {
        case .bind(let proxy, let bind):
            let line = configuration.proxies[proxy].binds[bind]
            (mode, user, group) = (line.fileMode, line.fileUser, line.fileGroup)
        case .runtime(let index?):
            let line = configuration.process.runtimeSockets[index]
            (mode, user, group) = (line.fileMode, line.fileUser, line.fileGroup)
        case .runtime(nil): return
        }
        if let mode { try? Files.setMode(path, mode) }
        if user != nil || group != nil { try? Files.setOwner(path, user: user, group: group) }
    }

    /// Takes sockets over that another process opened.
    mutating func adopt(_ key: String, _ descriptors: [Int32]) {
        sockets[key, default: []] += descriptors
        if let path = ListenerPlan.file(of: key) { identities[key] = Files.identity(path) }
    }

    /// Takes those sockets of another instance over that listen where the plan does. The others are closed.
    mutating func adopt(
        _ found: [SocketAddress: [Int32]], _ plan: ListenerPlan,
        _ configuration: ServiceConfiguration, workers: Int
    ) {
        var found = found
        for entry in plan.entries {
            guard case .bind(let proxy, let bind) = entry.place,
                case .address(let address) = configuration.proxies[proxy].binds[bind].address,
                // What such a socket was bound to cannot be asked of it.
                configuration.proxies[proxy].binds[bind].interface == nil,
                var descriptors = found.removeValue(forKey: address)
            else { continue }
            // One alone is shared by all workers; of several each has its own.
            if descriptors.count > 1, descriptors.count < workers,
                case .success(let more) = ListenerStore.openBind(
                    configuration.proxies[proxy], bind, count: workers - descriptors.count)
            {
                descriptors += more
            }
            adopt(entry.key, descriptors)
        }
        for descriptor in found.values.joined() { Descriptors.close(descriptor) }
    }

    /// Closes a key's sockets and removes its file.
    mutating func close(_ key: String) {
        for descriptor in sockets.removeValue(forKey: key) ?? [] { Descriptors.close(descriptor) }
        removeFile(key)
    }

    /// Removes the socket files; for the end of the service.
    func removeFiles() {
        for key in sockets.keys { removeFile(key) }
    }

    private func removeFile(_ key: String) {
        guard let path = ListenerPlan.file(of: key), let identity = identities[key],
            Files.identity(path) == identity
        else { return }
        try? Files.remove(path)
    }

    private static func openBind(
        _ proxy: ProxySettings, _ index: Int, count: Int
    ) -> Result<[Int32], Failure> {
        let bind = proxy.binds[index]
        switch ListenerSockets.open(bind, proxy: proxy, count: count) {
        case .success(let descriptors): return .success(descriptors)
        case .failure(let error):
            let place = "\(bind.range.file):\(bind.range.line)"
            return .failure(
                Failure(message: "Binding [\(place)] for frontend \(proxy.name): \(error)"))
        }
    }
}
