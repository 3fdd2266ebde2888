import AllocationCounter
import Configuration
import Core
import Expressions
import Proxy
import Testing

/// Serving a request over open connections allocates nothing, once everything is warm. Only optimised code can keep that
/// promise: `swift test -c release --filter AllocationTests`.
@Suite(.enabled(if: !_isDebugAssertConfiguration())) struct AllocationTests {
    /// Marks the worker that asks it.
    struct Marker: LocalService {
        func respond(to request: LocalRequest) -> LocalResponse? {
            allocation_counter_mark()
            return LocalResponse(status: 200)
        }
    }

    @Test(arguments: [false, true])
    func allocatesNothingPerRequest(logs: Bool) {
        let sink = LogSink()
        let target = LogTargetSettings(
            destination: .udp(.v4(IPv4Address(rawValue: 0x7f00_0001)), port: sink.port),
            facility: 16)
        let rig = EngineRig(
            origins: [Origin.echo], logTargets: logs ? [target] : [], service: Marker(),
            proxy: {
                $0.stats = StatsSettings()
                $0.stats?.uri = "/mark"
                $0.options.forwardFor = ForwardForSettings()
                $0.timeouts.httpKeepAlive = .seconds(5)
                if logs {
                    $0.logTargets = [target]
                    $0.logFormat = .compiled(.http)
                }
            })
        let client = rig.client()
        func ask(_ count: Int) {
            for _ in 0..<count {
                client.send("GET /x HTTP/1.1\r\nHost: h\r\nCookie: a=b\r\n\r\n")
                _ = client.receive(until: "|")
            }
        }
        client.send("GET /mark HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
        ask(300)
        let before = allocation_counter_value()
        ask(1000)
        // A new second means a new date text, and the purge of idle connections may fall into the time: a handful, not
        // one for each request.
        #expect(allocation_counter_value() - before < 50)
    }
}
