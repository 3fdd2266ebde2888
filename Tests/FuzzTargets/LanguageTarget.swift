import Configuration
import ConfigurationLanguage
import Core
import Diagnostics

/// Files of both languages, read in a world that is a table. An error is said with its place, or there is none.
enum LanguageTarget {
    private static let loader = Loader(
        readFile: { _ in .failure(Loader.Failure(reason: "No such file or directory")) },
        environment: { $0 == "HOME" ? "/root" : nil },
        user: { ["root": 0, "nobody": 65534][$0].map { Loader.User(userID: $0, groupID: $0) } },
        group: { ["root": 0, "nogroup": 65534][$0] },
        resolve: { $0 == "localhost" ? [.v4(IPv4Address(rawValue: 0x7f00_0001))] : [] },
        interfaceExists: { $0 == "eth0" },
        hostName: "lb1")

    static func haproxy(_ bytes: [UInt8]) {
        var loader = loader
        loader.readFile = { path in
            path == "test.cfg"
                ? .success(bytes) : .failure(Loader.Failure(reason: "No such file or directory"))
        }
        let result = ConfigurationReader(loader: loader).read(files: ["test.cfg"])
        demand((result.configuration == nil) == result.diagnostics.hasErrors)
        _ = DiagnosticRenderer(processID: 1, isTerminal: true)
            .render(result.diagnostics, sources: result.sources)
    }

    static func keepalived(_ bytes: [UInt8]) {
        var parser = KeepalivedParser(environment: loader.keepalivedEnvironment(hostID: "lb1"))
        let statements = parser.read(SourceFile(name: "k.conf", bytes: bytes))
        let resolution = KeepalivedResolver.resolve(statements, loader: loader)
        for instance in resolution.settings?.instances ?? [] {
            demand(instance.priority > 0 && instance.advertisementInterval > .zero)
        }
    }
}
