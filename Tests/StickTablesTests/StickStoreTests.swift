import Core
import StickTables
import Testing

/// A store that expectations may look at: they take copyable values only.
final class TestStore {
    private var store: StickStore

    init(_ settings: StickTableSettings, seed: UInt64) { store = StickStore(settings, seed: seed) }

    var count: Int { store.count }
    func find(_ key: StickKey, now: Int64) -> StickStore.Reference? { store.find(key, now: now) }
    func take(_ key: StickKey, now: Int64) -> StickStore.Reference? { store.take(key, now: now) }
    func retain(_ entry: StickStore.Reference) -> Bool { store.retain(entry) }
    func release(_ entry: StickStore.Reference, now: Int64) { store.release(entry, now: now) }
    func remove(_ entry: StickStore.Reference) -> Bool { store.remove(entry) }
    func removeExpired(now: Int64) -> Bool { store.removeExpired(now: now) }

    func keys(now: Int64) -> [Int64] { pages(now: now).flatMap(\.self) }
    func mostInOnePage(now: Int64) -> Int { pages(now: now).map(\.count).max() ?? 0 }

    private func pages(now: Int64) -> [[Int64]] {
        var pages: [[Int64]] = []
        var place: Int? = 0
        while let from = place {
            pages.append([])
            place = store.page(from: from, now: now) {
                pages[pages.count - 1].append(Int64($1.words[0]))
            }
        }
        return pages
    }

    func key(_ entry: StickStore.Reference, into key: inout StickKey) -> Bool {
        store.key(entry, into: &key)
    }

    func value(
        _ data: StickData, _ index: Int = 0, of entry: StickStore.Reference, now: Int64
    ) -> Int64? {
        store.value(data, index, of: entry, now: now)
    }

    func add(
        _ amount: Int64, to data: StickData, _ index: Int = 0, of entry: StickStore.Reference,
        now: Int64
    ) {
        store.add(amount, to: data, index, of: entry, now: now)
    }

    func set(
        _ value: Int64, _ data: StickData, _ index: Int = 0, of entry: StickStore.Reference,
        now: Int64
    ) -> Bool {
        store.set(value, data, index, of: entry, now: now)
    }
}

@Suite struct StickStoreTests {
    static func settings(
        size: Int = 4, lifetime: Int64 = 0, keepsOld: Bool = false,
        type: StickTableSettings.KeyType = .integer, length: Int = 4
    ) -> StickTableSettings {
        StickTableSettings(
            name: "t", keyType: type, keyLength: length, size: size, lifetime: lifetime,
            keepsOld: keepsOld,
            columns: [
                .init(.requestRate, period: 10_000), .init(.gpc0), .init(.gpc, count: 3),
                .init(.openConnections), .init(.gpcRate, count: 2, period: 1000),
            ])
    }

    static func key(_ number: Int64) -> StickKey {
        var key = StickKey()
        key.set(number)
        return key
    }

    @Test func leastRecentlyUsedGoes() throws {
        let store = TestStore(Self.settings(), seed: 7)
        for number in 0..<4 { _ = store.take(Self.key(Int64(number)), now: 0) }
        _ = store.take(Self.key(0), now: 1)
        _ = store.take(Self.key(9), now: 2)
        #expect(store.count == 4)
        #expect(store.find(Self.key(0), now: 2) != nil)
        #expect(store.find(Self.key(1), now: 2) == nil)
        #expect(store.find(Self.key(9), now: 2) != nil)
    }

    @Test func whatIsTrackedStays() throws {
        let store = TestStore(Self.settings(size: 2), seed: 7)
        let kept = try #require(store.take(Self.key(1), now: 0))
        #expect(store.retain(kept))
        for number in 2..<50 { _ = store.take(Self.key(Int64(number)), now: 0) }
        #expect(store.find(Self.key(1), now: 0) == kept)
        #expect(!store.remove(kept))
        let other = try #require(store.find(Self.key(49), now: 0))
        #expect(store.retain(other))
        #expect(store.take(Self.key(50), now: 0) == nil, "all are in use")
        store.release(kept, now: 0)
        #expect(store.take(Self.key(50), now: 0) != nil)
        #expect(store.value(.gpc0, of: kept, now: 0) == nil, "the place was given to another")
    }

    @Test func fullTablesMayKeepWhatTheyHave() {
        let store = TestStore(Self.settings(size: 2, keepsOld: true), seed: 7)
        for number in 0..<2 { _ = store.take(Self.key(Int64(number)), now: 0) }
        #expect(store.take(Self.key(2), now: 0) == nil)
        #expect(store.find(Self.key(0), now: 0) != nil)
    }

    @Test func unusedEntriesExpire() throws {
        let store = TestStore(Self.settings(size: 100, lifetime: 10), seed: 7)
        _ = store.take(Self.key(1), now: 0)
        let kept = try #require(store.take(Self.key(2), now: 0))
        #expect(store.retain(kept))
        _ = store.take(Self.key(1), now: 5)
        #expect(store.find(Self.key(1), now: 14) != nil)
        #expect(store.find(Self.key(1), now: 15) == nil)
        #expect(store.find(Self.key(2), now: 15) == kept)
        store.release(kept, now: 20)
        #expect(store.find(Self.key(2), now: 29) != nil)
        #expect(store.find(Self.key(2), now: 30) == nil)
        #expect(store.keys(now: 30).isEmpty)
    }

