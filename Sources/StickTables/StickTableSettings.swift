/// A `stick-table` line.
public struct StickTableSettings: Sendable, Equatable {
    public enum KeyType: String, Sendable, BitwiseCopyable, CaseIterable {
        case ip, ipv6, integer, string, binary
    }

    /// Something that is kept for each key.
    public struct Column: Sendable, Equatable {
        public let data: StickData
        /// How many: `gpc(3)`; 1 where there is no number.
        public let count: Int
        /// Milliseconds that a rate looks back.
        public let period: Int64

        public init(_ data: StickData, count: Int = 1, period: Int64 = 0) {
            self.data = data
            self.count = count
            self.period = period
        }
    }

    /// Most keys of one table.
    public static let sizeLimit = 1 << 28
    /// Longest key in bytes.
    public static let keyLimit = 4096
    /// Most counters of one array.
    public static let arrayLimit = 100

    public let name: String
    public let keyType: KeyType
    /// Bytes of a key: as many as there are, or at most for strings.
    public let keyLength: Int
    /// Most keys.
    public let size: Int
    /// Nanoseconds that a key is kept after its last use; 0: for ever.
    public let lifetime: Int64
    /// `nopurge`: a full table takes no new key.
    public let keepsOld: Bool
    /// In the order of `StickData`.
    public let columns: [Column]

    /// Words of a key.
    let keyWords: Int
    /// Words of all data.
    let dataWords: Int
    /// By the raw value of `StickData`: where its words begin; -1: not kept.
    private let places: [Int]

    public init(
        name: String, keyType: KeyType, keyLength: Int, size: Int, lifetime: Int64, keepsOld: Bool,
        columns: [Column]
    ) {
        self.name = name
        self.keyType = keyType
        self.keyLength = keyLength
        self.size = size
        self.lifetime = lifetime
        self.keepsOld = keepsOld
        self.columns = columns.sorted { $0.data.rawValue < $1.data.rawValue }
        keyWords = (keyLength + 7) / 8 + (keyType == .string ? 1 : 0)
        var places = Array(repeating: -1, count: StickData.allCases.count)
        var next = 0
        for column in self.columns {
            places[Int(column.data.rawValue)] = next
            next += column.count * column.data.words
        }
        self.places = places
        dataWords = next
    }

    /// The same with plain counters that it may lack.
    public func adding(_ data: [StickData]) -> StickTableSettings {
        let missing = data.filter { column($0) == nil }
        guard !missing.isEmpty else { return self }
        return StickTableSettings(
            name: name, keyType: keyType, keyLength: keyLength, size: size, lifetime: lifetime,
            keepsOld: keepsOld, columns: columns + missing.map { Column($0) })
    }

    public func column(_ data: StickData) -> Column? { columns.first { $0.data == data } }

    /// Where the words of a counter begin among the data; nil: it is not kept.
    func place(_ data: StickData, _ index: Int) -> (word: Int, period: Int64)? {
        let place = places[Int(data.rawValue)]
        guard place >= 0, let column = column(data), index >= 0, index < column.count else {
            return nil
        }
        return (place + index * data.words, column.period)
    }
}
