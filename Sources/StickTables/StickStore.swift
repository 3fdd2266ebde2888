/// The keys of a table and their data. Pure, and not for sharing: its owner puts a lock around it.
///
/// Entries lie in chunks and are found through a hash table whose hash an attacker cannot know. A list runs through
/// them from the oldest to the newest use; since all live equally long, it is in the order of their ends, too.
public struct StickStore: ~Copyable {
    /// Names an entry; one that has gone is not found by it.
    public struct Reference: Sendable, Hashable, BitwiseCopyable {
        let index: Int32
        let generation: UInt32

        /// Something to call the entry by.
        public var number: UInt64 { UInt64(generation) << 32 | UInt64(index) << 8 }
    }

    public let settings: StickTableSettings
    /// Number of keys.
    public private(set) var count = 0

    private var chunks: [[UInt64]] = []
    private var buckets: [Int32]
    /// The largest power of two that is not above the number of buckets.
    private var wholeBuckets = 16
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    private var vacant: Int32 = -1
    private var made: Int32 = 0
    private let seed: UInt64
    private let stride: Int

    /// Entries of a chunk.
    private static let chunkEntries = 256
    /// Places that one page looks at: whoever asks holds a lock meanwhile.
    public static let pageEntries = 256
    /// Where an entry's end would be: its place is vacant.
    private static let vacantEnd = UInt64.max
    /// Entries that one call removes because their time is over; the next call goes on.
    private static let expiredAtOnce = 32

    /// The words in front of an entry's key.
    enum Word {
        /// The hash's upper half, and the generation.
        static let identity = 0
        /// The next one of the bucket or of the vacant ones, and how many use it.
        static let chain = 1
        /// The next newer and the next older one.
        static let list = 2
        /// When it goes, nanoseconds.
        static let end = 3
        static let key = 4
    }

    public init(_ settings: StickTableSettings, seed: UInt64) {
        self.settings = settings
        self.seed = seed
        stride = Word.key + settings.keyWords + settings.dataWords
        buckets = Array(repeating: -1, count: wholeBuckets)
    }

    // MARK: Words

    @inline(__always)
    subscript(entry: Int32, word: Int) -> UInt64 {
        get {
            let index = Int(entry)
            return chunks[index / StickStore.chunkEntries][
                index % StickStore.chunkEntries * stride + word]
        }
        set {
            let index = Int(entry)
            chunks[index / StickStore.chunkEntries][
                index % StickStore.chunkEntries * stride + word] = newValue
        }
    }

    private func low(_ entry: Int32, _ word: Int) -> Int32 {
        Int32(truncatingIfNeeded: self[entry, word])
    }

    private func high(_ entry: Int32, _ word: Int) -> Int32 {
        Int32(truncatingIfNeeded: self[entry, word] >> 32)
    }

    private mutating func setLow(_ entry: Int32, _ word: Int, _ value: Int32) {
        self[entry, word] = self[entry, word] & ~0xffff_ffff | UInt64(UInt32(bitPattern: value))
    }

    private mutating func setHigh(_ entry: Int32, _ word: Int, _ value: Int32) {
        self[entry, word] =
            self[entry, word] & 0xffff_ffff | UInt64(UInt32(bitPattern: value)) << 32
    }

    // MARK: Finding

    private func hash(_ key: StickKey) -> Int32 {
        var state = seed
        for word in key.words {
            let product = (state ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15 ^ seed)
            state = product.high ^ product.low &+ 0xd6e8_feb8_6659_fd93
        }
        return Int32(truncatingIfNeeded: state >> 32)
    }

    private func isEqual(_ entry: Int32, _ key: StickKey) -> Bool {
        for index in key.words.indices where self[entry, Word.key + index] != key.words[index] {
            return false
        }
        return true
    }

    /// Buckets are told by the half of the hash that entries keep.
    private func bucket(_ mark: Int32) -> Int {
        let mark = Int(UInt32(bitPattern: mark))
        let bucket = mark & (wholeBuckets * 2 - 1)
        return bucket < buckets.count ? bucket : bucket - wholeBuckets
    }

    private func find(_ key: StickKey, _ mark: Int32) -> Int32 {
        var entry = buckets[bucket(mark)]
        while entry >= 0 {
            if high(entry, Word.identity) == mark, isEqual(entry, key) { return entry }
            entry = high(entry, Word.chain)
        }
        return -1
    }

