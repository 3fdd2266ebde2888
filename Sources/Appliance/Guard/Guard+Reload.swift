internal import Core
internal import EventLoop
internal import Linux

// A reload of a guarded service: a loader reads the files as root, the process takes the result over.
extension Guard {
    /// One reload on its way.
    internal struct Reload {
        let generation: Int
        let startedAt: Instant
        /// -1 once it has ended.
        var loader: Int32
        let channel: GuardChannel
        /// Sockets that only the new configuration has.
        var opened: [String: [Int32]] = [:]
        var keys: [String] = []
        var permissions: GuardPermissions?
        var bundle: Int32 = -1
        var isHandedOver = false
    }

    internal func startReload() {
        guard reload == nil else {
            reloadIsWanted = true
            return
        }
        guard announcedStatus == nil, !isDraining else { return }
        notifier?.reloading()
        do throws(Errno) {
            let (ours, theirs) = try Socket.pair(.datagram)
            let loader = GuardChannel(owning: ours)
            defer { Descriptors.close(theirs) }
            let pid = try spawn("--as-loader", channel: theirs)
            reload = Reload(
                generation: generation + 1, startedAt: loop.now, loader: pid, channel: loader)
            try loop.add(ours, [.readable, .peerEnded], Token(kind: Kind.loader.rawValue))
            // Keys in use, so that it opens only what is new; as many sockets a line as we have.
            let keys = listeners.keys
            for start in stride(from: 0, to: keys.count, by: 100) {
                let part = Array(keys[start..<min(start + 100, keys.count)])
                loader.send(
                    GuardMessage.listeners(
                        keys: part, counts: Array(repeating: workers, count: part.count)
                    ).encoded())
            }
            loader.send(GuardMessage.apply(generation: generation + 1, resuming: []).encoded())
        } catch {
            endReload(failure: error.description)
        }
    }

    internal func readLoader() {
        while let channel = reload?.channel {
            switch channel.receive() {
            case .nothing: return
            case .ended:
                loop.remove(channel.descriptor)
                return
            case .message(let bytes, let descriptors):
                guard let message = try? LoaderMessage(decoding: bytes) else {
                    for descriptor in descriptors { Descriptors.close(descriptor) }
                    endReload(failure: "the loader sent nonsense")
                    return
                }
                handle(message, descriptors)
            }
        }
    }

    private func handle(_ message: LoaderMessage, _ descriptors: [Int32]) {
        switch message {
        case .opened(let keys, let counts):
            var rest = descriptors[...]
            for (key, count) in zip(keys, counts) where count >= 0 {
                reload?.opened[key, default: []] += rest.prefix(count)
                rest = rest.dropFirst(count)
            }
        case .finished:
            guard descriptors.count == 2,
                let bytes = try? MemoryFile.read(descriptors[1], limit: LoadReport.limit),
                let report = try? LoadReport(decoding: bytes)
            else {
                for descriptor in descriptors { Descriptors.close(descriptor) }
                endReload(failure: "the loader sent no configuration")
                return
            }
            Descriptors.close(descriptors[1])
            if !report.notes.isEmpty { terminal.error(report.notes) }
            reload?.bundle = descriptors[0]
            reload?.keys = report.keys
            reload?.permissions = report.permissions
            handConfigurationOver()
        case .failed(let reason): endReload(failure: reason)
        }
    }

    /// Gives a loaded configuration to the process that runs; to the next one where none does, so that a reload also
    /// repairs a service whose old configuration kills every process. One that is not ready yet gets it when it is.
    internal func handConfigurationOver() {
        guard let reload, reload.bundle >= 0, !reload.isHandedOver else { return }
        guard process > 0 else {
            endReload(failure: nil)
            loop.timers.disarm(restartTimer)
            startProcess()
            return
        }
        guard isReady, let channel else { return }
        self.reload?.isHandedOver = true
        send(reload.opened.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, on: channel)
        channel.send(
            GuardMessage.configuration(generation: reload.generation).encoded(),
            descriptors: [reload.bundle])
        tell(.apply(generation: reload.generation, resuming: []))
    }

    internal func loaderEnded(_ ending: Processes.Ending) {
        readLoader()
        reload?.loader = -1
        if let reload, reload.bundle < 0 {
            endReload(failure: "the loader ended early (\(ending.shellStatus))")
        }
    }

    /// Makes the new configuration current, or forgets it.
    internal func endReload(failure: String?) {
        guard let ended = reload else {
            if let failure {
                terminal.withoutLog.alert("reload failed: \(failure)")
                tell(.reloadFailed(failure))
                notifier?.ready(status: "Reload failed, the old configuration stays.")
            }
            return
        }
        reload = nil
        loop.remove(ended.channel.descriptor)
        if ended.loader > 0 { Processes.signal(ended.loader, Signals.kill) }
        if let failure {
            terminal.error(failure.hasSuffix("\n") ? failure : failure + "\n")
            terminal.withoutLog.alert("reload failed, the running configuration stays in force")
            tell(.reloadFailed(failure))
            for descriptors in ended.opened.values {
                for descriptor in descriptors { Descriptors.close(descriptor) }
            }
            if ended.bundle >= 0 { Descriptors.close(ended.bundle) }
            notifier?.ready(status: "Reload failed, the old configuration stays.")
        } else {
            generation = ended.generation
            Descriptors.close(bundle)
            bundle = ended.bundle
            permissions = ended.permissions ?? permissions
            watch.begin(permissions)
            scriptRights.replace(with: permissions, now: loop.now)
            currentKeys = ended.keys
            for (key, descriptors) in ended.opened { listeners.adopt(key, descriptors) }
            terminal.notice("reloaded: configuration \(generation) is in force")
            notifier?.ready()
        }
        if reloadIsWanted {
            reloadIsWanted = false
            startReload()
        }
    }
}
