/// Names an entry of a `Table`. A handle of an entry that has gone finds nothing, even when its place was
/// given to another: the generation differs.
public struct Handle: Hashable, Sendable, BitwiseCopyable {
    /// Place in the table.
    public let index: UInt32
    /// Counts how often the place was given away; 24 bits wide, so that a handle and a kind fit a word.
    public let generation: UInt32

    @inline(__always)
    public init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation & Handle.generationMask
    }

    /// Generations wrap at this mask.
    public static let generationMask: UInt32 = 0xff_ffff
}

/// Objects in numbered places, found by `Handle`. Places are reused, last freed first.
public struct Table<Element: AnyObject> {
    private struct Place {
        var generation: UInt32
        var element: Element?
    }

    private var places: [Place] = []
    private var vacant: [UInt32] = []
    /// Most entries at once.
    public let limit: Int

    public init(limit: Int) { self.limit = limit }

    /// Number of entries.
    public var count: Int { places.count - vacant.count }

    /// Stores the object that `make` builds for its own handle; nil when the table is full.
    @inline(__always)
    public mutating func insert(_ make: (Handle) -> Element) -> Element? {
        let index: UInt32
        if let last = vacant.popLast() {
            index = last
        } else {
            guard places.count < limit, let next = UInt32(exactly: places.count) else { return nil }
            places.append(Place(generation: 1, element: nil))
            index = next
        }
        let element = make(Handle(index: index, generation: places[Int(index)].generation))
        places[Int(index)].element = element
        return element
    }

    /// The object, or nil when it has gone.
    @inline(__always)
    public subscript(handle: Handle) -> Element? {
        let index = Int(handle.index)
        guard index < places.count, places[index].generation == handle.generation else {
            return nil
        }
        return places[index].element
    }

    /// Takes the object out.
    @inline(__always) @discardableResult
    public mutating func remove(_ handle: Handle) -> Element? {
        let index = Int(handle.index)
        guard index < places.count, places[index].generation == handle.generation,
            let element = places[index].element
        else { return nil }
        places[index].element = nil
        places[index].generation = (places[index].generation &+ 1) & Handle.generationMask
        vacant.append(handle.index)
        return element
    }

    /// Calls `body` with each object; the table must not change meanwhile.
    public func forEach(_ body: (Element) -> Void) {
        for place in places {
            if let element = place.element { body(element) }
        }
    }
}
