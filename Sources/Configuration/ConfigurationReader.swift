package import ConfigurationLanguage
import Core
package import Diagnostics

/// What reading a configuration came to.
package struct ReadResult: Sendable {
    /// nil when there are errors.
    package var configuration: ServiceConfiguration?
    package var diagnostics: DiagnosticList
    /// Every text that was read, for quoting.
    package var sources: [SourceFile]
    /// What `keepalived -t` would say about the keepalived sections.
    package var keepalivedOutcome = KeepalivedOutcome.valid
}

/// Reads configuration files of both languages into the model.
package struct ConfigurationReader {
    /// Bytes of a configuration file at most.
    static let fileLimit = 64 << 20
    /// Files of a directory at most.
    static let directoryLimit = 10_000

    private let loader: Loader
    private let options: ReaderOptions

    package init(loader: Loader, options: ReaderOptions = ReaderOptions()) {
        self.loader = loader
        self.options = options
    }

    /// Reads files and directories (their `*.cfg`, sorted) in this order. Everything that is wrong is reported
    /// in one go.
    package func read(files: [String]) -> ReadResult {
        let context = ReadingContext(loader: loader, options: options)
        let sources = open(files, context)
        var builder = ConfigurationBuilder(context: context)
        var variables = self.variables(files: sources.map(\.name))
        for source in sources {
            let before = context.diagnostics.errorCount
            read(source, into: &builder, &variables, context)
            if context.diagnostics.errorCount > before {
                context.diagnostics.alert(
                    nil, "Error(s) found in configuration file : \(source.name)")
            }
        }
        var configuration = builder.finish(files: sources.map(\.name))
        configuration.environment = variables.assignments
        if context.diagnostics.hasErrors, !sources.isEmpty {
            context.diagnostics.alert(nil, "Fatal errors found in configuration.")
        }
        return ReadResult(
            configuration: context.diagnostics.hasErrors ? nil : configuration,
            diagnostics: context.diagnostics, sources: sources + builder.includedFiles,
            keepalivedOutcome: builder.keepalivedOutcome)
    }

    /// The variables that HAProxy defines for files, before those of the environment.
    private func variables(files: [String]) -> Variables {
        let environment = loader.environment
        var variables = Variables(inherited: { environment($0) })
        variables.set("HAPROXY_CFGFILES", to: files.joined(separator: ";"))
        variables.set("HAPROXY_LOCALPEER", to: options.localPeer ?? loader.hostName)
        variables.set("HAPROXY_BRANCH", to: Version.language.branch)
        variables.set("HAPROXY_STARTUP_VERSION", to: Version.language.description)
        variables.set("HAPROXY_HTTP_LOG_FMT", to: LogFormatText.http)
        variables.set("HAPROXY_TCP_LOG_FMT", to: LogFormatText.tcp)
        variables.set("HAPROXY_HTTPS_LOG_FMT", to: LogFormatText.https)
        if options.isMasterWorker { variables.set("HAPROXY_MWORKER", to: "1") }
        return variables
    }

    // MARK: Files

    private func open(_ names: [String], _ context: ReadingContext) -> [SourceFile] {
        var sources: [SourceFile] = []
        for name in names {
            guard let members = loader.listDirectory(name) else {
                if let source = open(name, context) { sources.append(source) }
                continue
            }
            let wanted = members.filter { $0.hasSuffix(".cfg") && !$0.hasPrefix(".") }.sorted()
            for member in wanted.prefix(Self.directoryLimit) {
                let path = name.hasSuffix("/") ? name + member : "\(name)/\(member)"
                if let source = open(path, context) { sources.append(source) }
            }
        }
        return sources
    }

    private func open(_ path: String, _ context: ReadingContext) -> SourceFile? {
        switch loader.readFile(path) {
        case .success(let bytes) where bytes.count > Self.fileLimit:
            context.diagnostics.alert(
                nil, "configuration file \(path) is too large, limit: \(Self.fileLimit) bytes")
            return nil
        case .success(let bytes): return SourceFile(name: path, bytes: bytes)
        case .failure(let failure):
            context.diagnostics.alert(
                nil, "Cannot open configuration file/directory \(path) : \(failure.reason)")
            return nil
        }
    }

    // MARK: Text

    private func read(
        _ source: SourceFile, into builder: inout ConfigurationBuilder,
        _ variables: inout Variables, _ context: ReadingContext
    ) {
        for part in DialectSplitter.split(source, initial: options.dialect) {
            switch part.dialect {
            case .haproxy:
                let sections = SectionReader.read(
                    source, lines: part.lines, variables: &variables,
                    capabilities: options.capabilities,
                    showsDiagnosticNotices: options.showsDiagnosticNotices,
                    diagnostics: &context.diagnostics)
                for section in sections where ConfigurationBuilder.isReferred(section) {
                    builder.add(section)
                }
                for section in sections where !ConfigurationBuilder.isReferred(section) {
                    builder.add(section)
                }
                if source.lacksFinalNewline, part.lines.contains(source.lineCount) {
                    reportMissingNewline(source, context)
                }
            case .keepalived: builder.addKeepalived(source, lines: part.lines)
            }
        }
    }

    /// HAProxy refuses such a file, because it may have been cut off.
    private func reportMissingNewline(_ source: SourceFile, _ context: ReadingContext) {
        let last = source.line(source.lineCount)
        context.diagnostics.alert(
            SourceRange(
                file: source.name, line: source.lineCount,
                columns: max(0, last.count - 1)..<last.count),
            "Missing LF on last line, file might have been truncated at position \(last.count + 1).",
            fix: "end the file with a newline, for instance: echo >> \(source.name)")
    }
}
