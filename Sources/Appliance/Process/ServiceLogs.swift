internal import Configuration
internal import Core
internal import Linux
internal import Logging
internal import Synchronization

/// Every log target of the process, the lists of the proxies, and the daemon's own log.
internal final class ServiceLogs: Sendable {
    /// keepalived's facility: `daemon`.
    private static let daemonFacility: UInt8 = 3

    let system: SystemLog
    private let targets: LogTargets
    private let defaultTag: String
    /// Of the lines that no `log` line sends anywhere: keepalived's `-S` (local0 to local7), else `daemon`.
    private let facility: UInt8
    /// Targets whose connection was lost and that cannot make a new one from here.
    private let lost: LostTargets

    private final class LostTargets: Sendable {
        let all = Mutex<[LogTarget]>([])
    }

    /// `connectionLost` gets the path of a unix target that only somebody outside the chroot can connect again; from
    /// any thread.
    init(
        options: Options, configuration: ServiceConfiguration,
        connectionLost: @escaping @Sendable (String) -> Void
    ) {
        let lost = LostTargets()
        self.lost = lost
        defaultTag = options.personality.rawValue
        facility =
            options.logFacility.map { 16 + UInt8(clamping: $0) } ?? ServiceLogs.daemonFacility
        targets = LogTargets { target in
            guard case .unix(let path) = target.settings.destination else { return }
            lost.all.withLock { all in
                if !all.contains(where: { $0 === target }) { all.append(target) }
            }
            connectionLost(path)
        }
        let isQuiet =
            options.isQuiet || configuration.process.isQuiet || options.role == .background
        system = SystemLog(
            targets: targets,
            lists: ServiceLogs.lists(configuration, targets, defaultTag, facility),
            process: Processes.identifier, hostname: configuration.process.logHostname,
            console: isQuiet ? nil : LogConsole())
    }

    /// The log of a guard: it outlives processes and reloads, and keeps the targets that it started with. Where the
    /// files name none, the system's log is told all the same: nobody else can say that a process died.
    static func guardLog(options: Options, configuration: ServiceConfiguration) -> SystemLog {
        let facility =
            options.logFacility.map { 16 + UInt8(clamping: $0) } ?? ServiceLogs.daemonFacility
        let named = globalTargets(configuration, facility)
        let wanted =
            named.isEmpty
            ? [LogTargetSettings(destination: .unix("/dev/log"), facility: facility)] : named
        let targets = LogTargets()
        let tag = configuration.process.logTag ?? options.personality.rawValue
        return SystemLog(
            targets: targets, lists: SystemLogLists(global: list(wanted, tag: tag, targets)),
            process: Processes.identifier, hostname: configuration.process.logHostname,
            console: nil)
    }

    /// For each proxy, by its index: where its traffic lines go.
    func proxyLists(_ configuration: ServiceConfiguration) -> [LogList] {
        configuration.proxies.map {
            ServiceLogs.list(
                $0.logTargets, tag: $0.logTag ?? configuration.process.logTag ?? defaultTag, targets
            )
        }
    }

    /// Lines that never reached a target.
    var dropped: Int { system.dropped }

    /// After a reload.
    func apply(_ configuration: ServiceConfiguration) {
        system.setLists(ServiceLogs.lists(configuration, targets, defaultTag, facility))
        targets.keep(
            ServiceLogs.globalTargets(configuration, facility)
                + configuration.proxies.flatMap(\.logTargets))
    }

    /// A connection that somebody else made; -1: it could not be had.
    func adopt(path: String, descriptor: Int32) {
        guard descriptor >= 0 else { return }
        let waiting = lost.all.withLock { all in
            let matching = all.filter { $0.settings.destination == .unix(path) }
            all.removeAll { $0.settings.destination == .unix(path) }
            return matching
        }
        for target in waiting {
            guard let copy = try? Descriptors.duplicate(descriptor) else { continue }
            try? target.adopt(Descriptor(owning: copy))
        }
        Descriptors.close(descriptor)
    }

    private static func lists(
        _ configuration: ServiceConfiguration, _ targets: LogTargets, _ defaultTag: String,
        _ facility: UInt8
    ) -> SystemLogLists {
        let tag = configuration.process.logTag ?? defaultTag
        var proxies: [String: LogList] = [:]
        for proxy in configuration.proxies {
            proxies[proxy.name] = list(proxy.logTargets, tag: proxy.logTag ?? tag, targets)
        }
        return SystemLogLists(
            global: list(globalTargets(configuration, facility), tag: tag, targets),
            proxies: proxies)
    }

    /// Without a proxy section there is no `log` line, and keepalived's users look into the system's log.
    private static func globalTargets(
        _ configuration: ServiceConfiguration, _ facility: UInt8
    ) -> [LogTargetSettings] {
        if !configuration.process.logTargets.isEmpty || configuration.hasProxySection {
            return configuration.process.logTargets
        }
        return [
            LogTargetSettings(destination: .unix("/dev/log"), facility: facility)
        ]
    }

    private static func list(
        _ settings: [LogTargetSettings], tag: String, _ targets: LogTargets
    ) -> LogList {
        LogList(targets: settings.compactMap { try? targets.target($0).get() }, tag: tag)
    }
}
