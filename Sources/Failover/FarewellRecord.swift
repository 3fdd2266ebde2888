internal import Core
internal import Linux

/// The names of the routers in which hosts may believe, in a file that outlives the process. Simulation found it: one
/// that ends as master while its successor does not hear it is never answered, unless its next start says so.
internal struct FarewellRecord: ~Copyable {
    /// Lives as long as the machine is up. Without `/run/dyad` there is none.
    static let path = "/run/dyad/farewells"

    /// Open from the beginning: later the path may be outside a chroot, or another user's. -1: none.
    private let file: Descriptor
    private var owing: Set<String>
    /// What the file holds; never shorter, so that it need not be cut.
    private var length = 0

    /// Reads what the process before us wrote about the routers `names`. Without a file the machine has just started, and
    /// any of them may have been master before.
    init(names: [String], path: String = FarewellRecord.path) {
        let bytes = try? Files.read(path)
        file = (try? Files.openRecord(path, mode: 0o600)) ?? Descriptor(owning: -1)
        if let bytes {
            length = bytes.count
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            owing = Set(lines.map(String.init)).intersection(names)
        } else {
            owing = file.number < 0 ? [] : Set(names)
            save()
        }
    }

    func owes(_ name: String) -> Bool { owing.contains(name) }

    /// Writes when it changes something.
    mutating func note(_ name: String, mayBeBelieved: Bool) {
        if mayBeBelieved {
            guard owing.insert(name).inserted else { return }
        } else {
            guard owing.remove(name) != nil else { return }
        }
        save()
    }

    private mutating func save() {
        guard file.number >= 0 else { return }
        var bytes = owing.sorted().flatMap { Array("\($0)\n".utf8) }
        let used = bytes.count
        while bytes.count < length { bytes.append(UInt8(ascii: "\n")) }
        length = max(length, used)
        try? Files.rewrite(file.number, bytes)
    }
}
