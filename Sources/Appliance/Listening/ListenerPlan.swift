internal import Configuration

/// Every socket that a configuration listens on, with a key that says whether one that is open already serves.
internal struct ListenerPlan: Sendable {
    enum Place: Sendable, Equatable {
        /// Indexes of the proxy and of its bind line.
        case bind(proxy: Int, bind: Int)
        /// Index of the `stats socket` line; nil: the socket that is there by itself.
        case runtime(Int?)
    }

    struct Entry: Sendable {
        /// Address and all that was set when the socket was opened; the same key, the same socket.
        let key: String
        let place: Place
    }

    /// The socket that every service has: dyadctl finds it without a configuration.
    static let ownSocket = "/run/dyad/dyad.sock"

    private(set) var entries: [Entry] = []

    /// Binds of disabled proxies are not in it.
    init(_ configuration: ServiceConfiguration, withOwnSocket: Bool) {
        var uses: [String: Int] = [:]
        func add(_ key: String, _ place: Place) {
            let use = uses[key, default: 0]
            uses[key] = use + 1
            entries.append(Entry(key: use == 0 ? key : "\(key) #\(use + 1)", place: place))
        }
        for (proxy, settings) in configuration.proxies.enumerated() where !settings.isDisabled {
            for (bind, line) in settings.binds.enumerated() {
                add(ListenerPlan.key(of: line), .bind(proxy: proxy, bind: bind))
            }
        }
        for (index, socket) in configuration.process.runtimeSockets.enumerated() {
            add("runtime \(socket.address)", .runtime(index))
        }
        let own = "runtime unix@\(ListenerPlan.ownSocket)"
        if withOwnSocket && uses[own] == nil { add(own, .runtime(nil)) }
    }

    /// The socket file that a key names.
    static func file(of key: String) -> String? {
        let words = key.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[1].hasPrefix("unix@") else { return nil }
        return String(words[1].dropFirst("unix@".count))
    }

    private static func key(of bind: BindSettings) -> String {
        var key = "bind \(bind.address)"
        if let interface = bind.interface { key += " interface \(interface)" }
        if bind.isTransparent { key += " transparent" }
        if bind.v6only { key += " v6only" }
        if bind.deferAccept { key += " defer-accept" }
        if bind.tcpFastOpen { key += " tfo" }
        if let mss = bind.mss { key += " mss \(mss)" }
        // A socket cannot be given back the kernel's own values: other wishes, another socket.
        if !bind.tcp.isEmpty { key += " \(bind.tcp.text)" }
        return key
    }
}
