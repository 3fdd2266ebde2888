import Core

/// From one type to another (HAProxy manual, section 7.1).
extension Evaluation {
    /// The sample as another type; nil where its value means nothing there.
    public mutating func cast(_ sample: Sample, to type: SampleType) -> Sample? {
        switch type {
        case .any: return sample
        case .bool:
            guard let value = integer(sample) else { return nil }
            return .bool(value != 0)
        case .integer:
            guard let value = integer(sample) else { return nil }
            return .integer(value)
        case .address, .ipv4, .ipv6: return address(sample, type)
        case .string, .method: return textRange(sample).map { .string($0) }
        case .binary: return binary(sample)
        }
    }

    // These change nothing: a function that borrows all of `self` may get a copy of it.

    private mutating func integer(_ sample: Sample) -> Int64? {
        switch sample {
        case .bool(let value): value ? 1 : 0
        case .integer(let value): value
        case .address(.v4(let address)): Int64(address.rawValue)
        case .address(.v6): nil
        // As HAProxy: an empty text is no number, one without digits is 0.
        case .string(let range): range.isEmpty ? nil : NumberText.leading(bytes(range))
        case .binary(let range):
            // As HAProxy: up to eight bytes, the first the most significant.
            range.count <= 8 ? bigEndian(range) : nil
        case .method: nil
        }
    }

    private mutating func bigEndian(_ range: Bytes) -> Int64 {
        var value: UInt64 = 0
        for at in range.range { value = value &<< 8 | UInt64(arena.bytes.byte(at: at)) }
        return Int64(bitPattern: value)
    }

    private mutating func address(_ sample: Sample, _ type: SampleType) -> Sample? {
        let found: IPAddress?
        switch sample {
        case .address(let address): found = address
        case .integer(let value):
            found = .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: value)))
        case .string(let range): found = AddressText.parse(bytes(range))
        case .bool, .binary, .method: found = nil
        }
        switch (found, type) {
        case (.v4(let address), .ipv6):
            return .address(
                .v6(IPv6Address(high: 0, low: 0xffff_0000_0000 | UInt64(address.rawValue))))
        case (.v6(let address), .ipv4): return address.mappedIPv4.map { .address(.v4($0)) }
        default: return found.map { .address($0) }
        }
    }

    /// The sample as text in the arena.
    public mutating func textRange(_ sample: Sample) -> Bytes? {
        let start = arena.count
        switch sample {
        case .string(let range), .method(let range), .binary(let range): return range
        case .bool(let value): guard arena.append(value ? 0x31 : 0x30) else { return nil }
        case .integer(let value): guard arena.append(decimal: Int(value)) else { return nil }
        case .address(let address):
            guard arena.room >= PeerAddress.textLimit else { return nil }
            arena.append(address)
        }
        return Bytes(start..<arena.count)
    }

    /// Bytes as pairs of hexadecimal digits behind all that is there.
    mutating func appendHexadecimal(_ range: Range<Int>) -> Bool {
        for at in range {
            let byte = arena.bytes.byte(at: at)
            guard arena.append(Evaluation.digit(byte >> 4)),
                arena.append(Evaluation.digit(byte & 15))
            else { return false }
        }
        return true
    }

    private mutating func binary(_ sample: Sample) -> Sample? {
        let start = arena.count
        switch sample {
        case .binary: return sample
        case .string(let range), .method(let range): return .binary(range)
        case .bool(let value): guard appendBigEndian(value ? 1 : 0, 8) else { return nil }
        case .integer(let value):
            guard appendBigEndian(UInt64(bitPattern: value), 8) else { return nil }
        case .address(.v4(let address)):
            guard appendBigEndian(UInt64(address.rawValue), 4) else { return nil }
        case .address(.v6(let address)):
            guard appendBigEndian(address.high, 8), appendBigEndian(address.low, 8) else {
                return nil
            }
        }
        return .binary(Bytes(start..<arena.count))
    }

    mutating func appendBigEndian(_ value: UInt64, _ count: Int) -> Bool {
        for index in 0..<count {
            let byte = UInt8(truncatingIfNeeded: value >> UInt64((count - 1 - index) * 8))
            guard arena.append(byte) else { return false }
        }
        return true
    }

    @inline(__always)
    static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 &+ value : 0x37 &+ value }
}
