package import Core

/// The answer of a name server (RFC 1035, section 4.1). Every byte of it is hostile.
package struct DNSReply: Sendable, Equatable {
    /// Why bytes are no answer.
    package enum Problem: Error, Sendable, Equatable {
        /// Shorter than its header or its records say, or with a name that is none.
        case malformed
        /// A question, not an answer.
        case isQuestion
        /// Not the question that was asked.
        case otherQuestion
    }

    /// How it ended (RFC 1035, section 4.1.1).
    package enum Code: Sendable, Equatable {
        case success, nameError, refused
        case other(UInt8)
    }

    package struct Record: Sendable, Equatable {
        package enum Content: Sendable, Equatable {
            case address(IPAddress)
            case alias(DNSName)
            case service(Service)
        }

        package let name: DNSName
        package let content: Content
    }

    /// RFC 2782
    package struct Service: Hashable, Sendable {
        package let priority: UInt16
        package let weight: UInt16
        package let port: UInt16
        package let target: DNSName

        package init(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName) {
            self.priority = priority
            self.weight = weight
            self.port = port
            self.target = target
        }
    }

    /// Records of an answer that are kept; the rest is not read.
    static let recordLimit = 512
    /// Aliases that are followed.
    static let aliasLimit = 16

    package let code: Code
    package let isTruncated: Bool
    /// Records of the answer, then the additional ones; kinds that are of no use here are left out.
    package let answers: [Record]
    package let additional: [Record]

    /// The number in front of a message; nil: it has none.
    package static func identifier(of message: [UInt8]) -> UInt16? {
        message.count < 2 ? nil : UInt16(message[0]) << 8 | UInt16(message[1])
    }

    package init(_ message: [UInt8], to question: DNSQuestion) throws(Problem) {
        var reader = Reader(message)
        guard message.count >= DNSMessage.headerBytes else { throw .malformed }
        _ = reader.word()
        let flags = reader.word() ?? 0
        guard flags & 0x8000 != 0, flags & 0x7800 == 0 else { throw .isQuestion }
        code =
            switch flags & 0xf {
            case 0: .success
            case 3: .nameError
            case 5: .refused
            default: .other(UInt8(flags & 0xf))
            }
        isTruncated = flags & 0x0200 != 0
        let counts = (0..<4).map { _ in Int(reader.word() ?? 0) }
        guard counts[0] == 1, let name = reader.name(), let kind = reader.word(),
            let group = reader.word()
        else { throw counts[0] == 1 ? .malformed : .otherQuestion }
        guard name == question.name, kind == question.kind.rawValue, group == DNSMessage.internet
        else { throw .otherQuestion }
        // A truncated answer may end anywhere; what it has is of no use.
        if isTruncated {
            answers = []
            additional = []
            return
        }
        answers = try DNSReply.records(counts[1], &reader)
        _ = try DNSReply.records(counts[2], &reader)
        additional = try DNSReply.records(counts[3], &reader)
    }

    private static func records(_ count: Int, _ reader: inout Reader) throws(Problem) -> [Record] {
        var records: [Record] = []
        for _ in 0..<count {
            guard let name = reader.name(), let kind = reader.word(), let group = reader.word(),
                reader.skip(4), let length = reader.word(), let end = reader.end(of: Int(length))
            else { throw .malformed }
            defer { reader.position = end }
            guard group == DNSMessage.internet, records.count < recordLimit else { continue }
            switch kind {
            case DNSQuestion.Kind.ipv4.rawValue:
                guard length == 4, let address = reader.integer(4) else { throw .malformed }
                let value = UInt32(truncatingIfNeeded: address)
                records.append(
                    Record(name: name, content: .address(.v4(IPv4Address(rawValue: value)))))
            case DNSQuestion.Kind.ipv6.rawValue:
                guard length == 16, let high = reader.integer(8), let low = reader.integer(8)
                else { throw .malformed }
                records.append(
                    Record(name: name, content: .address(.v6(IPv6Address(high: high, low: low)))))
            case DNSMessage.aliasRecord:
                guard let target = reader.name(), reader.position == end else { throw .malformed }
                records.append(Record(name: name, content: .alias(target)))
            case DNSQuestion.Kind.service.rawValue:
                guard length > 6, let priority = reader.word(), let weight = reader.word(),
                    let port = reader.word(), let target = reader.name(), reader.position == end
                else { throw .malformed }
                let service = Service(
                    priority: priority, weight: weight, port: port, target: target)
                records.append(Record(name: name, content: .service(service)))
            default: break
            }
        }
        return records
    }

    // MARK: What it says

    /// The addresses of a name, by way of its aliases; each once, in the order of the answer.
    package func addresses(of name: DNSName) -> [IPAddress] {
        let owners = namesOf(name)
        var seen: Set<IPAddress> = []
        return (answers + additional).compactMap { record in
            guard case .address(let address) = record.content, owners.contains(record.name),
                seen.insert(address).inserted
            else { return nil }
            return address
        }
    }

    package func services(of name: DNSName) -> [Service] {
        let owners = namesOf(name)
        return answers.compactMap { record in
            guard case .service(let service) = record.content, owners.contains(record.name) else {
                return nil
            }
            return service
        }
    }

    /// The name and the aliases that lead away from it.
    private func namesOf(_ name: DNSName) -> Set<DNSName> {
        var names: Set<DNSName> = [name]
        var last = name
        for _ in 0..<DNSReply.aliasLimit {
            let next = answers.compactMap { record -> DNSName? in
                guard case .alias(let target) = record.content, record.name == last else {
                    return nil
                }
                return target
            }.first
            guard let next, names.insert(next).inserted else { break }
            last = next
        }
        return names
    }

    /// Moves over a message; nil where it ends too soon.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func integer(_ count: Int) -> UInt64? {
            guard bytes.count - position >= count else { return nil }
            defer { position += count }
            return bytes[position..<position + count].reduce(0) { $0 << 8 | UInt64($1) }
        }

        mutating func word() -> UInt16? { integer(2).map { UInt16(truncatingIfNeeded: $0) } }

        mutating func name() -> DNSName? { DNSName.read(bytes, at: &position) }

        mutating func skip(_ count: Int) -> Bool {
            guard bytes.count - position >= count else { return false }
            position += count
            return true
        }

        func end(of count: Int) -> Int? {
            bytes.count - position >= count ? position + count : nil
        }
    }
}
