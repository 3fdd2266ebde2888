internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Logging
internal import Proxy

// A reload inside the process: everything that kept its name keeps its state; streams finish on the snapshot that they
// began with.
extension Service {
    func apply(
        _ configuration: ServiceConfiguration, _ sockets: [String: [Int32]], _ generation: Int,
        _ messages: String
    ) {
        guard let modules, case .running = phase else {
            host.tell(.refused(generation: generation, reason: "the service is stopping"))
            return
        }
        let before = Set(
            ListenerPlan(self.configuration, withOwnSocket: true).entries.map(\.key))
        let plan = ListenerPlan(configuration, withOwnSocket: true)
        let dropped = before.subtracting(plan.entries.map(\.key)).filter { self.sockets[$0] != nil }
        let mailbox = mailbox
        let keys = dropped.sorted()
        do throws(StartFailure) {
            try modules.apply(
                configuration, sockets: sockets, in: loop,
                swapped: { mailbox.post(.swapped(generation: generation, messages)) },
                released: { mailbox.post(.released(keys: keys)) })
        } catch {
            host.tell(.refused(generation: generation, reason: error.message))
            return
        }
        self.configuration = configuration
        self.sockets = sockets.filter { key, _ in !dropped.contains(key) }
        self.generation = generation
    }

    /// Nobody serves by the configuration before: now it is true. `messages`: what the loader had to say.
    func reloadIsInForce(_ generation: Int, _ messages: String) {
        guard let modules else { return }
        host.tell(.ready(generation: generation))
        let summary = "configuration \(generation) is in force"
        logs.system.notice("Reloaded: \(summary).")
        modules.desk.reloadEnded(
            success: true, messages + summary, runtime: modules.runtime, in: loop)
    }

    func reloadFailed(_ reason: String) {
        logs.system.alert(
            "Reload failed, the running configuration stays in force: \(reason.firstLine)")
        if let modules {
            modules.desk.reloadEnded(success: false, reason, runtime: modules.runtime, in: loop)
        }
    }
}

extension String {
    /// For log lines, which are lines.
    fileprivate var firstLine: String {
        split(separator: "\n", omittingEmptySubsequences: true)
            .first { $0.contains("[ALERT]") || !$0.hasPrefix("[") }.map(String.init) ?? self
    }
}
