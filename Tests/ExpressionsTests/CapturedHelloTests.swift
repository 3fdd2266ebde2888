import Testing

@testable import Expressions

@Suite struct CapturedHelloTests {
    /// Length in so many bytes, then the content.
    private func vector(_ lengthBytes: Int, _ content: [UInt8]) -> [UInt8] {
        (0..<lengthBytes).reversed().map { UInt8(truncatingIfNeeded: content.count >> ($0 * 8)) }
            + content
    }

    private func message(_ extensions: [UInt8], ciphers: [UInt8]) -> [UInt8] {
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + vector(1, []) + vector(2, ciphers)
            + vector(1, [0]) + vector(2, extensions)
        return [1] + vector(3, body)
    }

    private var sample: [UInt8] {
        let extensions: [UInt8] =
            [0x1a, 0x1a] + vector(2, []) + [0, 10]
            + vector(2, vector(2, [0x2a, 0x2a, 0, 29, 0, 23])) + [0, 11] + vector(2, vector(1, [0]))
            + [0, 13] + vector(2, vector(2, [4, 3])) + [0, 43]
            + vector(2, vector(1, [0x3a, 0x3a, 3, 4]))
        return message(extensions, ciphers: [0x0a, 0x0a, 0x13, 0x01, 0xc0, 0x2b])
    }

    @Test func keepsListsInTheClientsOrder() throws {
        let hello = try #require(CapturedHello(sample, limit: 1000))
        #expect(hello.version == 0x303)
        #expect(
            hello.bytes(of: .ciphers, plain: false) == [0x0a, 0x0a, 0x13, 0x01, 0xc0, 0x2b])
        #expect(hello.bytes(of: .ciphers, plain: true) == [0x13, 0x01, 0xc0, 0x2b])
        #expect(
            hello.bytes(of: .extensions, plain: false)
                == [0x1a, 0x1a, 0, 10, 0, 11, 0, 13, 0, 43])
        #expect(hello.bytes(of: .extensions, plain: true) == [0, 10, 0, 11, 0, 13, 0, 43])
        #expect(hello.bytes(of: .groups, plain: true) == [0, 29, 0, 23])
        #expect(hello.bytes(of: .formats, plain: true) == [0])
        #expect(hello.bytes(of: .signatures, plain: true) == [4, 3])
        #expect(hello.bytes(of: .versions, plain: true) == [3, 4])
    }

    @Test func keepsNoMoreThanThereIsRoomFor() throws {
        for limit in 0...40 {
            let hello = try #require(CapturedHello(sample, limit: limit))
            let lists: [CapturedHello.List] = [
                .ciphers, .extensions, .groups, .formats, .signatures, .versions,
            ]
            let kept = lists.reduce(0) { $0 + hello.bytes(of: $1, plain: false).count }
            #expect(kept == min(limit, 29))
            #expect(hello.cipherHash == CapturedHello(sample, limit: 1000)?.cipherHash)
            for list in lists { _ = hello.bytes(of: list, plain: true) }
        }
    }

    @Test func brokenOnesAreNothing() {
        for count in 0..<sample.count {
            // A hello may end behind its compression methods.
            let part = Array(sample.prefix(count))
            if CapturedHello(part, limit: 100) != nil { #expect(count == 4 + 2 + 32 + 1 + 8 + 2) }
        }
        for at in sample.indices {
            var changed = sample
            changed[at] ^= 0xff
            _ = CapturedHello(changed, limit: 100)
        }
    }
}
