import Core
import Expressions
import HTTP
import Testing

@testable import Checking

/// Checks that make variables and texts of what a server says.
@Suite struct CheckSampleTests {
    let world = ExpressionWorld(readFile: { _ in .failure(ExpressionProblem("no files here")) })

    func format(_ text: String, isHexadecimal: Bool = false) throws -> CheckFormat {
        CheckFormat(
            Template(try LogFormat(text, in: world, at: .check)), isHexadecimal: isHexadecimal)
    }

    func set(_ name: String, _ expression: String) throws -> CheckStep {
        CheckStep(
            .set(
                try world.variable(name),
                .expression(try SampleExpression.compile(expression, in: world))))
    }

    static let answer =
        "HTTP/1.1 202 Fine\r\nX-Name: x-test1\r\nX-Test1: true, next\r\nContent-Length: 5\r\n\r\nready"

    /// What becomes of a script with one answer, whole and cut at every byte.
    func verdict(_ script: CheckScript, _ answer: String = answer) -> CheckVerdict? {
        let bytes = Array(answer.utf8)
        let whole = verdict(script, pieces: [bytes])
        for cut in bytes.indices {
            #expect(
                verdict(script, pieces: [Array(bytes[..<cut]), Array(bytes[cut...])]) == whole,
                "cut at \(cut)")
        }
        return whole
    }

    private func verdict(_ script: CheckScript, pieces: [[UInt8]]) -> CheckVerdict? {
        let pool = BufferPool(headBytes: 1024)
        var input = Buffer()
        pool.lend(.head, to: &input)
        defer { pool.reclaim(&input) }
        var fields = HeaderTable()
        var conversation = CheckConversation(
            script, samples: CheckSamples(pool: pool, seed: 1), realtime: 1_000_000_000)
        var next = conversation.begin()
        var waiting = pieces[...]
        for _ in 0..<1000 {
            switch next {
            case .connect:
                input.removeAll()
                next = conversation.connected()
            case .send:
                input.removeAll()
                next = conversation.sent()
            case .receive:
                let piece = waiting.popFirst()
                input.append(contentsOf: piece ?? [])
                next = conversation.received(&input, isLast: piece == nil, fields: &fields)
            case .finished(let verdict): return verdict
            }
        }
        return nil
    }

    func field(_ name: CheckFieldMatch.Text, _ value: CheckFieldMatch.Text? = nil) -> CheckStep {
        CheckStep(
            .expect(
                CheckExpectation(.field(CheckFieldMatch(name: name, value: value, isFull: true))))
        )
    }

    @Test func namesOfFieldsComeFromVariables() throws {
        let variable = try format("%[var(check.name)]")
        let script = CheckScript(
            http: [
                try set("check.name", "res.fhdr(x-name)"), field(.format(variable, .equal)),
                field(.format(try format("%[res.fhdr(x-name)]"), .equal)),
                field(.begins("x-"), .format(variable, .equal)),
            ], request: CheckRequest())
        // The variable is set before there is an answer, so that it has no value.
        #expect(verdict(script)?.status == .layer7Invalid)

        let later = CheckScript(
            http: [
                CheckStep(.expect(CheckExpectation(.statuses([200...399])))),
                try set("check.name", "res.fhdr(x-name)"), field(.format(variable, .equal)),
                field(.format(try format("%[res.fhdr(x-name)]"), .equal)),
                field(.begins("x-"), .format(variable, .equal)),
            ], request: CheckRequest())
        #expect(verdict(later) == CheckVerdict(.layer7Passed, code: 202))
    }

    @Test func textsAreMadeOfTheAnswer() throws {
        var body = CheckExpectation(.format(try format("rea%[str(dy)]")))
        body.passedText = .format(try format("%[status] %[res.body]"))
        #expect(
            verdict(CheckScript(http: [CheckStep(.expect(body))], request: CheckRequest()))
                == CheckVerdict(.layer7Passed, code: 202, text: "202 ready"))

        var other = CheckExpectation(.string(Array("other".utf8)))
        other.failedText = .format(try format("said %[res.body]"))
        other.code = try SampleExpression.compile("status", in: world)
        #expect(
            verdict(CheckScript(http: [CheckStep(.expect(other))], request: CheckRequest()))
                == CheckVerdict(.layer7Invalid, code: 202, text: "said ready"))
    }

    @Test func bytesOfStreams() throws {
        var expectation = CheckExpectation(
            .format(try format("2B4F%[str(4B)]", isHexadecimal: true)))
        expectation.passedText = .format(try format("%[res.payload(1,2)]"))
        let script = CheckScript(tcp: [
            CheckStep(.sendFormat(try format("HELO %[date]"))), CheckStep(.expect(expectation)),
        ])
        var conversation = CheckConversation(
            script, samples: CheckSamples(pool: BufferPool(headBytes: 1024), seed: 1),
            realtime: 1_700_000_000_000_000_000)
        _ = conversation.begin()
        #expect(conversation.connected() == .send)
        #expect(String(decoding: conversation.output, as: UTF8.self) == "HELO 1700000000")
        #expect(
            verdict(script, "+OK\r\n")
                == CheckVerdict(.layer7Passed, text: "OK"))
        #expect(verdict(script, "-ERR\r\n")?.status == .layer7Invalid)
    }

    @Test func requestsAreMadeAnew() throws {
        var request = CheckRequestFormat()
        request.version = "HTTP/1.1"
        request.uri = .format(try format("/%[var(check.path)]"))
        request.fields = [("Host", .format(try format("%[str(www)]")))]
        let script = CheckScript(
            http: [try set("check.path", "str(alive)")], asking: request.action)
        var conversation = CheckConversation(
            script, samples: CheckSamples(pool: BufferPool(headBytes: 1024), seed: 1))
        #expect(conversation.begin() == .connect(.standard))
        #expect(conversation.connected() == .send)
        #expect(
            String(decoding: conversation.output, as: UTF8.self)
                == "OPTIONS /alive HTTP/1.1\r\nhost: www\r\nconnection: close\r\n\r\n")
    }

    /// Variables of the process by their slots.
    private final class Shared: CheckVariables {
        var values: [Int32: KeptValue] = [:]

        func value(of slot: Int32) -> KeptValue? { values[slot] }

        func set(_ slot: Int32, to value: KeptValue?) -> Bool {
            values[slot] = value
            return true
        }
    }

    @Test(arguments: [(true, "7 again"), (false, "none again")])
    func variablesOfTheProcessOutliveAConversation(isKept: Bool, expected: String) throws {
        let script = CheckScript(tcp: [
            try set("proc.count", "var(proc.count,6),add(1)"),
            CheckStep(.sendFormat(try format("%[var(proc.count,none)] %[str(again)]"))),
        ])
        let shared = Shared()
        let samples = CheckSamples(pool: BufferPool(headBytes: 1024), seed: 1)
        var conversation = CheckConversation(
            script, samples: samples, processVariables: isKept ? shared : nil)
        _ = conversation.begin()
        #expect(conversation.connected() == .send)
        #expect(String(decoding: conversation.output, as: UTF8.self) == expected)
        var next = CheckConversation(script, samples: samples, processVariables: shared)
        _ = next.begin()
        #expect(next.connected() == .send)
        #expect(
            String(decoding: next.output, as: UTF8.self) == (isKept ? "8 again" : "7 again"))
    }

    /// Fetches of what a check has not are refused where they are read.
    @Test func onlyTheAnswerIsThere() {
        for text in ["%[req.hdr(host)]", "%[path]", "%[req.len]"] {
            #expect(throws: LogFormatProblem.self) { try format(text) }
        }
    }
}
