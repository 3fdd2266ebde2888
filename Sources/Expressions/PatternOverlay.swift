import Core

/// What has become of one key of a file since its table was built.
struct PatternEdit: Sendable {
    enum Key: Sendable, Hashable {
        case text([UInt8])
        case address(IPAddress)
    }

    let key: Key
    /// nil: the key is gone.
    let outcome: Present?

    struct Present: Sendable {
        /// nil: an ACL's pattern.
        let value: PatternMap.Value?
    }
}

/// The edits of one thread's view, found by key. Asked before the table: what is said here holds.
struct PatternOverlay: Sendable {
    private var texts: ByteTable
    private var addresses: [IPAddress: Int32] = [:]
    private var outcomes: [PatternEdit.Present?] = []
    /// The text or address of an index: tables of texts count from 0 by themselves.
    private var textIndexes: [Int32] = []

    init(ignoringCase: Bool) {
        // Keys come with requests: nobody outside may know which collide.
        texts = ByteTable(ignoringCase: ignoringCase, seed: ByteTable.secretSeed)
    }

    mutating func apply(_ edit: PatternEdit) {
        switch edit.key {
        case .text(let bytes):
            if let known = bytes.withBytes({ texts.exact($0) }) {
                outcomes[Int(textIndexes[known])] = edit.outcome
            } else if texts.insert(bytes) {
                textIndexes.append(Int32(clamping: outcomes.count))
                outcomes.append(edit.outcome)
            }
        case .address(let address):
            let address = PatternOverlay.plain(address)
            if let known = addresses[address] {
                outcomes[Int(known)] = edit.outcome
            } else {
                addresses[address] = Int32(clamping: outcomes.count)
                outcomes.append(edit.outcome)
            }
        }
    }

    /// nil: nothing is known of the subject, the table has to be asked.
    func find(_ subject: RawSpan) -> PatternEdit.Present?? {
        texts.exact(subject).map { outcomes[Int(textIndexes[$0])] }
    }

    func find(_ subject: IPAddress) -> PatternEdit.Present?? {
        addresses[PatternOverlay.plain(subject)].map { outcomes[Int($0)] }
    }

    /// As in the table: an address that stands for an IPv4 one is that.
    private static func plain(_ address: IPAddress) -> IPAddress {
        if case .v6(let long) = address, let short = long.mappedIPv4 { .v4(short) } else { address }
    }
}
