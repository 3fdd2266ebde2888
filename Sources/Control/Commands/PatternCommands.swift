internal import Configuration
internal import Expressions
internal import Proxy

extension CommandTable {
    /// Commands on files of patterns (`acl`) and of maps. As in HAProxy the level of a socket without `level` suffices
    /// for changes; that of a user does not, who changes nothing anywhere.
    static let patternCommands: [Command] =
        [PatternKind.acl, .map].flatMap { kind in
            [
                kind.command(
                    "show", .user, "[@<ver>] <\(kind)>", "report avail. \(kind)s or dump one",
                    show),
                kind.command("get", .user, "<\(kind)> <value>", "report what a value matches", get),
                kind.command(
                    "add", .op, "[@<ver>] <\(kind)> <key>\(kind == .map ? " <val>" : "")",
                    "add an entry (payload supported)", add),
                kind.command("del", .op, "<\(kind)> [<key>|#<ref>]", "delete entries", delete),
                kind.command("clear", .op, "[@<ver>] <\(kind)>", "delete all entries", clear),
                kind.command(
                    "prepare", .op, "<\(kind)>", "begin a new version for atomic replacement",
                    prepare),
                kind.command(
                    "commit", .op, "@<ver> <\(kind)>", "make a version the current one", commit),
            ]
        } + [
            PatternKind.map.command(
                "set", .op, "<map> [<key>|#<ref>] <value>", "give entries another value", set)
        ]

    private static func show(_ request: PatternRequest) -> CommandReply {
        guard !request.name.isEmpty || request.version != nil else {
            let lines = request.files.map { "\($0.description)\n" }
            return .text("# id (file) description\n" + lines.joined())
        }
        guard let file = request.file else { return request.unknown }
        return .streamed(
            PatternDump(file.entries(of: request.version), showsValues: request.kind == .map))
    }

    private static func get(_ request: PatternRequest) -> CommandReply {
        let isMap = request.kind == .map
        guard let sample = request.rest.first else {
            return .error("Missing \(isMap ? "map" : "ACL") identifier and/or key.")
        }
        guard let file = request.file else { return request.unknown }
        return .text(
            file.answers(for: sample).filter { ($0.valueType != nil) == isMap }.map {
                line($0, isMap: isMap)
            }.joined())
    }

    private static func line(_ answer: PatternFile.Answer, isMap: Bool) -> String {
        var text = "type=\(answer.method.rawValue), "
        text += "case=\(answer.ignoresCase ? "insensitive" : "sensitive"), "
        text += isMap ? "found=" : "match="
        guard let entry = answer.entry else { return text + "no\n" }
        // HAProxy's words for how it keeps such patterns.
        let isTree =
            answer.method == .address
            || !answer.ignoresCase && [.string, .prefix].contains(answer.method)
        text +=
            "yes, idx=\(isTree ? "tree" : "list"), \(isMap ? "key" : "pattern")=\"\(entry.key)\""
        if let type = answer.valueType { text += ", value=\"\(entry.value)\", type=\"\(type)\"" }
        return text + "\n"
    }

    private static func add(_ request: PatternRequest) -> CommandReply {
        let isMap = request.kind == .map
        let needed = isMap ? 2 : 1
        guard !request.name.isEmpty, request.payload != nil || request.rest.count >= needed else {
            return .error(
                isMap
                    ? "'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier) and a payload"
                    : "'add acl' expects two parameters: ACL identifier and pattern.")
        }
        if !isMap, request.file == nil, request.find(in: request.all.filter(\.isMap)) != nil {
            return .error(
                "This ACL is shared with a map containing samples. You must use the command 'add map' to add values."
            )
        }
        guard let file = request.file else { return request.unknown }
        // The lines before one that does not fit are taken, as in HAProxy.
        var pairs: [(key: String, value: String)] = []
        var complaint: String?
        if let payload = request.payload {
            for line in String(decoding: payload, as: UTF8.self).split(separator: "\n") {
                let line = line.drop { $0 == " " || $0 == "\t" }
                guard !line.isEmpty else { continue }
                let pair = isMap ? PatternFile.parts(of: line) : (key: String(line), value: "")
                if isMap, pair.value.isEmpty {
                    complaint = "Missing value for key '\(pair.key)'."
                    break
                }
                pairs.append(pair)
            }
        } else {
            pairs = [(request.rest[0], isMap ? request.rest[1] : "")]
        }
        if let problem = file.add(pairs, to: request.version) { return .error(problem.message) }
        return complaint.map { .error($0) } ?? .done
    }

