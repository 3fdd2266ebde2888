/// What is counted of a name server, in the order and with the words of `show resolvers` (HAProxy management guide).
package enum NameServerCounter: Int, CaseIterable, Sendable {
    case sent, sendError, valid, update, alias, aliasError, anyError, nameError, timeout, refused
    case other, invalid, tooBig, truncated, outdated

    /// HAProxy's word.
    package var word: String {
        switch self {
        case .sendError: "snd_error"
        case .alias: "cname"
        case .aliasError: "cname_error"
        case .anyError: "any_err"
        case .nameError: "nx"
        case .tooBig: "too_big"
        default: "\(self)"
        }
    }
}
