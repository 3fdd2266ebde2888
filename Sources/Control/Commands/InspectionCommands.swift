internal import Configuration
internal import Core
internal import Linux
internal import Proxy

extension CommandTable {
    /// Commands that ask the workers what is going on; the reply comes when all have answered.
    static let inspectionCommands: [Command] = [
        Command(
            "show sess", .op, arguments: "[id]",
            does: "report the list of current sessions or dump this exact session", showSessions),
        Command("shutdown session", .admin, does: "kill a specific session") { call, context in
            guard let id = SessionID(call.argument(0)) else {
                return .error("Session pointer expected (use 'show sess').")
            }
            call.control.inspect(.end(id), context.ticket) { reports in
                reports.contains { $0.ended > 0 } ? "" : "No such session (use 'show sess').\n"
            }
            return .later
        },
        Command(
            "show activity", does: "show per-thread activity stats (for support/developers)"
        ) { call, context in
            let facts = call.control.facts
            let uptime = (call.now - facts.startedAt).components.seconds
            call.control.inspect(.numbers, context.ticket) { activity($0, uptime: uptime) }
            return .later
        },
        Command("show pools", does: "report information about the memory pools usage") {
            call, context in
            call.control.inspect(.numbers, context.ticket, answer: pools)
            return .later
        },
        Command(
            "show fd", .op, arguments: "[num]",
            does: "dump list of file descriptors in use or a specific one"
        ) { call, context in
            let wanted = Int32(call.argument(0))
            call.control.inspect(.descriptors, context.ticket) { descriptors($0, wanted) }
            return .later
        },
    ]

    private static func showSessions(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        let word = call.argument(0)
        if let id = SessionID(word) {
            call.control.inspect(.session(id), context.ticket) { reports in
                let found = reports.flatMap(\.sessions).first
                return found.map { SessionText.details($0, realtime: Clock.realtime()) }
                    ?? "Session not found.\n"
            }
        } else {
            let isLong = word == "all"
            call.control.inspect(.sessions, context.ticket) { reports in
                let time = Clock.realtime()
                let lines = reports.lazy.flatMap(\.sessions).map {
                    isLong ? SessionText.details($0, realtime: time) : SessionText.line($0)
                }
                return lines.joined() + (isLong ? "" : SessionText.own)
            }
        }
        return .later
    }

    // MARK: Numbers

    /// `name: total [ first second … ]`, a line for each number, as HAProxy.
    private static func activity(_ reports: [WorkerReport], uptime: Int64) -> String {
        let time = Clock.realtime()
        var text = "thread_id: 0 (1..\(reports.count))\n"
        text +=
            "date_now: \(time / 1_000_000_000).\(DateText.padded(time / 1000 % 1_000_000, to: 6))\n"
        text += "uptime_now: \(uptime)\n"
        let rows: [(String, (WorkerReport) -> UInt64)] = [
            ("loops", { $0.turns }), ("poll_io", { $0.events }),
            ("clients", { UInt64($0.clients) }), ("idle_clients", { UInt64($0.idleClients) }),
            ("streams", { UInt64($0.streams) }), ("servers", { UInt64($0.servers) }),
            ("idle_servers", { UInt64($0.idleServers) }),
        ]
        for (name, value) in rows {
            let values = reports.map(value)
            let parts = values.map { "\($0)" }.joined(separator: " ")
            text += "\(name): \(values.reduce(0, &+)) [ \(parts) ]\n"
        }
        return text
    }

    private static func pools(_ reports: [WorkerReport]) -> String {
        // Buffers have several sizes, so they are counted in bytes.
        var text = "Dumping pools usage.\n"
        for report in reports {
            let cached = report.bufferBytes - report.usedBufferBytes
            text +=
                "  - Pool buffer\(report.worker + 1) (1 bytes) : "
                + "\(report.bufferBytes) allocated (\(report.bufferBytes) bytes), "
                + "\(report.usedBufferBytes) used (~\(cached) by thread caches), needed_avg 0, 0 failures, 1 users\n"
        }
        let allocated = reports.reduce(0) { $0 + $1.bufferBytes }
        let used = reports.reduce(0) { $0 + $1.usedBufferBytes }
        return text
            + "Total: \(reports.count) pools, \(allocated) bytes allocated, \(used) used (~\(allocated - used) by thread caches).\n"
    }

    private static func descriptors(_ reports: [WorkerReport], _ wanted: Int32?) -> String {
        let all = reports.flatMap(\.descriptors)
            .filter { wanted == nil || $0.descriptor == wanted }
            .sorted { $0.descriptor < $1.descriptor }
        return all.map { report in
            let number = "\(report.descriptor)"
            let padding = String(repeating: " ", count: max(0, 7 - number.utf8.count))
            let owner =
                switch report.owner {
                case .listener(let frontend): "listener fe=\(frontend)"
                case .client(let frontend, let source, let phase):
                    "client fe=\(frontend) src=\(source.ip.map { "\($0)" } ?? "unix"):\(source.port) st=\(phase)"
                case .server(let backend, let server, let phase):
                    "server px=\(backend) sv=\(server) st=\(phase)"
                }
            return "\(padding)\(number) : thread=\(report.worker + 1) \(owner)\n"
        }.joined()
    }
}
