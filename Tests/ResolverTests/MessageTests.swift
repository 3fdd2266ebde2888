import Core
import Testing

@testable import Resolver

/// Builds messages as a name server does.
struct MessageBuilder {
    var bytes: [UInt8]

    /// The header and the question.
    init(
        _ question: DNSQuestion, id: UInt16 = 7, flags: UInt16 = 0x8180, answers: Int = 0,
        additional: Int = 0
    ) {
        bytes = []
        for value in [id, flags, 1, UInt16(answers), 0, UInt16(additional)] { append(value) }
        bytes += question.name.wire
        append(question.kind.rawValue)
        append(1)
    }

    mutating func append(_ value: UInt16) {
        bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
    }

    /// A record of the name in the question (`c0 0c`), or of another.
    mutating func record(_ kind: UInt16, _ data: [UInt8], of name: [UInt8] = [0xc0, 12]) {
        bytes += name
        append(kind)
        append(1)
        bytes += [0, 0, 0, 60]
        append(UInt16(data.count))
        bytes += data
    }
}

@Suite struct MessageTests {
    static let name = DNSName("app.example.org")!
    static let question = DNSQuestion(name, .ipv4)
    static let address = IPAddress("192.0.2.1")!

    @Test func aQuestionAsOnTheWire() {
        #expect(
            DNSQuestion(DNSName("A.b")!, .ipv6).message(id: 0x1234, payloadBytes: 512) == [
                0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 1,
                1, 0x61, 1, 0x62, 0, 0, 28, 0, 1,
                0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 0,
            ])
    }

    @Test(arguments: [
        ("", false), (".", false), ("a..b", false), ("a.b.", true), ("_http._tcp.a", true),
        (String(repeating: "x", count: 63), true), (String(repeating: "x", count: 64), false),
        (Array(repeating: "abcdefg", count: 31).joined(separator: "."), true),
        (Array(repeating: "abcdefg", count: 32).joined(separator: "."), false),
    ])
    func namesThatCanBeAsked(text: String, isName: Bool) {
        #expect((DNSName(text) != nil) == isName)
    }

    @Test func namesAreComparedWithoutCase() {
        #expect(DNSName("App.Example.ORG") == Self.name)
        #expect(Self.name.description == "app.example.org")
    }

    @Test func followsAliases() throws {
        var message = MessageBuilder(Self.question, answers: 3)
        let target = DNSName("web.example.net")!
        message.record(5, target.wire)
        message.record(1, [192, 0, 2, 1], of: target.wire)
        // Nobody asked for this one.
        message.record(1, [192, 0, 2, 9], of: DNSName("other.example.net")!.wire)
        let reply = try DNSReply(message.bytes, to: Self.question)
        #expect(reply.addresses(of: Self.name) == [Self.address])
    }

    @Test func readsServicesWithTheirAddresses() throws {
        let name = DNSName("_http._tcp.example.org")!
        let target = DNSName("a.example.org")!
        var message = MessageBuilder(DNSQuestion(name, .service), answers: 1, additional: 1)
        message.record(33, [0, 1, 2, 0, 0x1f, 0x90] + target.wire)
        message.record(28, [UInt8](repeating: 0, count: 15) + [1], of: target.wire)
        let reply = try DNSReply(message.bytes, to: DNSQuestion(name, .service))
        #expect(
            reply.services(of: name) == [
                DNSReply.Service(priority: 1, weight: 512, port: 8080, target: target)
            ])
        #expect(reply.addresses(of: target) == [IPAddress("::1")!])
    }

    /// Cut anywhere, it is refused, and never anything worse.
    @Test func isRefusedWhenCut() throws {
        var message = MessageBuilder(Self.question, answers: 2)
        message.record(5, [3, 0x77, 0x65, 0x62, 0xc0, 16])
        message.record(1, [192, 0, 2, 1])
        _ = try DNSReply(message.bytes, to: Self.question)
        for length in message.bytes.indices {
            #expect(throws: DNSReply.Problem.self) {
                try DNSReply(Array(message.bytes[..<length]), to: Self.question)
            }
        }
    }

    /// Any byte may be any other: the reader ends, and believes only answers to its question.
    @Test func survivesEveryChangedByte() {
        var message = MessageBuilder(Self.question, answers: 2)
        message.record(5, [3, 0x77, 0x65, 0x62, 0xc0, 16])
        message.record(1, [192, 0, 2, 1])
        var refused = 0
        for index in message.bytes.indices {
            for value in [0, 1, 12, 0x3f, 0x40, 0x80, 0xc0, 0xff] as [UInt8] {
                var bytes = message.bytes
                bytes[index] = value
                if (try? DNSReply(bytes, to: Self.question)) == nil { refused += 1 }
            }
        }
        #expect(refused > message.bytes.count)
    }

    @Test func pointersLeadBackwardsOnly() {
        for bytes in [[0xc0, 0], [0xc0, 2, 0xc0, 0], [1, 0x61, 0xc0, 0]] as [[UInt8]] {
            var position = 0
            #expect(DNSName.read(bytes, at: &position) == nil)
        }
    }

    @Test(arguments: [
        (0x0180, DNSReply.Problem.isQuestion), (0xa180, .isQuestion), (0x8180, .otherQuestion),
    ])
    func otherMessagesAreNoAnswers(flags: Int, problem: DNSReply.Problem) {
        let other = DNSQuestion(DNSName("x")!, .ipv4)
        let message = MessageBuilder(other, flags: UInt16(flags))
        #expect(throws: problem) { try DNSReply(message.bytes, to: Self.question) }
    }
}
