internal import Configuration
internal import ConfigurationLanguage
internal import Core
internal import Linux

/// The whole program: reads its command line and plays the part that it asks for.
package struct Program {
    private let name: String
    private let options: Options
    private let terminal: Terminal

    /// Runs to the end; returns the exit status.
    package static func run(arguments: [String]) -> Int32 {
        Signals.ignoreBrokenPipes()
        let name = arguments.first ?? "dyad"
        let personality = Personality(programPath: name)
        let words = Array(arguments.dropFirst())
        do throws(UsageError) {
            let options =
                personality == .keepalived
                ? try Options(keepalivedArguments: words)
                : try Options(haproxyArguments: words, personality: personality)
            return Program(
                name: name, options: options, terminal: Terminal(isQuiet: options.isQuiet)
            )
            .run()
        } catch {
            let terminal = Terminal()
            terminal.alert(error.message)
            terminal.error(usage(personality) + "\n")
            return 1
        }
    }

    private static func usage(_ personality: Personality) -> String {
        personality == .keepalived ? Options.keepalivedUsage : Options.haproxyUsage
    }

    private func run() -> Int32 {
        if let directory = options.directory {
            do throws(Errno) {
                try Processes.changeDirectory(to: directory)
            } catch {
                terminal.alert("Could not change to directory \(directory) : \(error)")
                return 1
            }
        }
        switch options.task {
        case .help:
            terminal.output(Program.usage(options.personality) + "\n")
            return 0
        case .version(let detailed):
            terminal.output(detailed ? ProductVersion.detailedText : ProductVersion.text)
            return 0
        case .condition(let text): return evaluate(text)
        case .signalNumber(let number):
            terminal.output("\(number)\n")
            return 0
        case .generateDocumentation:
            terminal.output(KeywordDocumentation.markdown())
            return 0
        case .generateManual:
            terminal.output(KeywordManual.page())
            return 0
        case .check: return Check(options: options, terminal: terminal).run()
        case .run: break
        }
        switch options.role {
        case .launcher, .background:
            return Launcher(programName: name, options: options, terminal: terminal).run()
        case .process:
            nameProcess()
            return GuardedProcess(
                options: options, terminal: terminal, channel: GuardChannel(owning: 3)
            ).run()
        case .loader:
            nameProcess()
            return LoaderRole(options: options, channel: GuardChannel(owning: 3)).run()
        }
    }

    /// The guard starts us as `/proc/self/exe`, which the kernel would call `exe`.
    private func nameProcess() {
        Processes.setName(name.split(separator: "/").last.map(String.init) ?? name)
    }

    /// `-cc`: 0 true, 1 false, 2 no condition.
    private func evaluate(_ text: String) -> Int32 {
        let variables = Variables { Host.environment($0) }
        switch ConditionEvaluator.evaluate(
            argument: text, variables: variables, capabilities: .program)
        {
        case .success(let value): return value ? 0 : 1
        case .failure(let failure):
            terminal.alert("\(failure.message)")
            return 2
        }
    }
}
