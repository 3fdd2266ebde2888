import Core
import HTTP
import Testing

@testable import Checking

/// Ready-made checks against services that answer well, badly, in pieces and not at all. The verdicts are HAProxy 2.6's.
@Suite struct ServiceReplyTests {
    /// Answers in the order in which the script waits for them, and what comes of it.
    struct Case: CustomStringConvertible, Sendable {
        let name: String
        let script: CheckScript
        let answers: [[UInt8]]
        let verdict: CheckVerdict
        var description: String { name }
    }

    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0..<$0 + 2]), radix: 16)
        }
    }

    private static let mail = CheckScript.smtp(greeting: "HELO localhost")
    private static let greeting = bytes(
        "4A0000000A382E302E3139000A0000006F3C025E6249410D00FFFFFF0200FFC715000000000000000000007C182159106E2761144322200063616368696E675F736861325F70617373776F726400"
    )

    static let cases: [Case] = [
        Case(
            name: "smtp", script: mail,
            answers: [
                text("220 hi\r\n"), text("250-a\r\n250-b\r\n250 c\r\n"), text("221 bye\r\n"),
            ],
            verdict: CheckVerdict(.layer7Passed, code: 221, text: "bye")),
        Case(
            name: "smtp that is none", script: mail, answers: [text("I'm not a SMTP server\r\n")],
            verdict: CheckVerdict(.layer7Invalid, text: "I'm not a SMTP server")),
        Case(
            name: "smtp that is busy", script: mail, answers: [text("421 Try again later\r\n")],
            verdict: CheckVerdict(.layer7WrongStatus, code: 421, text: "Try again later")),
        Case(
            name: "smtp that refuses us", script: mail,
            answers: [text("220 hi\r\n"), text("512 DNS error\r\n")],
            verdict: CheckVerdict(.layer7WrongStatus, code: 512, text: "DNS error")),
        Case(
            name: "redis", script: .redis, answers: [text("+PONG\r\n")],
            verdict: CheckVerdict(.layer7Passed, text: "Redis server is ok")),
        Case(
            name: "redis with an error", script: .redis, answers: [text("-Error message\r\n")],
            verdict: CheckVerdict(.layer7WrongStatus, text: "-Error message")),
        Case(
            name: "tls", script: .tlsHello, answers: [bytes("1503030002")],
            verdict: CheckVerdict(.layer6Passed)),
        Case(
            name: "no tls", script: .tlsHello, answers: [text("HTTP/1.1 400 Bad request")],
            verdict: CheckVerdict(.layer6Invalid)),
        Case(
            name: "postgres", script: .postgres(user: "postgres"),
            answers: [bytes("520000000800000000")],
            verdict: CheckVerdict(.layer7Passed, text: "PostgreSQL server is ok")),
        Case(
            name: "postgres with an error", script: .postgres(user: "postgres"),
            answers: [bytes("450000000B53464154414C0000")],
            verdict: CheckVerdict(.layer7Invalid, text: "FATAL")),
        Case(
            name: "postgres with nonsense", script: .postgres(user: "postgres"),
            answers: [bytes("5200000008FFFFFFFF")],
            verdict: CheckVerdict(.layer7WrongStatus, text: "PostgreSQL unknown error")),
        Case(
            name: "mysql", script: .mysql(user: nil, isOld: false), answers: [greeting],
            verdict: CheckVerdict(.layer7Passed, text: "8.0.19")),
        Case(
            name: "mysql with a user", script: .mysql(user: "user", isOld: true),
            answers: [greeting + bytes("03000002000000")],
            verdict: CheckVerdict(.layer7Passed, text: "8.0.19")),
        Case(
            name: "mysql that refuses the user", script: .mysql(user: "user", isOld: false),
            answers: [greeting + bytes("09000002FFE304") + text("Client")],
            verdict: CheckVerdict(.layer7WrongStatus, code: 1251, text: "Client")),
        Case(
            name: "ldap", script: .ldap, answers: [bytes("300C02010161070A010004000400")],
            verdict: CheckVerdict(.layer7Passed, text: "Success")),
        Case(
            name: "ldap, long lengths", script: .ldap,
            answers: [bytes("308400000010020101618400000007") + bytes("0A010004000400")],
            verdict: CheckVerdict(.layer7Passed, text: "Success")),
        Case(
            name: "ldap that refuses", script: .ldap,
            answers: [bytes("300C02010161070A010104000400")],
            verdict: CheckVerdict(
                .layer7WrongStatus, code: 1,
                text: "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9")),
        Case(
            name: "no ldap", script: .ldap, answers: [text("HTTP/1.1 400 Bad request")],
            verdict: CheckVerdict(.layer7Invalid, text: "Not LDAPv3 protocol")),
    ]

    /// Runs a script; answers come in pieces of `size` bytes, and nothing follows the last.
    private func run(_ one: Case, size: Int) -> CheckVerdict? {
        let pool = BufferPool(headBytes: 16384)
        var fields = HeaderTable(limit: 16)
        var conversation = CheckConversation(one.script)
        var input = Buffer()
        defer { pool.reclaim(&input) }
        var answers = one.answers[...]
        var rest: ArraySlice<UInt8> = []
        var next = conversation.begin()
        for _ in 0..<10_000 {
            switch next {
            case .connect: next = conversation.connected()
            case .send:
                input.removeAll()
                next = conversation.sent()
            case .receive:
                if rest.isEmpty, let answer = answers.popFirst() {
                    input.removeAll()
                    rest = answer[...]
                }
                if !input.isLent { pool.lend(.head, to: &input) }
                let piece = Array(rest.prefix(size))
                rest = rest.dropFirst(size)
                input.append(contentsOf: piece)
                next = conversation.received(
                    &input, isLast: piece.isEmpty, fields: &fields)
            case .finished(let verdict): return verdict
            }
        }
        return nil
    }

    @Test(arguments: cases) func answersInPieces(_ one: Case) {
        for size in [1, 2, 3, 5, 7, 16384] { #expect(run(one, size: size) == one.verdict) }
    }

    @Test(arguments: cases) func servicesThatStopOrLie(_ one: Case) {
        // Whatever is cut off or turned over ends with a verdict, and never with a trap.
        for index in one.answers.indices {
            for length in 0..<one.answers[index].count {
                let cut =
                    Array(one.answers.prefix(index)) + [Array(one.answers[index].prefix(length))]
                #expect(
                    run(
                        Case(name: "", script: one.script, answers: cut, verdict: one.verdict),
                        size: 4)
                        != nil)
                var wrong = one.answers
                wrong[index][length] ^= 0xFF
                #expect(
                    run(
                        Case(name: "", script: one.script, answers: wrong, verdict: one.verdict),
                        size: 4)
                        != nil)
            }
        }
    }

    @Test func silence() {
        let empty = "TCPCHK got an empty response at step"
        let wanted: [(CheckScript, CheckVerdict)] = [
            (.tlsHello, CheckVerdict(.layer6Invalid, text: "\(empty) 2")),
            (.redis, CheckVerdict(.layer7WrongStatus, text: "\(empty) 2")),
            (Self.mail, CheckVerdict(.layer7Invalid, text: "\(empty) 1")),
        ]
        for (script, verdict) in wanted {
            let one = Case(name: "", script: script, answers: [], verdict: verdict)
            #expect(run(one, size: 1) == verdict)
        }
    }

    @Test func loginPacketsOfMySQL() {
        func packet(_ script: CheckScript) -> [UInt8]? {
            for step in script.steps { if case .send(let bytes) = step.action { return bytes } }
            return nil
        }
        #expect(
            packet(.mysql(user: "user", isOld: true))
                == Self.bytes("0B00000100800000017573657200000100000001"))
        #expect(
            packet(.mysql(user: "user", isOld: false))
                == Self.bytes(
                    "2600000100820000008000012100000000000000000000000000000000000000000000007573657200000100000001"
                ))
    }
}
