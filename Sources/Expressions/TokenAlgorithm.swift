import Core

/// Signatures of JSON Web Tokens (RFC 7518 section 3.1).
enum TokenAlgorithm: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case hs256, hs384, hs512, rs256, rs384, rs512, es256, es384, es512, ps256, ps384, ps512, none

    /// `HS256`, and `none` in lower case.
    init?(_ name: RawSpan) {
        for each in TokenAlgorithm.allCases where name.equals(each.name) {
            self = each
            return
        }
        return nil
    }

    private var name: StaticString {
        switch self {
        case .hs256: "HS256"
        case .hs384: "HS384"
        case .hs512: "HS512"
        case .rs256: "RS256"
        case .rs384: "RS384"
        case .rs512: "RS512"
        case .es256: "ES256"
        case .es384: "ES384"
        case .es512: "ES512"
        case .ps256: "PS256"
        case .ps384: "PS384"
        case .ps512: "PS512"
        case .none: "none"
        }
    }

    enum Family { case secret, rsa, pss, curve, none }

    var family: Family {
        switch self {
        case .hs256, .hs384, .hs512: .secret
        case .rs256, .rs384, .rs512: .rsa
        case .es256, .es384, .es512: .curve
        case .ps256, .ps384, .ps512: .pss
        case .none: .none
        }
    }

    var digest: Cryptography.Digest {
        switch self {
        case .hs256, .rs256, .es256, .ps256, .none: .sha256
        case .hs384, .rs384, .es384, .ps384: .sha384
        case .hs512, .rs512, .es512, .ps512: .sha512
        }
    }

    /// Bytes of the two numbers that a signature on a curve is (RFC 7518 section 3.4).
    var curveBytes: Int {
        switch self {
        case .es256: 64
        case .es384: 96
        case .es512: 132
        default: 0
        }
    }
}

/// What `jwt_verify` checks a token with.
public struct TokenCheck: Sendable, BitwiseCopyable {
    /// nil: a variable tells.
    var algorithm: TokenAlgorithm?
    var algorithmVariable: Variable?
    /// The place of a public key in the expression; -1: there is none.
    var key: Int32 = -1
    /// A secret of the configuration.
    var secret: Bytes?
    /// A variable that holds the secret.
    var secretVariable: Variable?
}

/// What `jwt_verify` says, as HAProxy numbers it.
enum TokenVerdict: Int64 {
    case wrong = 0
    case right = 1
    case unknownAlgorithm = -1
    case invalidToken = -3
    case unknownKey = -5
}

/// The three parts of a token in its compact form (RFC 7515 section 3.1).
struct TokenParts {
    /// Most bytes of a token.
    static let limit = 16 * 1024

    let header: Range<Int>
    let payload: Range<Int>
    let signature: Range<Int>

    /// One part of a token that may have any number of them.
    static func part(_ index: Int, of text: RawSpan, _ range: Range<Int>) -> Range<Int>? {
        guard range.count <= TokenParts.limit else { return nil }
        var start = range.lowerBound
        var passed = 0
        for at in range where text.byte(at: at) == UInt8(ascii: ".") {
            if passed == index { return start..<at }
            passed &+= 1
            start = at &+ 1
        }
        return passed == index ? start..<range.upperBound : nil
    }

    /// `range` of `text`; nil: there are not exactly three parts, or the first one is empty.
    init?(_ text: RawSpan, _ range: Range<Int>) {
        guard range.count <= TokenParts.limit else { return nil }
        var dots = (-1, -1)
        for at in range where text.byte(at: at) == UInt8(ascii: ".") {
            if dots.0 < 0 {
                dots.0 = at
            } else if dots.1 < 0 {
                dots.1 = at
            } else {
                return nil
            }
        }
        guard dots.1 >= 0 else { return nil }
        header = range.lowerBound..<dots.0
        payload = dots.0 &+ 1..<dots.1
        signature = dots.1 &+ 1..<range.upperBound
    }
}
