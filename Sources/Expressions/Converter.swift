public import Core

/// One step of an expression behind its fetch. Texts are ranges of the expression's constants.
public enum Converter: Sendable, BitwiseCopyable {
    /// A number that is written, or what a variable holds when the step runs.
    public enum Operand: Sendable, BitwiseCopyable {
        case constant(Int64)
        case variable(Variable)
    }

    public enum Arithmetic: UInt8, Sendable, BitwiseCopyable {
        case add, subtract, multiply, divide, modulo, and, or, exclusiveOr
    }

    public enum Hash: UInt8, Sendable, BitwiseCopyable {
        case crc32, crc32c, djb2, sdbm, wt6
    }

    // Text.
    case lower, upper, length, reverse, reverseDomain, cutLineEnd, trimLeft(Bytes), trimRight(Bytes)
    case field(Int32, delimiters: Bytes, count: Int32)
    case word(Int32, delimiters: Bytes, count: Int32)
    /// No length: up to the end.
    case bytes(offset: Operand, length: Operand?)
    case concatenate(Bytes, Variable?, Bytes)
    case addItem(delimiter: Bytes, Variable?, Bytes)
    case compare(Variable)
    case choose(Bytes, Bytes)
    case substitute(regex: Int32, replacement: Bytes, isGlobal: Bool)
    case urlDecode(inForm: Bool), urlEncode
    case json(mode: UInt8)
    case hostOnly, portOnly
    case parameter(name: Bytes, delimiter: UInt8)
    /// One bit for each control character that is looked for; bit 32: DEL.
    case hasControl(UInt64)
    // Encodings.
    case base64, base64Decode, urlBase64, urlBase64Decode, hex, hexToInteger
    case bigEndianDecimal(separator: Bytes, chunk: Int32, truncates: Bool)
    case littleEndianDecimal(separator: Bytes, chunk: Int32, truncates: Bool)
    case bits
    case bigEndianHex(separator: Bytes, chunk: Int32, truncates: Bool)
    // Numbers.
    case arithmetic(Arithmetic, Operand), negate, complement, not, toBool, isOdd, isEven
    case networkOrder
    case certificateError
    // Addresses.
    case mask(v4: UInt32, v6: IPv6Address)
    // Hashes.
    case hash(Hash, avalanches: Bool)
    case xxHash32(seed: UInt32), xxHash64(seed: UInt64)
    // Cryptography: numbers of `Cryptography.Digest` and `Cryptography.Cipher.Mode`.
    case digest(UInt8)
    case authenticate(UInt8, Octets)
    case compareSecurely(Variable)
    case cipher(
        mode: UInt8, encrypts: Bool, bits: Int16, Octets, Octets, tag: Octets?,
        associated: Octets?)
    // JSON, tokens, fields of known syntax.
    case jsonValue(path: Bytes, isInteger: Bool)
    case tokenPart(isHeader: Bool, path: Bytes?, isInteger: Bool)
    case tokenSignature(TokenCheck)
    case forwardedIsValid, forwardedField(name: Bytes), forwardedNode(isPort: Bool)
    case nodeName, nodePort
    case protobuf(path: Bytes, type: UInt8, isCall: Bool)
    case language(Bytes, standard: Bytes?)
    // Time.
    case httpDate(offset: Int64, unit: UInt8)
    case time(format: Bytes, offset: Int64, isLocal: Bool, unit: UInt8)
    // Tables of the configuration.
    case map(Int32)
    case stick(StickQuery)
    // The engine.
    case engine(EngineNumber), capture(index: Int32, side: Fetch.Side)
    // Variables.
    case setVariable(Variable, VariableConditions), unsetVariable(Variable)
}
