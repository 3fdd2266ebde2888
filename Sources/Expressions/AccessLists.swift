/// The named ACLs of one proxy while its section is read.
public struct AccessLists {
    private var tests: [String: [AccessTest]] = [:]
    /// It keeps the lists of the section that is read, so that this way back must not keep it.
    private unowned let world: ExpressionWorld

    public init(_ world: ExpressionWorld) { self.world = world }

    /// ACLs that are there without being written (HAProxy manual, section 7.4).
    private static let predefined: [String: [String]] = [
        "TRUE": ["always_true"], "FALSE": ["always_false"], "HTTP": ["req.proto_http"],
        "LOCALHOST": ["src", "127.0.0.1/8", "::1"], "HTTP_1.0": ["req.ver", "1.0"],
        "HTTP_1.1": ["req.ver", "1.1"], "HTTP_2.0": ["req.ver", "2.0"],
        "HTTP_3.0": ["req.ver", "3.0"],
        "HTTP_CONTENT": ["req.hdr_val(content-length)", "gt", "0"],
        "HTTP_URL_ABS": ["url_reg", "^[^/:]*://"], "HTTP_URL_SLASH": ["url_beg", "/"],
        "HTTP_URL_STAR": ["url", "*"], "METH_CONNECT": ["method", "CONNECT"],
        "METH_DELETE": ["method", "DELETE"], "METH_GET": ["method", "GET", "HEAD"],
        "METH_HEAD": ["method", "HEAD"], "METH_OPTIONS": ["method", "OPTIONS"],
        "METH_POST": ["method", "POST"], "METH_PUT": ["method", "PUT"],
        "METH_TRACE": ["method", "TRACE"], "REQ_CONTENT": ["req.len", "gt", "0"],
        "WAIT_END": ["wait_end"],
    ]

    public mutating func removeAll() { tests = [:] }

    public var names: [String] { tests.keys.sorted() + AccessLists.predefined.keys.sorted() }

    /// Adds an `acl` line: its name and the words behind it. Returns warnings.
    public mutating func add(
        _ name: String, _ words: [String]
    ) throws(ExpressionProblem) -> [String] {
        let isForbidden = name.utf8.firstIndex { byte in
            !(byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || "-_.:".utf8.contains(byte))
        }
        if let isForbidden {
            throw ExpressionProblem(
                "character '\(name[isForbidden])' is not permitted in acl name '\(name)'")
        }
        var parser = AccessParser(world)
        let test = try parser.test(words)
        tests[name, default: []].append(test)
        return parser.warnings
    }

    /// Most ACLs that one `acl()` names, as in HAProxy.
    static let nameLimit = 12

    /// True when each of some named ACLs is; `!` in front of a name: when it is not.
    func allOf(_ names: [String]) throws(ExpressionProblem) -> Condition {
        var terms: [Condition.Term] = []
        for name in names {
            let isNegated = name.hasPrefix("!")
            terms.append(
                Condition.Term(
                    list: try list(isNegated ? String(name.dropFirst()) : name),
                    isNegated: isNegated))
        }
        return Condition(terms: terms, isNegated: false)
    }

    func list(_ name: String) throws(ExpressionProblem) -> AccessControlList {
        if let tests = tests[name] { return AccessControlList(name: name, tests: tests) }
        guard let words = AccessLists.predefined[name] else {
            throw ExpressionProblem("no such ACL : '\(name)'")
        }
        var parser = AccessParser(world)
        return AccessControlList(name: name, tests: [try parser.test(words)])
    }

    /// Compiles what stands behind `if` or `unless`. Returns warnings besides.
    public func condition(
        _ words: [String], isNegated: Bool, at place: RulePlace
    ) throws(ExpressionProblem) -> (Condition, [String]) {
        var terms: [Condition.Term] = []
        var warnings: [String] = []
        var isNot = false
        var index = 0
        while index < words.count {
            var word = words[index]
            index += 1
            if word == "or" || word == "||" || word == "OR" {
                isNot = false
                if !terms.isEmpty { terms[terms.count - 1].endsGroup = true }
                continue
            }
            while word.hasPrefix("!") {
                isNot.toggle()
                word.removeFirst()
            }
            if word.isEmpty { continue }
            let list: AccessControlList
            if word == "{" {
                guard let end = words[index...].firstIndex(of: "}") else {
                    throw ExpressionProblem("missing closing '}' in condition")
                }
                var parser = AccessParser(world)
                list = AccessControlList(
                    name: "", tests: [try parser.test(Array(words[index..<end]))])
                warnings += parser.warnings
                index = end + 1
            } else {
                list = try self.list(word)
            }
            if let fetch = list.unusableFetch(at: place) {
                warnings.append(
                    list.name.isEmpty
                        ? "anonymous acl will never match because it uses keyword '\(fetch)' which is incompatible with '\(place.name)'"
                        : "acl '\(list.name)' will never match because it only involves keywords that are incompatible with '\(place.name)'"
                )
            }
            terms.append(Condition.Term(list: list, isNegated: isNot))
            isNot = false
        }
        // As in HAProxy, nothing is not true, neither alone nor behind an "or".
        if terms.isEmpty { terms = [Condition.Term(list: try list("FALSE"), isNegated: false)] }
        terms[terms.count - 1].endsGroup = false
        return (Condition(terms: terms, isNegated: isNegated), warnings)
    }
}
