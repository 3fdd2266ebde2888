internal import Configuration
internal import Core
internal import Linux
internal import TLS
internal import Resolver

extension Loader {
    /// Longest time that all names of one load may take together; later ones count as unknown.
    private static let resolutionLimit = Duration.seconds(15)

    /// Answers from the system: files, environment, users, the resolver.
    static func system() -> Loader {
        let resolver = NameResolver()
        let deadline = Linux.Clock.now() + resolutionLimit
        return Loader(
            readFile: { path in
                do throws(Errno) {
                    return .success(try Files.read(path))
                } catch {
                    return .failure(Failure(reason: error.description))
                }
            },
            listDirectory: { path in
                guard (try? Files.kind(path)) == .directory else { return nil }
                return try? Files.list(path)
            },
            environment: { Host.environment($0) },
            user: { name in
                Host.user(name).map { User(userID: $0.user, groupID: $0.group) }
            },
            group: { Host.group($0) },
            resolve: { name in
                resolver.resolve([name], deadline: deadline).addresses[name] ?? []
            },
            program: { name in
                guard let path = Programs.path(of: name) else { return .missing }
                guard Programs.isExecutable(path) else { return .notExecutable }
                return Programs.changeablePart(of: path).map { .changeable($0) } ?? .usable
            },
            interfaceExists: { Host.interfaceIndex($0) != nil },
            hasAddress: { address in
                let own = SocketAddress.ip(address, port: 0)
                guard let socket = try? Socket(.datagram, for: own) else { return true }
                // Where non-local binding is allowed, nothing can be said, and nothing is.
                return (try? socket.bind(to: own)) != nil
            },
            hostName: Host.name,
            examineTLS: { TLSExaminer.examine($0) })
    }
}