    /// One call looks at a bounded number of entries, however many have to be removed or shown.
    @Test func pagesAreBounded() throws {
        let store = TestStore(Self.settings(size: 3000, lifetime: 10), seed: 3)
        for number in 0..<2000 { _ = store.take(Self.key(Int64(number)), now: 0) }
        let kept = try #require(store.find(Self.key(1234), now: 0))
        #expect(store.retain(kept))
        #expect(store.keys(now: 5).count == 2000)
        #expect(store.mostInOnePage(now: 5) == StickStore.pageEntries)
        // Over for all but the one in use, which is shown as long as somebody uses it.
        #expect(store.keys(now: 10) == [1234])
        var calls = 0
        while store.removeExpired(now: 10) { calls += 1 }
        #expect(calls > 20)
        #expect(store.count == 1)
        // Places that are vacant, and one that is used again.
        _ = store.take(Self.key(5000), now: 11)
        #expect(store.keys(now: 11).sorted() == [1234, 5000])
    }

    /// Random calls against a plain model.
    @Test func behavesAsItsModel() {
        let size = 50
        let store = TestStore(Self.settings(size: size), seed: 99)
        var model: [(key: Int64, value: Int64)] = []
        var random = SystemRandomNumberGenerator()
        for step in 0..<20_000 {
            let number = Int64.random(in: 0..<80, using: &random)
            let key = Self.key(number)
            let known = model.firstIndex { $0.key == number }
            if step % 3 == 0 {
                #expect((store.find(key, now: 0) == nil) == (known == nil))
            } else if let reference = store.take(key, now: 0) {
                store.add(1, to: .gpc0, of: reference, now: 0)
                let old = known.map { model.remove(at: $0) }
                if old == nil, model.count == size { model.removeFirst() }
                model.append((number, (old?.value ?? 0) + 1))
                #expect(store.value(.gpc0, of: reference, now: 0) == model.last?.value)
            }
            #expect(store.count == model.count)
        }
        #expect(store.keys(now: 0).sorted() == model.map(\.key).sorted())
    }

    /// Buckets split one by one as keys come: at any size every key is found, and those that went are not.
    @Test func keysAreFoundWhileItGrows() {
        let store = TestStore(Self.settings(size: 5000), seed: 11)
        var missed = 0
        for number in 0..<600 {
            let made = store.take(Self.key(Int64(number)), now: 0)
            if number % 7 == 3, let made { _ = store.remove(made) }
            for earlier in 0...number {
                let isThere = store.find(Self.key(Int64(earlier)), now: 0) != nil
                if isThere == (earlier % 7 == 3) { missed += 1 }
            }
        }
        #expect(missed == 0)
    }

    @Test func floodStaysInItsSize() {
        let store = TestStore(Self.settings(size: 1000), seed: 3)
        for number in 0..<200_000 { _ = store.take(Self.key(Int64(number)), now: 0) }
        #expect(store.count == 1000)
        #expect(store.find(Self.key(199_000), now: 0) != nil)
        #expect(store.find(Self.key(198_999), now: 0) == nil)
    }

    @Test func ratesSlide() throws {
        let store = TestStore(Self.settings(), seed: 7)
        let second: Int64 = 1_000_000_000
        let entry = try #require(store.take(Self.key(1), now: 0))
        func rate(_ now: Int64) -> Int64? { store.value(.requestRate, of: entry, now: now) }
        for _ in 0..<10 { store.add(1, to: .requestRate, of: entry, now: 100 * second) }
        #expect(rate(100 * second) == 10)
        #expect(rate(109 * second) == 10)
        #expect(rate(110 * second) == 10, "the whole last period is in the window")
        #expect(rate(115 * second) == 5)
        #expect(rate(120 * second) == 0)
        store.add(4, to: .requestRate, of: entry, now: 115 * second)
        #expect(rate(115 * second) == 9)
        #expect(rate(119 * second) == 5)
        #expect(store.set(7, .requestRate, of: entry, now: 130 * second))
        #expect(rate(130 * second) == 7)
    }

    @Test func arraysAreApart() throws {
        let store = TestStore(Self.settings(), seed: 7)
        let entry = try #require(store.take(Self.key(1), now: 0))
        store.add(3, to: .gpc, 2, of: entry, now: 0)
        #expect(store.value(.gpc, 1, of: entry, now: 0) == 0)
        #expect(store.value(.gpc, 2, of: entry, now: 0) == 3)
        #expect(store.value(.gpc, 3, of: entry, now: 0) == nil)
        #expect(store.value(.gpt0, of: entry, now: 0) == nil)
        #expect(!store.set(1, .gpt0, of: entry, now: 0))
    }

    @Test(arguments: [
        ("abc", "abc"), ("a b\\c", "a\\ b\\\\c"), ("\u{1}é", "\\x01\\xC3\\xA9"),
        ("0123456789", "01234567"), ("", ""),
    ])
    func textKeysAreShownAsHAProxyDoes(text: String, shown: String) {
        let settings = Self.settings(type: .string, length: 8)
        var key = StickKey()
        let bytes = Array(text.utf8)
        unsafe key.set(bytes.span.bytes, for: settings)
        #expect(key.text(for: settings) == shown)
    }

    @Test func bytesAreCutAndFilled() {
        let settings = Self.settings(type: .binary, length: 3)
        var (long, short) = (StickKey(), StickKey())
        unsafe long.set(([1, 2, 3, 4] as [UInt8]).span.bytes, for: settings)
        unsafe short.set(([1, 2] as [UInt8]).span.bytes, for: settings)
        #expect(long.text(for: settings) == "010203")
        #expect(short.text(for: settings) == "010200")
    }
}
