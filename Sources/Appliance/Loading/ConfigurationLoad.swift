internal import ConfigurationLanguage
internal import Configuration
internal import Core
internal import Diagnostics
internal import Linux

/// Reads the files of a command line and says what is wrong with them.
internal struct ConfigurationLoad {
    /// What came of it.
    struct Outcome {
        /// nil: the configuration cannot be used.
        let configuration: ServiceConfiguration?
        /// What to print, ready for the terminal.
        let messages: String
        let hasWarnings: Bool
        /// What `-c` ends with.
        let exitStatus: Int32
    }

    private let options: Options

    init(options: Options) { self.options = options }

    /// The files of the command line, or the ones that are read when it names none.
    static func files(_ options: Options) -> [String] {
        if !options.files.isEmpty { return options.files }
        switch options.personality {
        case .keepalived: return ["/etc/keepalived/keepalived.conf"]
        case .dyad:
            let own = "/etc/dyad/dyad.cfg"
            return (try? Files.kind(own)) == .file ? [own] : []
        case .haproxy: return []
        }
    }

    /// `isCheck`: what runs with a warning may be an error here, as with keepalived's `-t`.
    func read(with loader: Loader, isCheck: Bool = false) -> Outcome {
        var readerOptions = ReaderOptions()
        readerOptions.capabilities = .program
        readerOptions.dialect = options.personality == .keepalived ? .keepalived : .haproxy
        readerOptions.localPeer = options.localPeer
        readerOptions.isMasterWorker = options.hasGuard
        readerOptions.isChecking = isCheck
        readerOptions.hostID = options.configurationID
        let reader = ConfigurationReader(loader: loader, options: readerOptions)
        let result = reader.read(files: ConfigurationLoad.files(options))
        var configuration = result.configuration
        if let limit = options.maxConnections { configuration?.process.maxConnections = limit }

        let isTerminal = Descriptors.isTerminal(2)
        let renderer = DiagnosticRenderer(
            style: options.personality == .keepalived ? .keepalived : .haproxy,
            processID: Processes.identifier, isTerminal: isTerminal,
            usesColour: isTerminal && Host.environment("NO_COLOR") == nil)
        var messages = ""
        if options.personality != .keepalived,
            result.diagnostics.all.contains(where: { $0.severity >= .warning })
        {
            messages += renderer.line(
                .notice,
                "haproxy version is \(ProductVersion.compatibleHAProxy) (dyad \(ProductVersion.number))"
            )
            messages += "\n"
            messages +=
                renderer.line(
                    .notice, "path to executable is \(Host.executablePath ?? "unknown")") + "\n"
        }
        messages += renderer.render(result.diagnostics, sources: result.sources)
        let hasWarnings = result.diagnostics.all.contains { $0.severity == .warning }
        let refuses = options.refusesWarnings || configuration?.process.refusesWarnings == true
        if configuration != nil, hasWarnings, refuses {
            messages +=
                renderer.line(
                    .alert, "config : Some warnings were found and 'zero-warning' is set. Aborting."
                ) + "\n"
            configuration = nil
        }
        return Outcome(
            configuration: configuration, messages: messages, hasWarnings: hasWarnings,
            exitStatus: exitStatus(configuration, result))
    }

    private func exitStatus(_ configuration: ServiceConfiguration?, _ result: ReadResult) -> Int32 {
        if options.personality == .keepalived { return result.keepalivedOutcome.rawValue }
        guard let configuration else { return 1 }
        // An unknown word in keepalived.conf does not stop the service, but whoever checks wants to know.
        switch result.keepalivedOutcome {
        case .configurationError, .cannotRun: return 1
        case .valid, .scriptSecurity: break
        }
        let listens = !ListenerPlan(configuration, withOwnSocket: false).entries.isEmpty
        return listens || configuration.vrrp != nil ? 0 : 2
    }
}
