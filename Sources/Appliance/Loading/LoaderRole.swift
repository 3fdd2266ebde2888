internal import Configuration
internal import Core
internal import Linux

/// The short-lived program that reads the files for a reload of a guarded service: root, outside the chroot, no
/// traffic. It opens what the new configuration needs, hands it to the guard and ends.
internal struct LoaderRole {
    private let options: Options
    private let channel: GuardChannel

    /// `channel`: descriptor 3.
    init(options: Options, channel: GuardChannel) {
        self.options = options
        self.channel = channel
    }

    func run() -> Int32 {
        guard let (known, workers) = readKnown() else { return 1 }
        let recorder = BundleRecorder(source: .system())
        let outcome = ConfigurationLoad(options: options).read(with: recorder.loader)
        guard let configuration = outcome.configuration else {
            return fail(outcome.messages)
        }
        let plan = ListenerPlan(configuration, withOwnSocket: true)
        var store = ListenerStore()
        for key in known { store.adopt(key, []) }
        switch store.open(plan, configuration, workers: workers) {
        case .failure(let failure): return fail(outcome.messages + failure.message + "\n")
        case .success(let opened): send(opened, of: store)
        }
        do throws(Errno) {
            let bundle = try MemoryFile.make("dyad-configuration", recorder.bundle.encoded())
            let keys = plan.entries.map(\.key).filter { store.sockets[$0] != nil }
            let report = LoadReport(
                keys: keys, permissions: GuardPermissions(configuration), notes: outcome.messages)
            let details = try MemoryFile.make("dyad-load-report", report.encoded())
            let isSent = channel.send(
                LoaderMessage.finished.encoded(), descriptors: [bundle, details])
            return isSent ? 0 : 1
        } catch {
            return fail("cannot hand the configuration over: \(error)\n")
        }
    }

    /// The keys of the sockets that are open, and how many each bind line has.
    private func readKnown() -> (keys: Set<String>, workers: Int)? {
        var keys: Set<String> = []
        var workers = 1
        while true {
            guard case .message(let bytes, _) = channel.receiveBlocking(),
                let message = try? GuardMessage(decoding: bytes)
            else { return nil }
            switch message {
            case .listeners(let some, let counts):
                keys.formUnion(some)
                workers = counts.max() ?? workers
            case .apply: return (keys, workers)
            default: return nil
            }
        }
    }

    private func send(_ opened: [String], of store: ListenerStore) {
        for key in opened {
            var rest = (store.sockets[key] ?? [])[...]
            while !rest.isEmpty {
                let part = Array(rest.prefix(GuardChannel.descriptorsAtOnce))
                rest = rest.dropFirst(part.count)
                channel.send(
                    LoaderMessage.opened(keys: [key], counts: [part.count]).encoded(),
                    descriptors: part)
            }
        }
    }

    private func fail(_ reason: String) -> Int32 {
        let most = GuardChannel.messageLimit - 1024
        let text = String(decoding: Array(reason.utf8.prefix(most)), as: UTF8.self)
        channel.send(LoaderMessage.failed(reason: text).encoded())
        return 1
    }
}
