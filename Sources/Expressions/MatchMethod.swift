/// How a sample is compared with patterns: `-m` (HAProxy manual, section 7.1.3).
public enum MatchMethod: String, Sendable, BitwiseCopyable, CaseIterable {
    case found
    case boolean = "bool"
    case integer = "int"
    case address = "ip"
    case binary = "bin"
    case length = "len"
    case string = "str"
    case prefix = "beg"
    case substring = "sub"
    case regex = "reg"
    case directory = "dir"
    case domain = "dom"
    case suffix = "end"

    /// What a sample is made before it is compared.
    var type: SampleType {
        switch self {
        case .found: .any
        case .boolean: .bool
        case .integer: .integer
        case .address: .address
        case .binary: .binary
        case .length, .string, .prefix, .substring, .regex, .directory, .domain, .suffix: .string
        }
    }
}