    private static func set(_ request: PatternRequest) -> CommandReply {
        guard request.rest.count >= 2 else {
            return .error("'set map' expects three parameters: map identifier, key and value.")
        }
        guard let file = request.file else { return request.unknown }
        switch file.set(request.entry(request.rest[0]), to: request.rest[1]) {
        case .success(true): return .done
        case .success(false): return .error("entry not found.")
        case .failure(let problem): return .error(problem.message)
        }
    }

    private static func delete(_ request: PatternRequest) -> CommandReply {
        guard let key = request.rest.first else {
            return .error(
                "This command expects two parameters: \(request.kind == .map ? "map" : "ACL") identifier and key."
            )
        }
        guard let file = request.file else { return request.unknown }
        return file.remove(request.entry(key)) ? .done : .error("Key not found.")
    }

    private static func clear(_ request: PatternRequest) -> CommandReply {
        guard !request.name.isEmpty else { return request.missing }
        guard let file = request.file else { return request.unknown }
        file.clear(request.version)
        return .done
    }

    private static func prepare(_ request: PatternRequest) -> CommandReply {
        guard let file = request.file else { return request.unknown }
        return .message(.info, "New version created: \(file.prepare())")
    }

    private static func commit(_ request: PatternRequest) -> CommandReply {
        guard let version = request.version else { return .error("Missing version number.") }
        guard !request.name.isEmpty else { return request.missing }
        guard let file = request.file else { return request.unknown }
        return file.commit(version) ? .done : .error("Version number out of range.")
    }
}

/// What the commands are about.
private enum PatternKind: String, CustomStringConvertible {
    case acl, map

    var description: String { rawValue }

    func command(
        _ verb: String, _ level: RuntimeSocketSettings.Level, _ arguments: String,
        _ text: String, _ action: @escaping @Sendable (PatternRequest) -> CommandReply
    ) -> Command {
        Command("\(verb) \(self)", level, arguments: arguments, does: text) { call, _ in
            action(PatternRequest(call, self))
        }
    }
}

/// `[@<ver>] <file>|#<id> …`
private struct PatternRequest {
    let kind: PatternKind
    let version: Int?
    /// Empty: none was given.
    let name: String
    /// What follows.
    let rest: [String]
    let payload: [UInt8]?
    let all: [PatternFile]

    init(_ call: CommandCall, _ kind: PatternKind) {
        self.kind = kind
        payload = call.payload
        all = call.snapshot.configuration.patternFiles
        var words = call.arguments[...]
        if let first = words.first, first.hasPrefix("@") {
            // What is no number is a version that nobody has.
            version = Int(first.dropFirst()) ?? .max
            words = words.dropFirst()
        } else {
            version = nil
        }
        name = words.first ?? ""
        rest = Array(words.dropFirst())
    }

    /// Those that the command can be about.
    var files: [PatternFile] { all.filter { kind == .map ? $0.isMap : $0.isUsedByACL } }

    var file: PatternFile? { find(in: files) }

    func find(in files: [PatternFile]) -> PatternFile? {
        if name.hasPrefix("#") {
            return Int(name.dropFirst()).flatMap { id in files.first { $0.id == id } }
        }
        return files.first { $0.path == name }
    }

    var missing: CommandReply {
        .error("Missing \(kind == .map ? "map" : "ACL") identifier.")
    }

    var unknown: CommandReply {
        .error(
            "Unknown \(kind == .map ? "map" : "ACL") identifier. Please use #<id> or <file>.")
    }

    /// A key, or `#0x1f`; what is no number is the number of no entry.
    func entry(_ text: String) -> PatternFile.EntryName {
        guard text.hasPrefix("#") else { return .key(text) }
        let digits = text.dropFirst(text.hasPrefix("#0x") ? 3 : 1)
        return .number(Int(digits, radix: 16) ?? 0)
    }
}