    private func reference(_ entry: Int32) -> Reference {
        Reference(
            index: entry, generation: UInt32(bitPattern: low(entry, Word.identity)))
    }

    func entry(_ reference: Reference) -> Int32? {
        guard reference.index < made,
            low(reference.index, Word.identity) == Int32(bitPattern: reference.generation)
        else { return nil }
        return reference.index
    }

    /// The entry of a key; nil: there is none.
    public mutating func find(_ key: StickKey, now: Int64) -> Reference? {
        expire(now: now)
        let entry = find(key, hash(key))
        guard entry >= 0, !isOver(entry, now) else { return nil }
        return reference(entry)
    }

    /// The entry of a key, made where there is none, and used just now. nil: the table is full.
    public mutating func take(_ key: StickKey, now: Int64) -> Reference? {
        expire(now: now)
        let hash = hash(key)
        var entry = find(key, hash)
        if entry >= 0, isOver(entry, now) {
            remove(entry)
            entry = -1
        }
        if entry < 0 {
            entry = make(key, hash, now: now)
            guard entry >= 0 else { return nil }
        } else {
            unlink(entry)
        }
        append(entry, now: now)
        return reference(entry)
    }

    private func isOver(_ entry: Int32, _ now: Int64) -> Bool {
        settings.lifetime > 0 && Int64(bitPattern: self[entry, Word.end]) <= now
            && low(entry, Word.chain) == 0
    }

    // MARK: Making and removing

    private mutating func make(_ key: StickKey, _ mark: Int32, now: Int64) -> Int32 {
        if count >= settings.size {
            guard !settings.keepsOld, removeOldest(now: now) else { return -1 }
        }
        let entry: Int32
        if vacant >= 0 {
            entry = vacant
            vacant = high(entry, Word.chain)
        } else {
            entry = made
            if Int(made) % StickStore.chunkEntries == 0 {
                let entries = min(StickStore.chunkEntries, settings.size - Int(made))
                chunks.append(Array(repeating: 0, count: entries * stride))
            }
            made += 1
        }
        count += 1
        if count > buckets.count { grow() }
        let bucket = bucket(mark)
        setHigh(entry, Word.identity, mark)
        self[entry, Word.chain] = 0
        setHigh(entry, Word.chain, buckets[bucket])
        buckets[bucket] = entry
        for index in key.words.indices { self[entry, Word.key + index] = key.words[index] }
        for word in Word.key + settings.keyWords..<stride { self[entry, word] = 0 }
        return entry
    }

    /// One more bucket, which takes its share from the one that stood for both (linear hashing): a table grows with
    /// each key by a step, and nobody waits for all of its keys to move.
    private mutating func grow() {
        let split = buckets.count & (wholeBuckets - 1)
        var entry = buckets[split]
        buckets[split] = -1
        buckets.append(-1)
        if buckets.count == wholeBuckets * 2 { wholeBuckets *= 2 }
        while entry >= 0 {
            let next = high(entry, Word.chain)
            let bucket = bucket(high(entry, Word.identity))
            setHigh(entry, Word.chain, buckets[bucket])
            buckets[bucket] = entry
            entry = next
        }
    }

    private func copyKey(_ entry: Int32, into key: inout StickKey) {
        let start = Int(entry) % StickStore.chunkEntries * stride + Word.key
        key.set(
            chunks[Int(entry) / StickStore.chunkEntries][start..<start + settings.keyWords])
    }

    /// Removes the entry that has not been used for the longest time; those that somebody keeps begin anew. False:
    /// there were only such.
    private mutating func removeOldest(now: Int64) -> Bool {
        for _ in 0..<StickStore.expiredAtOnce {
            guard oldest >= 0 else { return false }
            let entry = oldest
            if low(entry, Word.chain) == 0 {
                remove(entry)
                return true
            }
            unlink(entry)
            append(entry, now: now)
        }
        return false
    }

    private mutating func expire(now: Int64) {
        guard settings.lifetime > 0 else { return }
        for _ in 0..<StickStore.expiredAtOnce {
            guard oldest >= 0, Int64(bitPattern: self[oldest, Word.end]) <= now else { return }
            let entry = oldest
            if low(entry, Word.chain) == 0 {
                remove(entry)
            } else {
                unlink(entry)
                append(entry, now: now)
            }
        }
    }

