public import Core

/// A sample that outlives the evaluation that made it: the value of a process variable.
public enum KeptValue: Sendable, Equatable {
    case bool(Bool)
    case integer(Int64)
    case address(IPAddress)
    case string([UInt8])
    case binary([UInt8])
    case method([UInt8])

    public init(_ sample: Sample, from arena: RawSpan) {
        switch sample {
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .address(let value): self = .address(value)
        case .string(let range): self = .string(arena.extracting(range.range).array())
        case .binary(let range): self = .binary(arena.extracting(range.range).array())
        case .method(let range): self = .method(arena.extracting(range.range).array())
        }
    }

    /// Bytes that it occupies beyond its own.
    public var byteCount: Int {
        switch self {
        case .bool, .integer, .address: 0
        case .string(let bytes), .binary(let bytes), .method(let bytes): bytes.count
        }
    }

    /// The value, its bytes at the end of the arena; nil: they do not fit.
    func load(into arena: inout Buffer) -> Sample? {
        let start = arena.count
        switch self {
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .address(let value): return .address(value)
        case .string(let bytes):
            guard arena.append(contentsOf: bytes) else { return nil }
            return .string(Bytes(start..<arena.count))
        case .binary(let bytes):
            guard arena.append(contentsOf: bytes) else { return nil }
            return .binary(Bytes(start..<arena.count))
        case .method(let bytes):
            guard arena.append(contentsOf: bytes) else { return nil }
            return .method(Bytes(start..<arena.count))
        }
    }

    /// HAProxy's word for its type.
    public var typeName: String {
        switch self {
        case .bool: SampleType.bool.name
        case .integer: SampleType.integer.name
        case .address(.v4): SampleType.ipv4.name
        case .address(.v6): SampleType.ipv6.name
        case .string: SampleType.string.name
        case .binary: SampleType.binary.name
        case .method: SampleType.method.name
        }
    }
}
