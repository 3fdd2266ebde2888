internal import Configuration
internal import Core
internal import Linux

extension Loader {
    /// Answers from the system: files, environment, users, the resolver.
    static func system() -> Loader {
        Loader(
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
                switch Host.resolve(name) {
                case .success(let addresses): addresses
                case .failure: []
                }
            },
            program: { name in
                guard let path = Programs.path(of: name) else { return .missing }
                guard Programs.isExecutable(path) else { return .notExecutable }
                return Programs.changeablePart(of: path).map { .changeable($0) } ?? .usable
            },
            interfaceExists: { Host.interfaceIndex($0) != nil },
            hostName: Host.name)
    }
}
