import ConfigurationLanguage
import Core
import Diagnostics

/// What the kernel is asked for TCP connections: words of `bind` and `server` lines, of proxies and of `global`.
enum TCPKeywords {
    private static let algorithms = "/proc/sys/net/ipv4/tcp_available_congestion_control"

    // MARK: Lines of addresses

    static let bind: [Keyword<BindKeywords.Draft>] = line(.frontends, \.settings.tcp)

    static let server: [Keyword<ServerDraft>] =
        line(.serverSide, \.settings.tcp) + [
            Keyword(
                "tfo", in: .serverSide, "",
                "TCP fast open where we speak first; failures then come behind the request: see 'retry-on'."
            ) { server, _ in server.settings.tcp.connectsFast = true },
            Keyword("no-tfo", in: .serverSide, "", "No fast open (the default).") { server, _ in
                server.settings.tcp.connectsFast = false
            },
        ]

    private static func line<Target>(
        _ sections: SectionSet, _ path: any WritableKeyPath<Target, TCPSettings> & Sendable
    ) -> [Keyword<Target>] {
        [
            Keyword(
                "tcp-ut", in: sections, "<time>",
                "How long sent data may stay without acknowledgement before the connection ends."
            ) { target, statement in
                statement.name = "tcp-ut"
                guard let time = statement.duration() else { return }
                target[keyPath: path].userTimeout = Int(time / .milliseconds(1))
            },
            Keyword(
                "cc", in: sections, "<algorithm>",
                "Congestion control, of those that the kernel has; else its default."
            ) { target, statement in
                guard let word = statement.argument(or: "'cc' : missing algorithm name") else {
                    return
                }
                target[keyPath: path].congestionControl = word.text
                warnIfUnknown(word, statement)
            },
        ]
    }

    /// What is not loaded now may be loaded by asking, but only for those who may.
    private static func warnIfUnknown(_ word: Word, _ statement: Statement) {
        guard case .success(let bytes) = statement.context.loader.readFile(algorithms) else {
            return
        }
        let known = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard !known.contains(where: { $0 == word.text }) else { return }
        statement.warn(
            "'cc' : the kernel has no congestion control algorithm '\(word.text)', its default stays.",
            at: word, fix: "it has \(known.joined(separator: ", "))")
    }

    // MARK: Proxies

    static let proxy: [Keyword<ProxyDraft>] =
        probes("clitcpka", "clients", .clientSide, \.settings.clientProbes)
        + probes("srvtcpka", "servers", .serverSide, \.settings.serverProbes)

    private static func probes(
        _ side: String, _ whom: String, _ sections: SectionSet,
        _ path: any WritableKeyPath<ProxyDraft, KeepAliveProbes> & Sendable
    ) -> [Keyword<ProxyDraft>] {
        [
            Keyword(
                "\(side)-cnt", in: sections, "<number>",
                "With 'option \(side)': probes of \(whom) without an answer that end a connection."
            ) { proxy, statement in
                // The kernel's MAX_TCP_KEEPCNT.
                guard let number = statement.integer(in: 0...127) else {
                    return statement.skipRest()
                }
                proxy[keyPath: path].count = number
                statement.finish()
            },
            Keyword(
                "\(side)-idle", in: sections, "<time>",
                "With 'option \(side)': silence of \(whom) before the first probe."
            ) { proxy, statement in
                if let time = seconds(&statement) { proxy[keyPath: path].idle = time }
            },
            Keyword(
                "\(side)-intvl", in: sections, "<time>",
                "With 'option \(side)': time between two probes of \(whom)."
            ) { proxy, statement in
                if let time = seconds(&statement) { proxy[keyPath: path].interval = time }
            },
        ]
    }

    /// The kernel counts whole seconds, 32767 at most.
    private static func seconds(_ statement: inout Statement) -> Int? {
        guard let time = statement.duration(unit: .seconds) else {
            statement.skipRest()
            return nil
        }
        guard time >= .seconds(1), time <= .seconds(32767) else {
            statement.alert(
                "'\(statement.name)' expects a time between 1 and 32767 seconds.",
                fix: "the kernel counts whole seconds")
            statement.skipRest()
            return nil
        }
        statement.finish()
        return Int(time / .seconds(1))
    }

    // MARK: The process

    static let process: [Keyword<ProcessSettings>] = [
        size("tune.rcvbuf.client", \.clientBuffers.receive, "Kernel's receive buffer of clients."),
        size("tune.sndbuf.client", \.clientBuffers.send, "Kernel's send buffer of clients."),
        size("tune.rcvbuf.server", \.serverBuffers.receive, "Kernel's receive buffer of servers."),
        size("tune.sndbuf.server", \.serverBuffers.send, "Kernel's send buffer of servers."),
        size(
            "tune.notsent-lowat.client", \.clientBuffers.unsent,
            "Data for clients that the kernel takes before it can send them."),
        size(
            "tune.notsent-lowat.server", \.serverBuffers.unsent,
            "Data for servers that the kernel takes before it can send them."),
    ]

    private static func size(
        _ name: String, _ path: any WritableKeyPath<ProcessSettings, Int> & Sendable,
        _ summary: String
    ) -> Keyword<ProcessSettings> {
        Keyword(name, in: .global, "<size>", summary) { process, statement in
            guard let size = statement.size(in: 0...Int(Int32.max)) else {
                return statement.skipRest()
            }
            process[keyPath: path] = size
            statement.finish()
        }
    }
}
