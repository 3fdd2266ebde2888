import Core
import HTTP
import Testing

/// Searches for fields by their names, with and without `indexNames`.
@Suite struct HeaderTableTests {
    private static let names = ["Host", "x-a", "X-A", "Cookie", "y-a", "Accept-Encoding", "Q"]

    /// The indexes of the fields called `name`, one search behind the other.
    private func found(_ name: String, isIndexed: Bool, drops: Int? = nil) -> [Int] {
        var fields = HeaderTable()
        var message: [UInt8] = []
        for name in HeaderTableTests.names {
            let start = message.count
            message += Array(name.utf8)
            let range = start..<message.count
            #expect(message.withBytes { fields.add(name: range, value: range, edits: $0) })
        }
        if isIndexed { message.withBytes { fields.indexNames(in: $0) } }
        if let drops { fields.drop(drops) }
        var indexes: [Int] = []
        var from = 0
        let wanted = Array(name.utf8)
        while let index = unsafe fields.first(
            named: wanted.span.bytes, from: from, in: message.span.bytes, edits: message.span.bytes)
        {
            indexes.append(index)
            from = index + 1
        }
        return indexes
    }

    @Test(arguments: [true, false])
    func namesAreFoundWithoutCase(isIndexed: Bool) {
        for (index, name) in HeaderTableTests.names.enumerated() where !name.hasPrefix("x") {
            for written in [name, name.uppercased(), name.lowercased()] {
                #expect(found(written, isIndexed: isIndexed).contains(index))
            }
        }
        #expect(found("X-a", isIndexed: isIndexed) == [1, 2])
        #expect(found("X-a", isIndexed: isIndexed, drops: 1) == [2])
    }

    @Test(arguments: [true, false])
    func otherNamesAreNot(isIndexed: Bool) {
        for name in ["", "x", "x-b", "Hose", "hos", "cookies", "r", "Q "] {
            #expect(found(name, isIndexed: isIndexed) == [])
        }
    }

    @Test func aFieldThatIsAddedIsFound() {
        var fields = HeaderTable()
        let message = Array("X-New: 1".utf8)
        message.withBytes { fields.indexNames(in: $0) }
        let name = Array("x-new".utf8)
        unsafe #expect(
            fields.first(named: name.span.bytes, in: message.span.bytes, edits: message.span.bytes)
                == nil)
        #expect(message.withBytes { fields.add(name: 0..<5, value: 7..<8, edits: $0) })
        unsafe #expect(
            fields.first(named: name.span.bytes, in: message.span.bytes, edits: message.span.bytes)
                == 0)
    }
}
