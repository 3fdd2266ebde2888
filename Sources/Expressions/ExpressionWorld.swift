/// What compiling expressions needs and collects: one for a whole configuration.
public final class ExpressionWorld {
    public var variables = VariableNames()
    /// Proxies and servers that expressions name: `app`, `app/web1`. They are looked up when the
    /// whole configuration is known.
    public private(set) var references: [String] = []
    /// Stick tables that expressions and rules name, likewise.
    public private(set) var tables: [String] = []
    private var tableIndexes: [String: Int32] = [:]
    /// The section that is being read: its own table is meant where none is named.
    public var section = ""
    /// The ACLs of that section, as far as it was read: the fetch `acl` names them.
    public var lists: AccessLists?
    var namedLists: AccessLists { lists ?? AccessLists(self) }
    /// `tune.stick-counters`
    public var stickCounters = StickCounters.standard
    /// `userlist` sections by name.
    public var userLists: [String: UserList] = [:]
    /// Whether anything but log lines reads the request line when the request is gone.
    public private(set) var keepsRequestLine = false
    /// Whether somebody reads what PROXY headers say beside the addresses.
    public private(set) var keepsProxyHeaders = false
    private var referenceIndexes: [String: Int32] = [:]
    /// Reads a file of patterns; the failure is the system's sentence.
    let readFile: (String) -> Result<[UInt8], ExpressionProblem>
    let environment: (String) -> String?
    /// Files of patterns and maps, for commands.
    public private(set) var patternFiles: [PatternFile] = []
    /// The line that is being read, for lists of who uses a file: `file 'a.cfg' line 3`.
    public var place = "file '' line 0"

    public init(
        readFile: @escaping (String) -> Result<[UInt8], ExpressionProblem>,
        environment: @escaping (String) -> String? = { _ in nil }
    ) {
        self.readFile = readFile
        self.environment = environment
    }

    /// The place of a variable.
    public func variable(_ name: String) throws(ExpressionProblem) -> Variable {
        try variables.variable(name)
    }

    func keepRequestLine() { keepsRequestLine = true }
    func keepProxyHeaders() { keepsProxyHeaders = true }

    func reference(_ name: String) -> Int32 {
        if let known = referenceIndexes[name] { return known }
        let index = Int32(clamping: references.count)
        references.append(name)
        referenceIndexes[name] = index
        return index
    }

    /// The place of a stick table among those that are named.
    public func table(_ name: String) -> Int32 {
        if let known = tableIndexes[name] { return known }
        let index = Int32(clamping: tables.count)
        tables.append(name)
        tableIndexes[name] = index
        return index
    }

    /// Lines of a file of patterns without blanks before them, empty ones and comments.
    func patternLines(_ path: String) throws(ExpressionProblem) -> [String] {
        switch readFile(path) {
        case .failure: throw ExpressionProblem("failed to open pattern file <\(path)>")
        case .success(let bytes):
            var lines: [String] = []
            for line in bytes.split(separator: 0x0a) {
                var line = line.drop { $0 == 0x20 || $0 == 0x09 }
                if line.last == 0x0d { line = line.dropLast() }
                guard let first = line.first, first != UInt8(ascii: "#") else { continue }
                lines.append(String(decoding: line, as: UTF8.self))
            }
            return lines
        }
    }

    /// The patterns of a file, shared by everybody who names it in the same way; `isMap`: lines are a key and a value.
    func patternFile(_ path: String, isMap: Bool) throws(ExpressionProblem) -> PatternFile {
        if let known = patternFiles.first(where: { $0.path == path && $0.isMap == isMap }) {
            return known
        }
        return addFile(path, isMap: isMap, lines: try patternLines(path))
    }

    func addFile(_ path: String, isMap: Bool, lines: [String]) -> PatternFile {
        let file = PatternFile(id: patternFiles.count, path: path, isMap: isMap, lines: lines)
        patternFiles.append(file)
        return file
    }
}
