import Configuration
import Core
import Foundation
import Proxy
import Synchronization
import Testing

/// `retry-on`: requests that are sent again because a server has spoiled the answer.
@Suite struct RetryTests {
    /// Counts the requests of an origin whose first ones go wrong.
    final class Attempts: Sendable {
        private let count = Mutex(0)
        var seen: Int { count.withLock { $0 } }
        func next() -> Int {
            count.withLock {
                $0 += 1
                return $0
            }
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var request = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        var condition: RetryConditions = []
        /// What the origin does instead of an answer, so often.
        let failure: @Sendable (TestSocket) -> Void
        var failures = 1
        /// Status of the answer, and how many requests the origin saw.
        let status: Int
        let attempts: Int
        var testDescription: String { name }
    }

    static let silence: @Sendable (TestSocket) -> Void = { _ in }
    static let hang: @Sendable (TestSocket) -> Void = { _ = $0.receiveAll() }
    static let junk: @Sendable (TestSocket) -> Void = { $0.send("nonsense\r\n\r\n") }
    static let busy: @Sendable (TestSocket) -> Void = {
        $0.send("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy")
    }
    static let post =
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: close\r\n\r\nb"
    static let put = "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: close\r\n\r\nb"

    static let cases = [
        Case(name: "not asked for", failure: silence, status: 502, attempts: 1),
        Case(
            name: "no answer", condition: .emptyResponse, failure: silence, status: 200,
            attempts: 2),
        Case(
            name: "no answer, with a body", request: put, condition: .emptyResponse,
            failure: silence, status: 200, attempts: 2),
        Case(
            name: "another condition", condition: .junkResponse, failure: silence, status: 502,
            attempts: 1),
        Case(
            name: "no answer, twice", condition: .emptyResponse, failure: silence, failures: 2,
            status: 200, attempts: 3),
        Case(
            name: "too often", condition: .emptyResponse, failure: silence, failures: 9,
            status: 502, attempts: 4),
        Case(
            name: "what must not be done twice", request: post, condition: .allRetryableErrors,
            failure: silence, status: 502, attempts: 1),
        Case(
            name: "no HTTP", condition: .junkResponse, failure: junk, status: 200, attempts: 2),
        Case(
            name: "too slow", condition: .responseTimeout, failure: hang, status: 200, attempts: 2),
        Case(
            name: "an answer that says no", condition: .status(503), failure: busy, status: 200,
            attempts: 2),
        Case(
            name: "an answer that says no to the end", condition: .status(503), failure: busy,
            failures: 9, status: 503, attempts: 4),
        Case(
            name: "another status", condition: .status(500), failure: busy, status: 503,
            attempts: 1),
    ]

    @Test(arguments: cases)
    func retries(test: Case) {
        let attempts = Attempts()
        let rig = EngineRig(
            origins: [
                { connection in
                    _ = connection.receive(until: test.request.hasSuffix("b") ? "b" : "\r\n\r\n")
                    if attempts.next() <= test.failures { return test.failure(connection) }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                }
            ],
            proxy: {
                $0.retryOn = test.condition
                $0.retries = 3
                $0.timeouts.server = .milliseconds(200)
            })
        let answer = rig.exchange(test.request)
        #expect(answer.hasPrefix("HTTP/1.1 \(test.status) "), "\(answer)")
        #expect(attempts.seen == test.attempts)
    }

    /// The last retry goes to another server where `option redispatch` says so.
    @Test func redispatches() {
        let rig = EngineRig(
            origins: [
                { _ = $0.receive(until: "\r\n\r\n") }, Origin.once("HTTP/1.1 200 OK\r\n\r\n"),
            ],
            proxy: {
                $0.retryOn = .emptyResponse
                $0.retries = 1
                $0.redispatch = -1
                $0.balance = .first
            })
        #expect(rig.exchange(request).hasPrefix("HTTP/1.1 200 "))
    }

    private let request = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

    /// Without `conn-failure` a refused connection is the end.
    @Test func refusedConnections() {
        let rig = EngineRig(
            origins: [Origin.echo],
            proxy: {
                $0.retryOn = []
                $0.servers[0].address = .ip(.v4(IPv4Address(rawValue: 0x7f00_0001)), port: 1)
            })
        let start = Date()
        #expect(rig.exchange(request).hasPrefix("HTTP/1.1 503 "))
        #expect(Date().timeIntervalSince(start) < 0.9)
    }
}
