/// What entries count.
extension StickStore {
    /// The value of a counter at `now`, nanoseconds; nil: the table does not keep it, or the entry has gone.
    public func value(
        _ data: StickData, _ index: Int = 0, of reference: Reference, now: Int64
    ) -> Int64? {
        guard let (place, period) = settings.place(data, index), let entry = entry(reference) else {
            return nil
        }
        let word = Word.key + settings.keyWords + place
        guard data.isRate else { return Int64(bitPattern: self[entry, word]) }
        return SlidingRate(self[entry, word], self[entry, word + 1])
            .value(now: now / 1_000_000, period: period)
    }

    /// Adds to a counter, or counts events of a rate; does nothing where the table does not keep it.
    public mutating func add(
        _ amount: Int64, to data: StickData, _ index: Int = 0, of reference: Reference, now: Int64
    ) {
        guard let (place, period) = settings.place(data, index), let entry = entry(reference) else {
            return
        }
        let word = Word.key + settings.keyWords + place
        guard data.isRate else {
            self[entry, word] = self[entry, word] &+ UInt64(bitPattern: amount)
            return
        }
        var rate = SlidingRate(self[entry, word], self[entry, word + 1])
        rate.add(UInt32(clamping: amount), now: now / 1_000_000, period: period)
        (self[entry, word], self[entry, word + 1]) = rate.words
    }

    /// Sets a counter. False: the table does not keep it.
    public mutating func set(
        _ value: Int64, _ data: StickData, _ index: Int = 0, of reference: Reference, now: Int64
    ) -> Bool {
        guard let (place, _) = settings.place(data, index), let entry = entry(reference) else {
            return false
        }
        let word = Word.key + settings.keyWords + place
        if data.isRate {
            var rate = SlidingRate(self[entry, word], self[entry, word + 1])
            rate.set(UInt32(clamping: value), now: now / 1_000_000)
            (self[entry, word], self[entry, word + 1]) = rate.words
        } else {
            self[entry, word] = UInt64(bitPattern: value)
        }
        return true
    }
}
