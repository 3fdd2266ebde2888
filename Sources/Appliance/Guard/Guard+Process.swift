internal import Core
internal import EventLoop
internal import Linux

// The life of the process as the guard sees it: start, messages, death.
extension Guard {
    /// Starts a process with the current configuration and sockets.
    internal func startProcess() {
        do throws(Errno) {
            let (ours, theirs) = try Socket.pair(.datagram)
            let channel = GuardChannel(owning: ours)
            defer { Descriptors.close(theirs) }
            process = try spawn("--as-process", channel: theirs)
            self.channel = channel
            isReady = false
            startedAt = loop.now
            watchdog.reset()
            parts = MessageParts()
            try loop.add(
                ours, [.readable, .peerEnded],
                Token(kind: Kind.process.rawValue, number: UInt32(truncatingIfNeeded: process)))
            send(
                listeners.sockets.keys.sorted().map { ($0, listeners.sockets[$0] ?? []) },
                on: channel)
            channel.send(
                GuardMessage.configuration(generation: generation).encoded(), descriptors: [bundle])
            tell(
                .apply(
                    generation: generation, resuming: wasEverReady ? keeper.masters : [],
                    wishes: keeper.wishes, sequences: keeper.sequences))
        } catch {
            terminal.alert("cannot start the process: \(error)")
            if !wasEverReady {
                exitStatus = 1
            } else {
                loop.timers.arm(restartTimer, at: loop.now + DeathRecord.firstPause)
            }
        }
    }

    /// The same program in another role, with `channel` as its descriptor 3.
    internal func spawn(_ role: String, channel: Int32) throws(Errno) -> Int32 {
        var child = Processes.Child(
            path: programPath, arguments: [programName, role] + options.arguments,
            environment: Host.environment.filter { !$0.hasPrefix("NOTIFY_SOCKET=") })
        child.standard = (-1, 1, 2)
        child.passed = [channel]
        return try Processes.spawn(child)
    }

    /// Sockets in as many messages as their number needs.
    internal func send(_ sockets: [(key: String, descriptors: [Int32])], on channel: GuardChannel) {
        var keys: [String] = []
        var counts: [Int] = []
        var descriptors: [Int32] = []
        func flush() {
            guard !keys.isEmpty else { return }
            channel.send(
                GuardMessage.listeners(keys: keys, counts: counts).encoded(),
                descriptors: descriptors)
            keys = []
            counts = []
            descriptors = []
        }
        for (key, all) in sockets {
            var rest = all[...]
            while !rest.isEmpty {
                if descriptors.count == GuardChannel.descriptorsAtOnce { flush() }
                let part = rest.prefix(GuardChannel.descriptorsAtOnce - descriptors.count)
                rest = rest.dropFirst(part.count)
                keys.append(key)
                counts.append(part.count)
                descriptors += part
            }
        }
        flush()
    }

    /// Does nothing while there is no process.
    internal func tell(_ message: GuardMessage, descriptors: [Int32] = []) {
        channel?.send(message.encoded(), descriptors: descriptors)
    }

    // MARK: What the process says

    internal func readProcess() {
        while let channel {
            switch channel.receive() {
            case .nothing: return
            case .ended:
                // Its end is reported by SIGCHLD; a process that closed its channel but lives is of no use.
                loop.remove(channel.descriptor)
                self.channel = nil
                if process > 0 { Processes.signal(process, Signals.kill) }
                return
            case .message(let bytes, let descriptors):
                for descriptor in descriptors { Descriptors.close(descriptor) }
                guard let message = try? ProcessMessage(decoding: bytes) else {
                    terminal.alert("process \(process) sends nonsense, killing it")
                    Processes.signal(process, Signals.kill)
                    return
                }
                handle(message)
            }
        }
    }

