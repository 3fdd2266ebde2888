/// A number of bytes as HAProxy's language writes it (manual, section 2.6): digits and `k`, `m` or `g`.
package enum SizeFormat {
    package enum Failure: Error, Equatable {
        case empty
        case unexpected(Character)
        /// Above 2 GiB.
        case overflow
    }

    private static let largest = 2_147_483_647

    package static func parse(_ text: String) -> Result<Int, Failure> {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else {
            return .failure(text.first.map { .unexpected($0) } ?? .empty)
        }
        let shift: Int
        let rest = text[digits.endIndex...]
        switch rest.lowercased() {
        case "": shift = 0
        case "k": shift = 10
        case "m": shift = 20
        case "g": shift = 30
        default:
            let isUnit = "kmgKMG".contains(rest[rest.startIndex])
            return .failure(.unexpected(rest.dropFirst(isUnit ? 1 : 0).first ?? " "))
        }
        guard let number = Int(digits), number <= largest >> shift else {
            return .failure(.overflow)
        }
        return .success(number << shift)
    }
}
