import Core

/// The fields of one head, as ranges. One table serves all messages of a worker, one after the
/// other.
///
/// Fields `0 ..< receivedCount` stand in the message in this order, each on a line of its own.
/// Editing changes the table only: a field is dropped by a mark, a new value or a new field points
/// into a second buffer (the edits), and `HeadWriter` puts the pieces together.
public struct HeaderTable: ~Copyable {
    /// One field. Ranges count from the first byte of the message, or of the edits.
    public struct Field: Sendable, BitwiseCopyable {
        public var nameStart: UInt32 = 0
        public var nameEnd: UInt32 = 0
        /// The value without the blanks around it.
        public var valueStart: UInt32 = 0
        public var valueEnd: UInt32 = 0
        public var name = HeaderName.other
        var fate = Fate.kept
        /// Its name stands in the edits.
        public var hasEditedName = false
        /// Its value stands in the edits.
        public var hasEditedValue = false

        @inline(__always)
        init() {}

        /// Left out when the head is written.
        @inline(__always)
        public var isDropped: Bool { fate != .kept }

        /// Nobody sees it any more.
        @inline(__always)
        public var isRemoved: Bool { fate == .removed }

        @inline(__always)
        public var nameRange: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        @inline(__always)
        public var valueRange: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    /// What becomes of a field.
    enum Fate: UInt8, BitwiseCopyable {
        case kept
        case removed
        /// Rules and logs may read it; the writer makes its own.
        case regenerated
    }

    /// Most fields of a received head: `tune.http.maxhdr`.
    public let limit: Int
    /// Most fields after editing: rules may add this many.
    public static let addedLimit = 64
    /// Default of `limit`.
    public static let defaultLimit = 101

    var storage: [Field]
    /// Number of fields, dropped ones included.
    public internal(set) var count = 0
    /// Number of fields that stand in the message.
    public internal(set) var receivedCount = 0
    /// Most bytes that edited fields need when they are written.
    var editedBytes = 0
    /// One bit for each name, by its length and first letter; all of them before `indexNames`. Most names that rules
    /// ask for are in no field, and this tells so at once.
    @usableFromInline var nameBits = UInt64.max

    public init(limit: Int = HeaderTable.defaultLimit) {
        self.limit = max(limit, 1)
        storage = [Field](repeating: Field(), count: self.limit + HeaderTable.addedLimit)
    }

    /// The field at `index`; traps outside `0 ..< count`.
    @inline(__always)
    public subscript(index: Int) -> Field {
        precondition(index < count)
        return storage[index]
    }

    /// Forgets all fields.
    @inline(__always)
    public mutating func removeAll() {
        count = 0
        receivedCount = 0
        editedBytes = 0
        nameBits = .max
    }

    // MARK: Reading

    /// The first field from `start` on that was not removed and has the name; nil where there is
    /// none.
    public func first(_ name: HeaderName, from start: Int = 0) -> Int? {
        var index = start
        while index < count {
            if storage[index].name == name, !storage[index].isRemoved { return index }
            index &+= 1
        }
        return nil
    }

    /// The same for a name given by its bytes, letters compared without case.
    @inlinable @inline(__always)
    public func first(
        named name: RawSpan, from start: Int = 0, in message: RawSpan, edits: RawSpan
    ) -> Int? {
        first(
            named: name, NameFacts(bitsOf: name), from: start, in: message, edits: edits)
    }

    /// The same where what there is to know about the name is known.
    @inlinable @inline(__always)
    public func first(
        named name: RawSpan, _ facts: NameFacts, from start: Int, in message: RawSpan,
        edits: RawSpan
    ) -> Int? {
        guard nameBits & facts.bits != 0 else { return nil }
        return search(name, from: start, in: message, edits: edits)
    }

    @usableFromInline @inline(never)
    func search(
        _ name: RawSpan, from start: Int, in message: RawSpan, edits: RawSpan
    ) -> Int? {
        let fields = storage.span
        let end = min(count, fields.count)
        let length = UInt32(truncatingIfNeeded: name.byteCount)
        var index = start
        while index < end {
            // Most have another length: nothing else of them is looked at.
            if fields[index].nameEnd &- fields[index].nameStart == length,
                !fields[index].isRemoved
            {
                let bytes = fields[index].hasEditedName ? edits : message
                if bytes.extracting(fields[index].nameRange).equalsIgnoringCase(name) {
                    return index
                }
            }
            index &+= 1
        }
        return nil
    }

    /// Prepares for many searches by name. The names of all fields lie in `bytes`.
    public mutating func indexNames(in bytes: RawSpan) { nameBits = bits(of: bytes) }

    private func bits(of bytes: RawSpan) -> UInt64 {
        let fields = storage.span
        var bits: UInt64 = 0
        var index = 0
        while index < min(count, fields.count) {
            let name = fields[index].nameRange
            guard name.upperBound <= bytes.byteCount else { return .max }
            bits |= NameFacts.bits(bytes, name)
            index &+= 1
        }
        return bits
    }

    /// The bytes of a value.
    @inline(__always) @_lifetime(copy message, copy edits)
    public func value(at index: Int, in message: RawSpan, edits: RawSpan) -> RawSpan {
        let field = self[index]
        return field.hasEditedValue
            ? edits.extracting(field.valueRange) : message.extracting(field.valueRange)
    }

    // MARK: Editing

    /// Leaves the field out.
    public mutating func drop(_ index: Int) {
        precondition(index < count)
        storage[index].fate = .removed
    }

    /// Gives the field another value, which stands at `range` of the edits. The caller keeps
    /// control characters out.
    public mutating func replaceValue(_ index: Int, with range: Range<Int>) {
        precondition(index < count)
        storage[index].valueStart = UInt32(clamping: range.lowerBound)
        storage[index].valueEnd = UInt32(clamping: range.upperBound)
        storage[index].hasEditedValue = true
        // A received name may gain the blank behind its colon.
        editedBytes += range.count + 2
    }

    /// Whether `add` can add a field.
    public var hasPlace: Bool { count < storage.count }

    /// Adds a field whose name and value stand in the edits; false when the table is full.
    public mutating func add(name: Range<Int>, value: Range<Int>, edits: RawSpan) -> Bool {
        add(name: name, NameFacts(edits.extracting(name)), value: value)
    }

    /// The same where what there is to know about the name is known.
    @inline(__always)
    public mutating func add(
        name: Range<Int>, _ facts: NameFacts, value: Range<Int>
    ) -> Bool {
        guard count < storage.count else { return false }
        var field = Field()
        field.nameStart = UInt32(clamping: name.lowerBound)
        field.nameEnd = UInt32(clamping: name.upperBound)
        field.valueStart = UInt32(clamping: value.lowerBound)
        field.valueEnd = UInt32(clamping: value.upperBound)
        field.name = facts.name
        field.hasEditedName = true
        field.hasEditedValue = true
        storage[count] = field
        count += 1
        nameBits |= facts.bits
        editedBytes += name.count + value.count + 4
        return true
    }
}
