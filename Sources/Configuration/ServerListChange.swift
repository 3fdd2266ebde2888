import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// A server that comes or goes while the service runs: the commands `add server` and `del server` (HAProxy management
/// guide, section 9.3).
package enum ServerListChange: Sendable {
    /// `words`: address and options, as on a `server` line.
    case add(backend: String, server: String, words: [String])
    case remove(backend: String, server: String)

    /// Why it is not possible: a sentence for the operator.
    package struct Failure: Error, Sendable {
        package let message: String

        package init(message: String) { self.message = message }
    }

    /// Options that need what only a reading of the whole configuration has.
    private static let wholeOptions: Set<String> = [
        "cookie", "init-addr", "init-state", "redir", "resolvers", "resolve-net", "resolve-opts",
        "resolve-prefer", "track",
    ]

    /// A configuration with the change. `files`: those in memory, which options may name; addresses may name the environment.
    package func applied(
        to configuration: ServiceConfiguration, files: [TLSFile] = [],
        environment: @escaping @Sendable (String) -> String? = { _ in nil }
    ) throws(Failure) -> ServiceConfiguration {
        var changed = configuration
        switch self {
        case .add(let backend, let server, let words):
            let proxy = try ServerListChange.index(of: backend, in: configuration)
            changed.proxies[proxy].servers.append(
                try ServerListChange.server(
                    server, words, in: configuration.proxies[proxy], configuration,
                    .sealed(files, environment)))
        case .remove(let backend, let name):
            let proxy = try ServerListChange.index(of: backend, in: configuration)
            let servers = configuration.proxies[proxy].servers
            guard let server = servers.firstIndex(where: { $0.name == name }) else {
                throw Failure(message: "No such server.")
            }
            try changed.remove(ServerReference(proxy: proxy, server: server))
        }
        return changed
    }

    private static func index(
        of backend: String, in configuration: ServiceConfiguration
    ) throws(Failure) -> Int {
        let index = configuration.proxies.firstIndex { $0.name == backend && $0.isBackend }
        guard let index else { throw Failure(message: "No such backend.") }
        return index
    }

    /// Reads the words as a `server` line. Files are those in memory, and no names are looked up.
    private static func server(
        _ name: String, _ words: [String], in proxy: ProxySettings,
        _ configuration: ServiceConfiguration, _ loader: Loader
    ) throws(Failure) -> ServerSettings {
        guard !proxy.servers.contains(where: { $0.name == name }) else {
            throw Failure(message: "Already exists a server with the same name in backend.")
        }
        if let option = words.dropFirst().first(where: { wholeOptions.contains($0) }) {
            throw Failure(message: "'\(option)' option is not accepted for dynamic server")
        }
        var options = ReaderOptions()
        options.resolvesNames = false
        let context = ReadingContext(loader: loader, options: options)
        context.process = configuration.process
        let range = SourceRange(file: "add server", line: 1)
        let line = Line((["server", name] + words).map { Word($0, range: range) })
        guard let line else { throw Failure(message: "No such server.") }
        var draft = ProxyDraft(name: proxy.name, section: .backend, range: range)
        var statement = Statement(
            line, sectionWord: "backend", section: .backend, context: context)
        ServerKeywords.apply(&draft, &statement)
        if let problem = context.diagnostics.all.first(where: { $0.severity == .alert }) {
            let text = problem.message
            let subject = "'server \(proxy.name)/\(name)' : "
            throw Failure(
                message: text.hasPrefix(subject) ? String(text.dropFirst(subject.count)) : text)
        }
        guard var server = draft.settings.servers.first else {
            throw Failure(message: "'server' expects <name> and <addr>[:<port>] as arguments.")
        }
        // Their places are those of the whole configuration, and commands would not reach its maps.
        guard context.expressions.variables.isEmpty, context.expressions.references.isEmpty,
            context.expressions.patternFiles.isEmpty
        else {
            throw Failure(
                message: "variables, maps and names of proxies are not accepted for dynamic server")
        }
        let used = Set(proxy.servers.map(\.id))
        if used.contains(server.id) {
            throw Failure(message: "'id' : custom id \(server.id) already used")
        }
        // An id above all others is free, so the search ends.
        if server.id == 0 {
            server.id = (1...proxy.servers.count + 1).first { !used.contains($0) } ?? 1
        }
        server.isDynamic = true
        return server
    }
}

extension ServiceConfiguration {
    /// Takes a server out; what names others behind it by their index follows.
    fileprivate mutating func remove(
        _ gone: ServerReference
    ) throws(ServerListChange.Failure) {
        let isNamed =
            proxies.contains { $0.servers.contains { $0.tracks == gone } }
            || proxies[gone.proxy].servers[gone.server].tracks != nil
            || proxies[gone.proxy].rules?.servers.contains { $0.target.isServer(gone.server) }
                == true
            || expressionReferences.contains {
                $0.backend == gone.proxy && $0.server == gone.server
            }
        guard !isNamed else {
            throw ServerListChange.Failure(
                message:
                    "This server cannot be removed at runtime due to other configuration elements pointing to it."
            )
        }
        proxies[gone.proxy].servers.remove(at: gone.server)
        for proxy in proxies.indices {
            for server in proxies[proxy].servers.indices {
                guard let tracks = proxies[proxy].servers[server].tracks,
                    tracks.proxy == gone.proxy, tracks.server > gone.server
                else { continue }
                proxies[proxy].servers[server].tracks = ServerReference(
                    proxy: tracks.proxy, server: tracks.server - 1)
            }
        }
        let routes = proxies[gone.proxy].rules?.servers.map { route in
            guard let server = route.target.server(behind: gone.server) else { return route }
            return RouteRule(.fixed(server - 1), if: route.condition)
        }
        if let routes { proxies[gone.proxy].rules?.servers = routes }
        for index in expressionReferences.indices {
            guard expressionReferences[index].backend == gone.proxy,
                let server = expressionReferences[index].server, server > gone.server
            else { continue }
            expressionReferences[index].server = server - 1
        }
    }
}

extension RouteRule.Target {
    fileprivate func isServer(_ index: Int) -> Bool {
        if case .fixed(index) = self { true } else { false }
    }

    /// The server's index where it stands behind another.
    fileprivate func server(behind index: Int) -> Int? {
        if case .fixed(let server) = self, server > index { server } else { nil }
    }
}

extension Loader {
    /// The world of a process that has given its rights up.
    fileprivate static func sealed(
        _ files: [TLSFile], _ environment: @escaping @Sendable (String) -> String?
    ) -> Loader {
        Loader(
            readFile: { path in
                if let file = files.first(where: { $0.path == path }) {
                    return .success(file.bytes)
                }
                return .failure(Failure(reason: "\(path) cannot be read while the service runs"))
            }, environment: environment)
    }
}
