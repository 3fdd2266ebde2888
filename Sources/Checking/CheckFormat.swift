public import Expressions

/// A log format that a check makes bytes of, each time anew: `send-lf`, `string-lf`, `on-error`.
public struct CheckFormat: Sendable {
    public let template: Template
    /// `send-binary-lf`, `binary-lf`: what it gives is read as hexadecimal digits.
    public let isHexadecimal: Bool

    public init(_ template: Template, isHexadecimal: Bool = false) {
        self.template = template
        self.isHexadecimal = isHexadecimal
    }

    /// nil: something else than pairs of digits.
    static func bytes(ofHexadecimal digits: [UInt8]) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}

/// What a rule gives to a variable.
public enum CheckValue: Sendable {
    /// `set-var`
    case expression(SampleExpression)
    /// `set-var-fmt`
    case format(Template)
    /// `unset-var`
    case none
}
