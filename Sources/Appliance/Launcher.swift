internal import Configuration
internal import Core
internal import Linux

/// What the user's command starts: reads the files, opens the sockets, then becomes the guard, or the process
/// itself where no guard is needed, or starts itself again in the background and waits until that works.
internal struct Launcher {
    private let programName: String
    private let options: Options
    private let terminal: Terminal

    init(programName: String, options: Options, terminal: Terminal) {
        self.programName = programName
        self.options = options
        self.terminal = terminal
    }

    func run() -> Int32 {
        guard !ConfigurationLoad.files(options).isEmpty else {
            terminal.alert("no configuration file: name one with -f")
            terminal.error(Options.haproxyUsage + "\n")
            return 1
        }
        let recorder = BundleRecorder(source: .system())
        let outcome = ConfigurationLoad(options: options).read(with: recorder.loader)
        if !options.isQuiet || outcome.configuration == nil { terminal.error(outcome.messages) }
        guard let configuration = outcome.configuration else { return 1 }
        if configuration.vrrp == nil,
            ListenerPlan(configuration, withOwnSocket: false).entries.isEmpty
        {
            terminal.alert("No enabled listener found (check for 'bind' directives) ! Exiting.")
            return 1
        }
        let wantsBackground = options.runsInBackground || configuration.process.isDaemon
        if options.role == .launcher, wantsBackground, !options.staysInForeground {
            return startInBackground()
        }
        return serve(configuration, recorder.bundle)
    }

    // MARK: In this process

    private func serve(_ configuration: ServiceConfiguration, _ bundle: LoadBundle) -> Int32 {
        guard raiseDescriptorLimit(configuration) else { return 1 }
        let workers = configuration.process.workerCount
        var listeners = ListenerStore(replacesRunning: !options.oldProcesses.isEmpty)
        let plan = ListenerPlan(configuration, withOwnSocket: true)
        if let path = options.takeoverSocket, path != "/dev/null" {
            do throws(Errno) {
                let found = try ListenerTakeover.sockets(of: path)
                listeners.adopt(found, plan, configuration, workers: workers)
            } catch {
                terminal.alert(
                    "Failed to get the sockets from the old process! (\(path): \(error))")
                return 1
            }
        }
        if case .failure(let failure) = listeners.open(plan, configuration, workers: workers) {
            terminal.alert(failure.message)
            return 1
        }
        let pidFile = options.pidFile ?? configuration.process.pidFile
        guard writePidFile(pidFile) else {
            listeners.removeFiles()
            return 1
        }
        defer { if let pidFile { removePidFile(pidFile) } }

        let isGuarded =
            options.hasGuard || configuration.process.masterWorker
            || (Processes.isRoot && configuration.process.dropsPrivileges)
        do throws(Errno) {
            if isGuarded {
                let first = FirstLoad(
                    bundle: try MemoryFile.make("dyad-configuration", bundle.encoded()),
                    permissions: GuardPermissions(configuration), listeners: listeners,
                    log: ServiceLogs.guardLog(options: options, configuration: configuration),
                    workers: workers)
                return try Guard(
                    options: options, terminal: terminal, programName: programName, first: first,
                    whenReady: readiness
                ).run()
            }
            return try LoneProcess(
                options: options, terminal: terminal, configuration: configuration,
                listeners: listeners, whenReady: readiness
            ).run()
        } catch {
            terminal.alert("cannot start: \(error)")
            listeners.removeFiles()
            return 1
        }
    }

    /// Called once when the service works.
    private var readiness: @Sendable () -> Void {
        let isBackground = options.role == .background
        let (old, signal) = (
            options.oldProcesses, options.endsOldAtOnce ? Signals.terminate : Signals.user1
        )
        return {
            // One that is gone already is what was wanted.
            for pid in old { _ = Processes.signal(pid, signal) }
            guard isBackground else { return }
            _ = [UInt8(1)].withBytes { Descriptors.write(3, $0) }
            Descriptors.close(3)
            Processes.detachFromTerminal()
        }
    }

    private func writePidFile(_ path: String?) -> Bool {
        guard let path else { return true }
        do throws(Errno) {
            try Files.write(path, Array("\(Processes.identifier)\n".utf8), mode: 0o644)
            return true
        } catch {
            terminal.alert("Cannot create pidfile \(path) : \(error)")
            return false
        }
    }

    /// Another instance may have taken our place and written its own.
    private func removePidFile(_ path: String) {
        let own = Array("\(Processes.identifier)\n".utf8)
        if (try? Files.read(path)) == own { try? Files.remove(path) }
    }

    /// Room for two descriptors a connection. False, after saying why, when the system does not give it and
    /// `strict-limits` holds.
    private func raiseDescriptorLimit(_ configuration: ServiceConfiguration) -> Bool {
        let process = configuration.process
        let limit = Host.descriptorLimit
        let needed = process.descriptorLimit ?? process.maxConnections.map { $0 * 2 + 100 } ?? 0
        let wanted = UInt64(clamping: needed)
        guard wanted > limit.soft else { return true }
        do throws(Errno) {
            try Host.setDescriptorLimit(soft: wanted, hard: max(wanted, limit.hard))
            return true
        } catch {
            if process.strictLimits {
                terminal.alert(
                    "Cannot raise FD limit to \(wanted), limit is \(limit.hard) (\(error)). "
                        + "Raise it (LimitNOFILE=), lower 'maxconn', or say 'no strict-limits'.")
                return false
            }
            let reachable = min(wanted, limit.hard)
            try? Host.setDescriptorLimit(soft: reachable, hard: limit.hard)
            terminal.warning("Cannot raise FD limit to \(wanted), limit is \(reachable).")
            return true
        }
    }

    // MARK: In the background

    /// Starts this program again, detached, and waits until it says that it works or dies.
    private func startInBackground() -> Int32 {
        do throws(Errno) {
            let (reading, writing) = try Descriptor.pipe()
            var child = Processes.Child(
                path: Host.executablePath ?? programName,
                arguments: [programName, "--as-background"] + options.arguments,
                environment: Host.environment)
            child.standard = (-1, 1, 2)
            child.passed = [writing]
            child.newSession = true
            let pid = try Processes.spawn(child)
            Descriptors.close(writing)
            Descriptors.waitReadable(reading)
            var byte: [UInt8] = [0]
            if case .moved = Descriptors.read(reading, into: &byte) { return 0 }
            return Int32(Processes.wait(pid)?.shellStatus ?? 1)
        } catch {
            terminal.alert("cannot go to the background: \(error)")
            return 1
        }
    }
}
