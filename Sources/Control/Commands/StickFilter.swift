internal import StickTables

/// `data.<type> <operator> <value>` of `show table` and `clear table`.
struct StickFilter: Sendable {
    /// HAProxy's sentence.
    struct Problem: Error, ExpressibleByStringLiteral {
        let text: String

        init(text: String) { self.text = text }
        init(stringLiteral text: String) { self.text = text }
    }

    private enum Comparison: String { case eq, ne, le, ge, lt, gt }

    /// Most filters of a command.
    private static let limit = 4

    private let data: StickData
    private let comparison: Comparison
    private let value: Int64

    static func parse(
        _ words: ArraySlice<String>, for settings: StickTableSettings
    ) -> Result<[StickFilter], Problem> {
        var filters: [StickFilter] = []
        var rest = words
        while let word = rest.popFirst() {
            let place = "Filter entry #\(filters.count + 1): "
            guard word.hasPrefix("data.") else { break }
            guard filters.count < limit else {
                return .failure(Problem(text: "At most \(limit) filters are supported"))
            }
            guard let data = StickData.allCases.first(where: { "data.\($0.name)" == word }) else {
                return .failure(Problem(text: place + "Unknown data type"))
            }
            guard settings.column(data) != nil else {
                return .failure(Problem(text: place + "Data type not stored in this table"))
            }
            guard let comparison = rest.popFirst().flatMap(Comparison.init) else {
                return .failure(
                    Problem(
                        text: place
                            + "Require and operator among \"eq\", \"ne\", \"le\", \"ge\", \"lt\", \"gt\""
                    ))
            }
            guard let value = rest.popFirst().flatMap({ Int64($0) }) else {
                return .failure(
                    Problem(text: place + "Require a valid integer value to compare against"))
            }
            filters.append(StickFilter(data: data, comparison: comparison, value: value))
        }
        return .success(filters)
    }

    func matches(
        _ reference: StickStore.Reference, _ store: borrowing StickStore, now: Int64
    ) -> Bool {
        guard let found = store.value(data, of: reference, now: now) else { return false }
        switch comparison {
        case .eq: return found == value
        case .ne: return found != value
        case .le: return found <= value
        case .ge: return found >= value
        case .lt: return found < value
        case .gt: return found > value
        }
    }
}
