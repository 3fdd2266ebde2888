import Core

/// Reads `<criterion> [flags] [operator] [<value>] …` (HAProxy manual, section 7.1).
struct AccessParser {
    let world: ExpressionWorld
    /// Complaints that are no errors.
    private(set) var warnings: [String] = []

    init(_ world: ExpressionWorld) { self.world = world }

    /// Names that are a fetch and a match in one, like `path_beg`.
    private static let derived: [String: (fetch: String, method: MatchMethod)] = {
        var names: [String: (String, MatchMethod)] = [:]
        let bases = [
            "base": "base", "cook": "req.cook", "hdr": "req.hdr", "path": "path",
            "scook": "res.cook",
            "shdr": "res.hdr", "url": "url", "urlp": "urlp",
        ]
        for (alias, fetch) in bases {
            names[alias] = (fetch, .string)
            for method in ["beg", "dir", "dom", "end", "len", "reg", "sub"] {
                names["\(alias)_\(method)"] = (fetch, MatchMethod(rawValue: method) ?? .string)
            }
        }
        return names
    }()

    mutating func test(_ words: [String]) throws(ExpressionProblem) -> AccessTest {
        guard let criterion = words.first, !criterion.isEmpty else {
            throw ExpressionProblem("missing fetch method in ACL expression ''")
        }
        let name = String(criterion.prefix { $0 != "(" && $0 != "," })
        let alias = AccessParser.derived[name]
        let isFetch = FetchTable.byName[name] != nil
        guard alias != nil || isFetch else {
            let problem = FetchCatalog.problem(name)
            guard problem.message.hasPrefix("unknown") else { throw problem }
            throw ExpressionProblem(
                "unknown fetch method '\(name)' in ACL expression '\(criterion)'")
        }
        let text = (alias?.fetch ?? name) + criterion.dropFirst(name.count)
        let expression: SampleExpression
        do {
            expression = try SampleExpression.compile(text, in: world)
        } catch {
            throw ExpressionProblem("ACL keyword '\(name)' : \(error.message)", fix: error.fix)
        }
        var options = Options()
        var rest = words.dropFirst()
        try options.take(from: &rest)
        // A converter makes something else of the sample, so the name's own match holds no longer.
        let standard = expression.converters.isEmpty ? alias?.method : nil
        let method: MatchMethod
        if let asked = options.method ?? standard {
            method = asked
        } else {
            method = try AccessParser.method(for: expression)
        }
        guard expression.type.isCastable(to: method.type) else {
            throw ExpressionProblem(
                "matching method '\(method.rawValue)' cannot be used with fetch keyword '\(name)'")
        }
        let readsVersions = name.hasSuffix("ssl_ver") && method == .integer
        let patterns = readsVersions ? rest.map(VersionPattern.number) : Array(rest)
        if patterns.isEmpty, options.files.isEmpty, !options.isEnded, method != .found,
            method != .boolean
        {
            warnings.append(
                """
                parsing acl keyword '\(criterion)' :
                  no pattern to match against were provided, so this ACL will never match.
                  If this is what you intended, please add '--' to get rid of this warning.
                  If you intended to match only for existence, please use '-m found'.
                  If you wanted to force an int to match as a bool, please use '-m bool'.
                """)
        }
        let way = SharedPatterns.Way(
            method: method, ignoresCase: options.ignoresCase, readsVersions: readsVersions)
        var files: [PatternView] = []
        for (path, isMap) in options.files {
            let file = try world.patternFile(path, isMap: isMap)
            files.append(
                PatternView(try file.patterns(for: way, user: "acl at \(world.place)")))
        }
        // A line without any pattern has a meaning for some methods, so that its own set is there then.
        let hasOwn = !patterns.isEmpty || files.isEmpty
        return AccessTest(
            expression: expression, method: method,
            patterns: try PatternSet(patterns, method: method, ignoringCase: options.ignoresCase),
            hasPatterns: hasOwn, files: files)
    }

    /// The match that belongs to a type.
    private static func method(
        for expression: SampleExpression
    ) throws(ExpressionProblem) -> MatchMethod {
        switch expression.type {
        case .bool: .boolean
        case .integer: .integer
        case .address, .ipv4, .ipv6: .address
        case .string, .method: .string
        case .binary: .binary
        case .any:
            throw ExpressionProblem(
                "unable to find a matching method: the type of '\(expression.text)' is known at run time only",
                fix: "add '-m str' or another method")
        }
    }

    /// `-i -f <file> -m <method> -n -u <id> -M --`
    private struct Options {
        var ignoresCase = false
        var method: MatchMethod?
        var isEnded = false
        var isMap = false
        /// Paths, and whether lines are keys with values.
        var files: [(path: String, isMap: Bool)] = []

        mutating func take(
            from words: inout ArraySlice<String>
        ) throws(ExpressionProblem) {
            while let word = words.first, word.hasPrefix("-"), !isEnded {
                // Numbers may be negative.
                if Int64(word) != nil { return }
                words = words.dropFirst()
                switch word {
                case "-i": ignoresCase = true
                case "-n": break
                case "-M": isMap = true
                case "-u":
                    guard let id = words.first, Int(id) != nil else {
                        throw ExpressionProblem("Argument of '-u' must be an integer")
                    }
                    words = words.dropFirst()
                case "-m":
                    guard let name = words.first else {
                        throw ExpressionProblem("missing method name after '-m'")
                    }
                    guard let known = MatchMethod(rawValue: name) else {
                        throw ExpressionProblem(
                            "unknown matching method '\(name)' when parsing ACL expression")
                    }
                    method = known
                    words = words.dropFirst()
                case "-f":
                    guard let path = words.first else {
                        throw ExpressionProblem("missing pattern file name after '-f'")
                    }
                    words = words.dropFirst()
                    files.append((path, isMap))
                case "--": isEnded = true
                default:
                    throw ExpressionProblem(
                        "'\(word)' is not a valid ACL option. Please use '--' before any pattern beginning with a '-'"
                    )
                }
            }
        }
    }
}