    private mutating func remove(_ entry: Int32) {
        let bucket = bucket(high(entry, Word.identity))
        let next = high(entry, Word.chain)
        var before = buckets[bucket]
        if before == entry {
            buckets[bucket] = next
        } else {
            while high(before, Word.chain) != entry { before = high(before, Word.chain) }
            setHigh(before, Word.chain, next)
        }
        unlink(entry)
        setLow(entry, Word.identity, low(entry, Word.identity) &+ 1)
        self[entry, Word.chain] = 0
        self[entry, Word.end] = StickStore.vacantEnd
        setHigh(entry, Word.chain, vacant)
        vacant = entry
        count -= 1
    }

    // MARK: The list

    private mutating func append(_ entry: Int32, now: Int64) {
        self[entry, Word.end] = UInt64(bitPattern: now &+ settings.lifetime)
        setHigh(entry, Word.list, -1)
        setLow(entry, Word.list, newest)
        if newest >= 0 { setHigh(newest, Word.list, entry) } else { oldest = entry }
        newest = entry
    }

    private mutating func unlink(_ entry: Int32) {
        let (newer, older) = (high(entry, Word.list), low(entry, Word.list))
        if newer >= 0 { setLow(newer, Word.list, older) } else { newest = older }
        if older >= 0 { setHigh(older, Word.list, newer) } else { oldest = newer }
    }

    // MARK: Entries

    /// Keeps an entry from being removed. Returns false for one that has gone.
    public mutating func retain(_ reference: Reference) -> Bool {
        guard let entry = entry(reference) else { return false }
        setLow(entry, Word.chain, low(entry, Word.chain) &+ 1)
        return true
    }

    /// The opposite; the entry's time runs from here.
    public mutating func release(_ reference: Reference, now: Int64) {
        guard let entry = entry(reference), low(entry, Word.chain) > 0 else { return }
        setLow(entry, Word.chain, low(entry, Word.chain) &- 1)
        unlink(entry)
        append(entry, now: now)
    }

    /// Starts an entry's time anew.
    public mutating func touch(_ reference: Reference, now: Int64) {
        guard let entry = entry(reference) else { return }
        unlink(entry)
        append(entry, now: now)
    }

    /// How many keep it.
    public func uses(_ reference: Reference) -> Int {
        entry(reference).map { Int(low($0, Word.chain)) } ?? 0
    }

    /// Nanoseconds until it goes; nil: never, or it has gone.
    public func timeLeft(_ reference: Reference, now: Int64) -> Int64? {
        guard settings.lifetime > 0, let entry = entry(reference) else { return nil }
        return max(Int64(bitPattern: self[entry, Word.end]) - now, 0)
    }

    public func key(_ reference: Reference, into key: inout StickKey) -> Bool {
        guard let entry = entry(reference) else { return false }
        copyKey(entry, into: &key)
        return true
    }

    /// Removes an entry that nobody keeps. False: somebody does, or it has gone.
    public mutating func remove(_ reference: Reference) -> Bool {
        guard let entry = entry(reference), low(entry, Word.chain) == 0 else { return false }
        remove(entry)
        return true
    }

    /// Removes some of the entries whose time is over. True: there are more of them, which `count` still counts.
    public mutating func removeExpired(now: Int64) -> Bool {
        expire(now: now)
        return settings.lifetime > 0 && oldest >= 0
            && Int64(bitPattern: self[oldest, Word.end]) <= now
    }

    /// Hands over the entries of `pageEntries` places from one on, whose time is not over. Returns the place to go on
    /// with; nil: that was all. What comes or goes between two pages is among them or not.
    public func page(
        from place: Int, now: Int64, _ body: (Reference, borrowing StickKey) -> Void
    ) -> Int? {
        let end = min(place + StickStore.pageEntries, Int(made))
        var key = StickKey()
        var at = place
        while at < end {
            let entry = Int32(truncatingIfNeeded: at)
            at += 1
            if self[entry, Word.end] == StickStore.vacantEnd || isOver(entry, now) { continue }
            copyKey(entry, into: &key)
            body(reference(entry), key)
        }
        return end < Int(made) ? end : nil
    }
}
