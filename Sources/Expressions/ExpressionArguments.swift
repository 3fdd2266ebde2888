import Core

/// The arguments of one fetch or converter, and the constants of its expression while it is
/// compiled.
struct ExpressionArguments {
    let owner: String
    private(set) var texts: [String]
    let world: ExpressionWorld
    var constants: [UInt8]
    var regexes: [Regex] = []
    var maps: [PatternMap] = []
    private(set) var userLists: [UserList] = []
    /// Named ACLs that the fetch reads.
    private(set) var condition: Condition?
    var keys: [Cryptography.PublicKey] = []

    var count: Int { texts.count }

    init(_ texts: [String], of owner: String, constants: [UInt8], world: ExpressionWorld) {
        self.texts = texts
        self.owner = owner
        self.constants = constants
        self.world = world
    }

    func has(_ index: Int) -> Bool { index < texts.count && !texts[index].isEmpty }

    func text(_ index: Int) throws(ExpressionProblem) -> String {
        guard index < texts.count else {
            throw ExpressionProblem(
                "missing arguments (got \(texts.count)/\(index + 1)), type 'string' expected")
        }
        return texts[index]
    }

    func rest(from index: Int) -> [String] { Array(texts.dropFirst(index)) }

    /// Keeps a text among the constants.
    mutating func keep(_ text: String) -> Bytes {
        let start = constants.count
        constants += Array(text.utf8)
        return Bytes(start..<constants.count)
    }

    /// The same for bytes.
    mutating func keep(_ bytes: [UInt8]) -> Bytes {
        let start = constants.count
        constants += bytes
        return Bytes(start..<constants.count)
    }

    mutating func bytes(_ index: Int) throws(ExpressionProblem) -> Bytes {
        keep(try text(index))
    }

    mutating func bytes(_ index: Int, or standard: String) -> Bytes {
        keep(has(index) ? texts[index] : standard)
    }

    func integer(_ index: Int) throws(ExpressionProblem) -> Int64 {
        guard index < texts.count else {
            throw ExpressionProblem(
                "missing arguments (got \(texts.count)/\(index + 1)), type 'integer' expected")
        }
        guard let value = Int64(texts[index]) else {
            throw ExpressionProblem(
                "failed to parse '\(texts[index])' as type 'integer' at position \(index + 1)")
        }
        return value
    }

    func integer(_ index: Int, or standard: Int64) throws(ExpressionProblem) -> Int64 {
        has(index) ? try integer(index) : standard
    }

    func int32(_ index: Int, or standard: Int64) throws(ExpressionProblem) -> Int32 {
        Int32(clamping: try integer(index, or: standard))
    }

    /// Bits, in decimal or hexadecimal.
    func mask(_ index: Int, limit: UInt64) throws(ExpressionProblem) -> UInt64 {
        let text = try text(index)
        let isHex = text.hasPrefix("0x")
        let value = isHex ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
        guard let value, value <= limit else {
            throw ExpressionProblem(
                "'\(text)' is not a mask: a number up to 0x\(String(limit, radix: 16)) is expected")
        }
        return value
    }

    /// The place of a server among what expressions name; without a backend's name it is one of the section's own.
    func server(_ index: Int) throws(ExpressionProblem) -> Int32 {
        let name = try text(index)
        return world.reference(name.contains("/") ? name : "\(world.section)/\(name)")
    }

    /// A unit of time: `s`, `ms`, `us`.
    func unit(_ index: Int) throws(ExpressionProblem) -> UInt8 {
        guard has(index) else { return 0 }
        switch texts[index] {
        case "s": return 0
        case "ms": return 1
        case "us": return 2
        default: throw ExpressionProblem("expects 's', 'ms' or 'us', got '\(texts[index])'")
        }
    }

    func delimiter(_ index: Int, or standard: UInt8) throws(ExpressionProblem) -> UInt8 {
        guard has(index) else { return standard }
        // `0x26`
        if texts[index].hasPrefix("0x"), texts[index].utf8.count == 4,
            let byte = UInt8(texts[index].dropFirst(2), radix: 16)
        {
            return byte
        }
        guard texts[index].utf8.count == 1, let byte = texts[index].utf8.first else {
            throw ExpressionProblem("delimiter must be exactly one character.")
        }
        return byte
    }

    func variable(_ index: Int) throws(ExpressionProblem) -> Variable {
        try world.variable(try text(index))
    }

    func optionalVariable(_ index: Int) throws(ExpressionProblem) -> Variable? {
        has(index) ? try world.variable(texts[index]) : nil
    }

    func operand(_ index: Int) throws(ExpressionProblem) -> Converter.Operand {
        let text = try text(index)
        if let value = Int64(text) { return .constant(value) }
        return .variable(try world.variable(text))
    }

    /// The same for a number that must not be less than `least`.
    func operand(
        _ index: Int, atLeast least: Int64
    ) throws(ExpressionProblem) -> Converter.Operand {
        let operand = try operand(index)
        if case .constant(let value) = operand, value < least {
            throw ExpressionProblem("invalid value '\(value)': it must be at least \(least)")
        }
        return operand
    }

    /// The place of a `userlist` among those of the expression.
    mutating func userList(_ index: Int) throws(ExpressionProblem) -> Int32 {
        let name = try text(index)
        guard let list = world.userLists[name] else {
            throw ExpressionProblem("unable to find userlist '\(name)'")
        }
        userLists.append(list)
        return Int32(clamping: userLists.count - 1)
    }

    /// The arguments as names of ACLs that must all be true, each with `!` in front where it must be false.
    mutating func takeCondition() throws(ExpressionProblem) {
        condition = try world.namedLists.allOf(texts)
    }

    /// The place of the public key of a PEM file among those of the expression; nil: it cannot be read.
    mutating func publicKey(_ path: String) -> Int32? {
        guard case .success(let pem) = world.readFile(path),
            let key = Cryptography.PublicKey(pem: pem)
        else { return nil }
        keys.append(key)
        return Int32(clamping: keys.count - 1)
    }

    func address(_ index: Int) throws(ExpressionProblem) -> IPAddress {
        let text = try text(index)
        guard let address = IPAddress(text) else {
            throw ExpressionProblem("'\(text)' is not a valid IPv4 or IPv6 address")
        }
        return address
    }
}