    private func handle(_ message: ProcessMessage) {
        switch message {
        case .ready(let generation): processIsReady(generation)
        case .refused(let generation, let reason):
            if reload?.generation == generation { endReload(failure: reason) }
        case .released(let keys):
            for key in keys where isDraining || !currentKeys.contains(key) { listeners.close(key) }
        case .progress(let stalled):
            if !stalled.isEmpty {
                terminal.warning("no progress: \(stalled.joined(separator: ", "))")
            }
            watchdog.heard(stalled: stalled, now: loop.now)
        case .reloadRequested: startReload()
        case .runScript(let id, let command, let environment):
            let script = scriptRights.script(
                for: command, environment: environment, coming: reload?.permissions, now: loop.now)
            guard let script, let environment = script.environment(environment) else {
                terminal.alert("process asked for a script that the configuration does not name")
                tell(.scriptEnded(id: id, status: 126))
                return
            }
            let isStarted = scripts.start(
                id: id, command: command, script, environment: environment)
            if !isStarted { tell(.scriptEnded(id: id, status: script.statusWithoutStart)) }
        case .killScript(let id, let signal):
            scripts.signal(id: id, Int32(clamping: signal), now: loop.now)
        case .openLog(let path): openLog(path)
        case .virtualRouter(let record): keeper.update(record)
        case .virtualRouterNames(let names): keeper.keepOnly(names)
        case .part(let part, let offset, let total):
            // A whole one is a message as any other, but none that is in parts again.
            guard let whole = parts.add(part, offset: offset, total: total),
                let message = try? ProcessMessage(decoding: whole)
            else { return }
            if case .part = message { return }
            handle(message)
        case .stopping(let status):
            // What a signal of ours asked for comes first: INT is 130, however clean the end.
            announcedStatus = announcedStatus ?? Int32(clamping: status)
        }
    }

    private func processIsReady(_ generation: Int) {
        // From here on silence counts, even if the process never says another word.
        watchdog.heard(stalled: [], now: loop.now)
        // What it has was read before; whatever is different now, it gets.
        watch.begin(permissions)
        if !isReady {
            isReady = true
            keeper.processTookOver()
            if !wasEverReady {
                notifier?.ready()
                whenReady()
            }
            wasEverReady = true
            if options.role == .background { tell(.detach) }
        }
        if reload?.generation == generation {
            endReload(failure: nil)
        } else {
            handConfigurationOver()
        }
    }

    private func openLog(_ path: String) {
        guard
            permissions.logPaths.contains(path)
                || reload?.permissions?.logPaths.contains(path) == true
        else {
            tell(.logSocket(path: path))
            return
        }
        let address = SocketAddress.unix(path)
        guard let socket = try? Socket(.datagram, for: address), socket.connect(to: address) == nil
        else {
            tell(.logSocket(path: path))
            return
        }
        tell(.logSocket(path: path), descriptors: [socket.number])
    }

    // MARK: Its end

    internal func processEnded(_ ending: Processes.Ending) {
        // What it said last still counts: `stopping` may lie in the channel.
        readProcess()
        let pid = process
        process = -1
        channel.map { loop.remove($0.descriptor) }
        channel = nil
        scripts.endAll(now: loop.now)
        let hadBeenReady = isReady
        isReady = false
        if reload?.isHandedOver == true {
            endReload(failure: "the process died while it took the configuration over")
        }
        if let announcedStatus {
            // Nothing to do after a hand-over: its routers are no masters any more.
            keeper.resign(because: "the process ended before it had handed over")
            exitStatus = announcedStatus
            return
        }
        guard wasEverReady, !isDraining else {
            keeper.resign(because: "the process died while it drained")
            // It has said why.
            if case .exited(let status) = ending {
                exitStatus = max(1, status)
            } else {
                exitStatus = 1
            }
            return
        }
        terminal.alert(
            "process \(pid) \(ending.sentence)" + (hadBeenReady ? "" : " before it was ready"))
        startedAt = loop.now
        switch deaths.died(now: loop.now) {
        case .restart:
            keeper.advertise(now: loop.now)
            startProcess()
        case .resign(let pause):
            keeper.resign(
                because:
                    "the process died \(DeathRecord.deathsToResign) times in \(DeathRecord.window)")
            terminal.alert("starting again in \(pause)")
            loop.timers.arm(restartTimer, at: loop.now + pause)
        }
    }
}

extension Processes.Ending {
    fileprivate var sentence: String {
        switch self {
        case .exited(let status): "ended with status \(status)"
        case .killed(let signal): "was killed by signal \(signal)"
        }
    }
}
