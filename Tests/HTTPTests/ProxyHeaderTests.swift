import Core
import Testing

@testable import HTTP

@Suite struct ProxyHeaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        /// What it says, or nil: no header, or one that lies.
        let meaning: String?
        var testDescription: String { String(decoding: bytes.prefix(60), as: UTF8.self) }

        init(_ text: String, _ meaning: String?) {
            bytes = Array(text.utf8)
            self.meaning = meaning
        }

        init(_ bytes: [UInt8], _ meaning: String?) {
            self.bytes = bytes
            self.meaning = meaning
        }
    }

    static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]
    static let four: [UInt8] = [10, 0, 0, 1, 10, 0, 0, 2, 0x30, 0x39, 0, 80]

    static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil)
        -> [UInt8]
    {
        let length = length ?? rest.count
        return signature + [command, family, UInt8(length >> 8 & 255), UInt8(length & 255)] + rest
    }

    static let sums: [UInt8] = {
        var bytes = binary(0x21, 0x11, four + [3, 0, 4, 0, 0, 0, 0])
        let end = bytes.count
        let sum = bytes.withBytes { ProxyHeader.checksum($0, without: end - 4..<end) }
        for index in 0..<4 {
            bytes[end - 4 + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt32(index)))
        }
        return bytes
    }()

    static let cases = [
        Case("PROXY TCP4 10.0.0.1 10.0.0.2 12345 80\r\n", "10.0.0.1:12345 10.0.0.2:80"),
        Case("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n", "2001:db8::1:1 ::1:65535"),
        Case("PROXY UNKNOWN\r\n", "local"),
        Case("PROXY UNKNOWN ffff::1 what ever 1 2\r\n", "local"),
        Case("PROXY TCP4 10.0.0.1 10.0.0.2 12345\r\n", nil),
        Case("PROXY TCP4 10.0.0.1 10.0.0.2 12345 80 1\r\n", nil),
        Case("PROXY TCP4  10.0.0.1 10.0.0.2 12345 80\r\n", nil),
        Case("PROXY TCP4 010.0.0.1 10.0.0.2 12345 80\r\n", nil),
        Case("PROXY TCP4 10.0.0.1 10.0.0.2 65536 80\r\n", nil),
        Case("PROXY TCP4 10.0.0.1 10.0.0.2 +5 80\r\n", nil),
        Case("PROXY TCP4 10.0.0.1 10.0.0.2 05 80\r\n", nil),
        Case("PROXY TCP4 ::1 10.0.0.2 5 80\r\n", nil),
        Case("PROXY TCP6 10.0.0.1 ::1 5 80\r\n", nil),
        Case("PROXY UDP4 10.0.0.1 10.0.0.2 5 80\r\n", nil),
        Case("PROXY TCP4 10.0.0.1 10.0.0.2 5 80\r \n", nil),
        Case("PROXY " + String(repeating: "x", count: 120) + "\r\n", nil),
        Case("PROXY\tTCP4 10.0.0.1 10.0.0.2 5 80\r\n", nil),
        Case("proxy TCP4 10.0.0.1 10.0.0.2 5 80\r\n", nil),
        Case("GET / HTTP/1.1\r\n\r\n", nil),
        Case("POST / HTTP/1.1\r\n\r\n", nil),
        Case(binary(0x21, 0x11, four), "10.0.0.1:12345 10.0.0.2:80"),
        Case(binary(0x21, 0x11, four + [0x04, 0, 2, 7, 7]), "10.0.0.1:12345 10.0.0.2:80"),
        Case(
            binary(
                0x21, 0x21,
                [UInt8](repeating: 0, count: 15) + [1] + [UInt8](repeating: 0, count: 15) + [2]
                    + [0, 1, 0, 2]), "::1:1 ::2:2"),
        Case(sums, "10.0.0.1:12345 10.0.0.2:80"),
        Case(binary(0x20, 0x00, []), "local"),
        Case(binary(0x20, 0x11, [1, 2, 3]), "local"),
        Case(binary(0x21, 0x00, []), "local"),
        Case(binary(0x21, 0x12, four), "local"),
        Case(binary(0x21, 0x31, [UInt8](repeating: 65, count: 216)), "local"),
        // Lies
        Case(binary(0x21, 0x11, Array(four.dropLast())), nil),
        Case(binary(0x21, 0x21, four), nil),
        Case(binary(0x11, 0x11, four), nil),
        Case(binary(0x22, 0x11, four), nil),
        Case(binary(0x21, 0x41, four), nil),
        Case(binary(0x21, 0x11, four + [0x04, 0, 3, 7, 7]), nil),
        Case(binary(0x21, 0x11, four + [0x04, 0]), nil),
        Case(binary(0x21, 0x11, four + [3, 0, 4, 1, 2, 3, 4]), nil),
        Case(binary(0x21, 0x11, four, length: 65535), nil),
    ]

    private func meaning(_ header: ProxyHeader) -> String {
        guard let ends = header.ends else { return "local" }
        func text(_ end: PeerAddress) -> String {
            "\(end.ip.map(\.description) ?? "?"):\(end.port)"
        }
        return "\(text(ends.source)) \(text(ends.destination))"
    }

    /// Whole, with bytes behind it, and cut at every place: a cut header is the beginning of one, never another one.
    /// Values behind the addresses; the first of a type counts.
    @Test(
        arguments: [
            (
                0x21, 0x11, [UInt8](repeating: 1, count: 12) + [2, 0, 1, 65, 2, 0, 1, 66], 2,
                31..<32
            ),
            (0x21, 0x11, [UInt8](repeating: 2, count: 12) + [2, 0, 0], 2, 31..<31),
            (0x21, 0x11, [UInt8](repeating: 2, count: 12) + [4, 0, 1, 2, 2, 0, 1, 9], 2, 35..<36),
            (0x21, 0x11, [UInt8](repeating: 2, count: 12), 2, nil),
            (0x21, 0x00, [0xe0, 0, 2, 1, 2], 0xe0, 19..<21),
            (0x21, 0x00, [0xe0, 0, 2, 1, 2], 1, nil),
            // LOCAL speaks for nobody, and its values were not looked at.
            (0x20, 0x00, [0xe0, 0, 2, 1, 2], 0xe0, nil),
        ] as [(UInt8, UInt8, [UInt8], UInt8, Range<Int>?)])
    func findsValues(
        _ command: UInt8, _ family: UInt8, _ rest: [UInt8], _ type: UInt8, _ wanted: Range<Int>?
    ) {
        let header = Self.binary(command, family, rest)
        #expect(header.withBytes { ProxyHeader.value(of: type, in: $0) } == wanted)
        // Pieces of a header, which nobody asks about, have none or end before their end.
        for count in header.indices {
            let piece = Array(header[..<count])
            let found = piece.withBytes { ProxyHeader.value(of: type, in: $0) }
            #expect(found.map { $0.upperBound <= count } ?? true)
        }
    }

    @Test(arguments: cases)
    func reads(test: Case) {
        for tail in [[], Array("GET / HTTP/1.1\r\n".utf8)] {
            let outcome = (test.bytes + tail).withBytes { ProxyHeader.parse($0) }
            switch outcome {
            case .complete(let header, let count):
                #expect(meaning(header) == test.meaning && count == test.bytes.count)
            case .malformed, .notAHeader: #expect(test.meaning == nil)
            case .needsMore: Issue.record("never enough")
            }
        }
        for cut in 0..<test.bytes.count {
            let outcome = test.bytes.prefix(cut).map { $0 }.withBytes { ProxyHeader.parse($0) }
            if test.meaning != nil { #expect(outcome == .needsMore, "cut at \(cut)") }
            if case .complete = outcome { Issue.record("complete at \(cut)") }
        }
    }

    /// What is written is read as the same.
    /// Lengths are two bytes: what is said of TLS fits its parent whatever the name's length, and reads back whole.
    @Test(arguments: [0, 1, 64, 230, 237, 238, 255, 256, 300, 512, 513, 5000])
    func tellsNames(count: Int) throws {
        let ends = ProxyHeader.Ends(
            source: PeerAddress(ip: IPAddress("10.0.0.1"), port: 1),
            destination: PeerAddress(ip: IPAddress("10.0.0.2"), port: 2))
        var security = ProxyHeader.Security()
        security.isOn = true
        security.version = Array("TLSv1.3".utf8)
        security.commonName = [UInt8](repeating: 0x61, count: count)
        let pool = BufferPool(headBytes: 16384)
        var buffer = Buffer()
        pool.lend(.head, to: &buffer)
        defer { pool.reclaim(&buffer) }
        ProxyHeader(ends: ends).writeBinary(security: security, into: &buffer)
        #expect(buffer.count <= ProxyHeader.writtenLimit)
        let told = count > 0 && count <= ProxyHeader.commonNameLimit ? 3 + count : 0
        #expect(buffer.count == 16 + 12 + 3 + 5 + 3 + 7 + told)
        guard case .complete(_, let length) = ProxyHeader.parse(buffer.bytes) else {
            Issue.record("it does not read back")
            return
        }
        #expect(length == buffer.count)
        // The parent's length, and the name's.
        #expect(Int(buffer.bytes.networkUInt16(at: 29)) == buffer.count - 31)
        if told > 0 { #expect(Int(buffer.bytes.networkUInt16(at: 47)) == count) }
    }

    @Test func writes() throws {
        let four = PeerAddress(ip: IPAddress("10.0.0.1"), port: 65535)
        let six = PeerAddress(ip: IPAddress("2001:db8:1111:2222:3333:4444:5555:6666"), port: 65535)
        let pool = BufferPool(headBytes: 16384)
        for (source, destination) in [(four, four), (six, six), (four, six), (.unnamed, four)] {
            let header = ProxyHeader(
                ends: ProxyHeader.Ends(source: source, destination: destination))
            for isBinary in [false, true] {
                var buffer = Buffer()
                pool.lend(.head, to: &buffer)
                if isBinary {
                    header.writeBinary(into: &buffer)
                } else {
                    header.writeText(into: &buffer)
                }
                #expect(buffer.count <= ProxyHeader.writtenLimit)
                guard case .complete(let read, buffer.count) = ProxyHeader.parse(buffer.bytes)
                else {
                    Issue.record("\(meaning(header)) \(isBinary)")
                    continue
                }
                if source == destination { #expect(read == header) }
                pool.reclaim(&buffer)
            }
        }
    }
}
