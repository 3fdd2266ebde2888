internal import Configuration
internal import Core
internal import Synchronization
internal import TLS

/// Everything that reading a configuration asked of the world, with the answers. Whoever has the bundle can read
/// the same configuration again without files, names or users: that is how a process in an empty chroot, and one
/// that is started again after a crash, gets exactly what was validated.
internal struct LoadBundle: Sendable {
    /// Bytes of an encoded bundle at most.
    static let limit = 256 * 1024 * 1024

    internal var answers: [String: [UInt8]] = [:]
    internal var hostName = ""

    internal init() {}

    func encoded() -> [UInt8] {
        var writer = MessageWriter()
        writer.write(hostName)
        writer.write(answers.count)
        for (question, answer) in answers {
            writer.write(question)
            writer.write(answer)
        }
        return writer.bytes
    }

    /// nil when the bytes are not those of a bundle.
    init?(decoding bytes: [UInt8]) {
        var reader = MessageReader(bytes)
        do {
            hostName = try reader.text()
            for _ in 0..<(try reader.number()) {
                let question = try reader.text()
                answers[question] = try reader.data()
            }
        } catch {
            return nil
        }
    }

    /// A loader that answers from the bundle; what was not asked before does not exist.
    var loader: Loader {
        let answers = answers
        @Sendable func ask(_ kind: String, _ subject: String) -> MessageReader? {
            answers[kind + " " + subject].map { MessageReader($0) }
        }
        return Loader(
            readFile: { path in
                guard var answer = ask("file", path), let isRead = try? answer.flag(),
                    let contents = try? answer.data()
                else { return .failure(Loader.Failure(reason: "not in the bundle")) }
                return isRead
                    ? .success(contents)
                    : .failure(Loader.Failure(reason: String(decoding: contents, as: UTF8.self)))
            },
            listDirectory: { path in
                guard var answer = ask("directory", path) else { return nil }
                return try? answer.texts()
            },
            environment: { name in
                guard var answer = ask("environment", name) else { return nil }
                return try? answer.text()
            },
            user: { name in
                guard var answer = ask("user", name), let user = try? answer.number(),
                    let group = try? answer.number()
                else { return nil }
                return Loader.User(
                    userID: UInt32(truncatingIfNeeded: user),
                    groupID: UInt32(truncatingIfNeeded: group))
            },
            group: { name in
                guard var answer = ask("group", name), let group = try? answer.number() else {
                    return nil
                }
                return UInt32(truncatingIfNeeded: group)
            },
            resolve: { name in
                guard var answer = ask("name", name), let texts = try? answer.texts() else {
                    return []
                }
                return texts.compactMap { IPAddress($0) }
            },
            program: { name in
                guard var answer = ask("program", name), let kind = try? answer.number(),
                    let path = try? answer.text()
                else { return .missing }
                switch kind {
                case 0: return .usable
                case 2: return .notExecutable
                case 3: return .changeable(path)
                default: return .missing
                }
            },
            interfaceExists: { name in
                guard var answer = ask("interface", name) else { return false }
                return (try? answer.flag()) ?? false
            },
            hostName: hostName,
            examineTLS: { TLSExaminer.examine($0) })
    }
}

/// Hands questions to another loader and keeps the answers.
internal final class BundleRecorder: Sendable {
    private let recorded = Mutex(LoadBundle())
    private let source: Loader

    init(source: Loader) {
        self.source = source
        recorded.withLock { $0.hostName = source.hostName }
    }

    /// What was asked so far.
    var bundle: LoadBundle { recorded.withLock { $0 } }

    var loader: Loader {
        Loader(
            readFile: { [self] path in
                let answer = source.readFile(path)
                keep("file", path) { writer in
                    switch answer {
                    case .success(let contents):
                        writer.write(true)
                        writer.write(contents)
                    case .failure(let failure):
                        writer.write(false)
                        writer.write(failure.reason)
                    }
                }
                return answer
            },
            listDirectory: { [self] path in
                let answer = source.listDirectory(path)
                if let answer { keep("directory", path) { $0.write(answer) } }
                return answer
            },
            environment: { [self] name in
                let answer = source.environment(name)
                if let answer { keep("environment", name) { $0.write(answer) } }
                return answer
            },
            user: { [self] name in
                let answer = source.user(name)
                if let answer {
                    keep("user", name) {
                        $0.write(Int(answer.userID))
                        $0.write(Int(answer.groupID))
                    }
                }
                return answer
            },
            group: { [self] name in
                let answer = source.group(name)
                if let answer { keep("group", name) { $0.write(Int(answer)) } }
                return answer
            },
            resolve: { [self] name in
                let answer = source.resolve(name)
                keep("name", name) { $0.write(answer.map(\.description)) }
                return answer
            },
            program: { [self] name in
                let answer = source.program(name)
                keep("program", name) { writer in
                    switch answer {
                    case .usable: writer.write(0)
                    case .missing: writer.write(1)
                    case .notExecutable: writer.write(2)
                    case .changeable: writer.write(3)
                    }
                    if case .changeable(let path) = answer {
                        writer.write(path)
                    } else {
                        writer.write("")
                    }
                }
                return answer
            },
            interfaceExists: { [self] name in
                let answer = source.interfaceExists(name)
                keep("interface", name) { $0.write(answer) }
                return answer
            },
            hostName: source.hostName, examineTLS: source.examineTLS)
    }

    private func keep(_ kind: String, _ subject: String, _ write: (inout MessageWriter) -> Void) {
        var writer = MessageWriter()
        write(&writer)
        let bytes = writer.bytes
        recorded.withLock { $0.answers[kind + " " + subject] = bytes }
    }
}
