import Core
import Testing

@testable import Expressions

@Suite struct ClientHelloTests {
    /// A ClientHello built by hand; `pieces`: bytes of each record.
    static func hello(
        name: String? = "www.example.com", protocols: [String] = ["h2", "http/1.1"],
        versions: [UInt16] = [0x7a7a, 0x0304, 0x0303], ticket: [UInt8]? = nil,
        records pieces: Int = 16384
    ) -> [UInt8] {
        func vector(_ lengthBytes: Int, _ content: [UInt8]) -> [UInt8] {
            (0..<lengthBytes).reversed().map { UInt8(content.count >> ($0 * 8) & 0xff) } + content
        }
        func number(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
        var extensions: [UInt8] = []
        if let name {
            extensions += number(0) + vector(2, vector(2, [0] + vector(2, Array(name.utf8))))
        }
        extensions += number(10) + vector(2, vector(2, number(29)))
        extensions +=
            number(16) + vector(2, vector(2, protocols.flatMap { vector(1, Array($0.utf8)) }))
        extensions += number(13) + vector(2, vector(2, number(0x0403) + number(0x0804)))
        let shares = [29, 24].flatMap { number($0) + vector(2, [1, 2, 3]) }
        extensions += number(51) + vector(2, vector(2, shares))
        if let ticket { extensions += number(35) + vector(2, ticket) }
        if !versions.isEmpty {
            extensions += number(43) + vector(2, vector(1, versions.flatMap(number)))
        }
        var body = number(0x0303) + [UInt8](repeating: 7, count: 32)
        body += vector(1, [UInt8](repeating: 1, count: 32)) + vector(2, number(0x1301))
        body += vector(1, [0]) + vector(2, extensions)
        let message = [1] + vector(3, body)
        return stride(from: 0, to: message.count, by: pieces).flatMap {
            [22, 3, 1] + vector(2, Array(message[$0..<min($0 + pieces, message.count)]))
        }
    }

    private func parse(_ bytes: [UInt8]) -> ClientHello.Parse {
        unsafe ClientHello.parse(bytes.span.bytes)
    }

    @Test(arguments: [16384, 1, 7, 100]) func readsWhatIsAskedForInAnySplit(pieces: Int) throws {
        let bytes = Self.hello(records: pieces)
        // Every prefix waits for more, and the whole says the same.
        for count in 0..<bytes.count { #expect(parse(Array(bytes.prefix(count))) == .needsMore) }
        guard case .complete(let hello) = parse(bytes + [22, 3]) else {
            Issue.record("not complete")
            return
        }
        #expect(hello.serverName == Array("www.example.com".utf8))
        #expect(hello.applicationProtocols == ["h2", "http/1.1"].map { Array($0.utf8) })
        #expect(hello.version == 0x0304)
        #expect(hello.hasSupportedCurves)
        #expect(Array(hello.ciphers) == [0x13, 0x01])
        #expect(Array(hello.groups) == [0, 29])
        #expect(Array(hello.signatures) == [4, 3, 8, 4])
        #expect(hello.keyShareGroups == [0, 29, 0, 24])
        #expect(hello.ticket == .absent)
    }

    @Test func knowsWhetherThereIsATicket() {
        for (bytes, expected) in [([], .empty), ([7, 7], .present)]
            as [([UInt8], ClientHello.Ticket)]
        {
            guard case .complete(let hello) = parse(Self.hello(ticket: bytes)) else {
                Issue.record("not complete")
                continue
            }
            #expect(hello.ticket == expected)
        }
    }

    @Test func doesWithoutExtensions() {
        guard case .complete(let hello) = parse(Self.hello(name: nil, protocols: [], versions: []))
        else {
            Issue.record("not complete")
            return
        }
        #expect(hello.serverName.isEmpty)
        #expect(hello.version == 0x0303)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "\u{16}\u{2}", "SSH-2.0-OpenSSH\r\n", "\u{80}\u{2e}\u{1}",
    ]) func knowsWhatIsNoTLS(text: String) { #expect(parse(Array(text.utf8)) == .malformed) }

    /// No byte of a hello may lead beyond its end, whatever it says.
    @Test func survivesEveryChangedByte() {
        let bytes = Self.hello()
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 0x7f, 0xff] {
                var changed = bytes
                changed[index] = value
                _ = parse(changed)
            }
        }
    }
}
