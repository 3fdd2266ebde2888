/// A compiled log format: literal bytes and fields, in order.
///
/// The owner walks over `items` and writes each field's value, so a line costs no allocation:
/// ```
/// for item in format.items {
///     switch item {
///     case .literal(let range): line.append(format.literals.span.extracting(range).bytes)
///     case .field(let field, let flags): write(field, flags, into: &line)
///     }
/// }
/// ```
public struct LogFormat: Sendable, Equatable {
    /// A piece of the line.
    public enum Item: Sendable, Equatable {
        /// Bytes of `literals`.
        case literal(Range<Int>)
        case field(LogField, LogFlags)
        /// `%[…]`
        case expression(SampleExpression, LogFlags)
    }

    public private(set) var items: [Item] = []
    /// The bytes of all literals, one behind the other.
    public private(set) var literals: [UInt8] = []
    /// Whether any item is an expression.
    public private(set) var hasExpressions = false
    /// `%{+json}o`: the line is a map of the items that have names.
    public private(set) var encoding = LogEncoding.none
    /// Names and types for encodings, one for each item; empty where nothing is encoded.
    public private(set) var labels: [Label] = []

    /// `%(name:type)`; the name's bytes stand among the literals, and an item without one has none.
    public struct Label: Sendable, Equatable {
        public var name = 0..<0
        public var type = LogValueType.own
    }
    /// Words in braces that mean nothing. HAProxy ignores them; we do, too, and tell.
    public private(set) var ignoredFlags: [String] = []

    /// Longest format in bytes.
    public static let textLimit = 8192

    /// A format of nothing.
    public init() {}

    /// Compiles the text of `log-format`, as it is after the configuration's own quoting. Without a
    /// world there are no expressions in it.
    public init(
        _ text: String, in world: ExpressionWorld? = nil, at place: RulePlace = .log
    ) throws(LogFormatProblem) {
        var compiler = LogFormatCompiler(text, world, place)
        try compiler.run()
        items = compiler.items
        literals = compiler.literals
        labels = compiler.isEncoded ? compiler.labels : []
        encoding = compiler.encoding
        ignoredFlags = compiler.ignoredFlags
        hasExpressions = items.contains { if case .expression = $0 { true } else { false } }
    }

    /// Whether the format is none: `log-format ""` writes no line.
    public var isEmpty: Bool { items.isEmpty && encoding == .none }

    /// The same for another thread, which then counts references of its own.
    public func copy() -> LogFormat {
        var copy = self
        copy.items = items.map {
            if case .expression(let expression, let flags) = $0 {
                .expression(expression.copy(), flags)
            } else {
                $0
            }
        }
        copy.literals = literals.map { $0 }
        return copy
    }

    /// What its expressions read.
    public var needs: SampleNeeds {
        items.reduce(into: []) { needs, item in
            if case .expression(let expression, _) = item { needs.formUnion(expression.needs) }
        }
    }

    /// Whether it tells the ends of the server's connection, which may be another stream's by then.
    public var readsServerEnds: Bool {
        items.contains { item in
            switch item {
            case .field(.backendAddress, _), .field(.backendPort, _): true
            case .expression(let expression, _): expression.readsServerEnds
            default: false
            }
        }
    }

    /// Fields that exist in `mode http` only.
    public var fieldsOfHTTP: [LogField] {
        items.compactMap { item in
            if case .field(let field, _) = item, field.needsHTTP { field } else { nil }
        }
    }

    /// `option tcplog`
    public static let tcp = known("%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts \(counters)")
    /// `option httplog`
    public static let http = known(
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc \(counters) %hr %hs %{+Q}r"
    )
    /// `option httplog clf`
    public static let clf = known(
        """
        %{+Q}o %{-Q}ci - - [%trg] %r %ST %B "" "" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc \
        %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl
        """)

    /// `option httplog json` (ours): a JSON object with the fields of `option httplog`.
    public static let json = known(
        """
        %{+json}o %(client_ip)ci %(client_port:sint)cp %(request_date)tr %(frontend)ft %(backend)b \
        %(server)s %(time_request)TR %(time_queue)Tw %(time_connect)Tc %(time_response)Tr \
        %(time_active)Ta %(status)ST %(bytes_read)B %(bytes_uploaded)U \
        %(captured_request_cookie)CC %(captured_response_cookie)CS %(termination_state)tsc \
        %(connections)ac %(frontend_connections)fc %(backend_connections)bc \
        %(server_connections)sc %(retries)rc %(server_queue)sq %(backend_queue)bq \
        %(captured_request_headers)hrl %(captured_response_headers)hsl %(request)r
        """)

    private static let counters = "%ac/%fc/%bc/%sc/%rc %sq/%bq"

    /// Our own texts compile; a test makes sure.
    private static func known(_ text: String) -> LogFormat {
        (try? LogFormat(text)) ?? LogFormat()
    }
}

/// Why a log format cannot be compiled. The messages are HAProxy's where it has one.
public enum LogFormatProblem: Error, Equatable, Sendable {
    case tooLong
    case unknownVariable(String)
    case truncated(after: String)
    case unexpectedName(near: Character, position: Int, text: String)
    case modifierWithoutName(near: String)
    /// `%[expr]` where there are no expressions.
    case expression(String)
    /// An expression that does not compile.
    case badExpression(String, ExpressionProblem)
    case misplacedExpression(String, needs: String)
    /// `%(name:type)` of a type that there is not.
    case unknownType(String)
    /// `%(name)` whose name cannot stand in an encoding.
    case badLabel(String)

    /// What to write instead, where it is known.
    public var fix: String? {
        switch self {
        case .badExpression(_, let problem): problem.fix
        case .unknownVariable(let name): LogFormatProblem.suggestion(for: name)
        case .unknownType: "one of 'str', 'sint', 'bool'"
        default: nil
        }
    }

    /// Names are short: one that differs by a letter or by case is near.
    private static func suggestion(for name: String) -> String? {
        let known = LogField.allCases.map(\.rawValue)
        let near =
            known.first { $0.lowercased() == name.lowercased() }
            ?? known.sorted { $0.count > $1.count }.first { name.hasPrefix($0) && $0.count > 1 }
        return near.map { "did you mean '%\($0)' ?" }
    }

    public var message: String {
        switch self {
        case .tooLong: "longer than \(LogFormat.textLimit) bytes"
        case .unknownVariable(let name):
            "no such format variable '\(name)'. If you wanted to emit the '%' character verbatim, you need to use '%%'"
        case .truncated(let text): "truncated line after '\(text)'"
        case .unexpectedName(let character, let position, let text):
            "unexpected variable name near '\(character)' at position \(position) line : '\(text)'. Maybe you want to write a single '%', use the syntax '%%'"
        case .modifierWithoutName(let text):
            "parse argument modifier without variable name near '\(text)'"
        case .expression(let text):
            "sample expressions are not supported here: '%[\(text)]'"
        case .badExpression(let text, let problem):
            "failed to parse sample expression <\(text)]> : \(problem.message)"
        case .misplacedExpression(let text, let needs):
            "sample fetch <\(text)]> may not be reliably used here because it needs '\(needs)' which is not available here"
        case .unknownType(let name): "unexpected output type '\(name)' of a log format item"
        case .badLabel(let name):
            "invalid name '\(name)' of a log format item: quotes, backslashes and control characters cannot stand in it"
        }
    }
}
