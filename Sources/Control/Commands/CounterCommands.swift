internal import Configuration
internal import Core
internal import Proxy

extension CommandTable {
    /// Commands that set counters back.
    static let counterCommands: [Command] = [
        Command(
            "clear counters", .op, arguments: "[all]",
            does: "clear max statistics counters (or all counters)"
        ) { call, context in
            let all = call.argument(0) == "all"
            if all && context.level < .admin { return .permissionDenied }
            clear(call.snapshot, all: all)
            call.control.clearProcessCounters(all: all)
            return .done
        },
        Command(
            "clear counters server", .admin, arguments: "<bk>/<srv> [force]",
            does: "clear all counters of one server"
        ) { call, _ in
            switch ServerArgument.find(call.argument(0), in: call.snapshot) {
            case .failure(let missing): return missing.reply
            case .success(let server):
                clear(server.state, all: true)
                return .message(.info, "Server counters cleared.")
            }
        },
    ]

    private static func clear(_ snapshot: Snapshot, all: Bool) {
        for proxy in snapshot.proxies {
            proxy.state.clearMaxima()
            for counter in FrontendCounter.allCases where all || counter.isMaximum {
                proxy.state.frontend.clear(counter.rawValue)
            }
            for counter in BackendCounter.allCases where all || counter.isMaximum {
                proxy.state.backend.clear(counter.rawValue)
            }
            for server in proxy.servers {
                clear(server, all: all)
            }
            for listener in proxy.listeners {
                listener.clearMaximum()
                for counter in ListenerCounter.allCases where all {
                    listener.counters.clear(counter.rawValue)
                }
            }
        }
    }

    private static func clear(_ server: ServerState, all: Bool) {
        server.clearMaxima()
        server.sessionRate.clearMaximum()
        for counter in ServerCounter.allCases where all || counter.isMaximum {
            server.counters.clear(counter.rawValue)
        }
        guard all else { return }
        server.withMutable {
            $0.failedChecks = 0
            $0.downs = 0
            $0.observedFailures = 0
        }
    }
}

extension FrontendCounter {
    fileprivate var isMaximum: Bool {
        switch self {
        case .sessionRateMaximum, .requestRateMaximum, .connectionRateMaximum: true
        default: false
        }
    }
}

extension BackendCounter {
    fileprivate var isMaximum: Bool {
        switch self {
        case .queueTimeMaximum, .connectTimeMaximum, .responseTimeMaximum, .totalTimeMaximum: true
        case .sessionRateMaximum: true
        default: false
        }
    }
}

extension ServerCounter {
    fileprivate var isMaximum: Bool {
        switch self {
        case .queueTimeMaximum, .connectTimeMaximum, .responseTimeMaximum, .totalTimeMaximum: true
        case .sessionRateMaximum: true
        default: false
        }
    }
}
