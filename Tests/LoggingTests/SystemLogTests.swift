import Configuration
import Core
import Linux
import Testing

@testable import Logging

@Suite struct SystemLogTests {
    func target(_ sink: LogSink, _ targets: LogTargets) throws -> LogTarget {
        var settings = LogTargetSettings(
            destination: .udp(LogWriterTests.loopback, port: sink.port), facility: 16)
        settings.format = .priority
        return try targets.target(settings).get()
    }

    @Test func linesGoToTheirLists() throws {
        let (global, app) = (try LogSink(), try LogSink())
        let (read, write) = try Descriptor.pipe()
        defer { [read, write].forEach(Descriptors.close) }
        let targets = LogTargets()
        let log = SystemLog(
            targets: targets,
            lists: SystemLogLists(
                global: LogList(targets: [try target(global, targets)], tag: "dyad"),
                proxies: ["app": LogList(targets: [try target(app, targets)], tag: "dyad")]),
            process: 7, hostname: nil, console: LogConsole(descriptor: write))
        log.notice("hello")
        log.send(
            .emergency, "backend app has no server available!", proxy: "app", console: .alert,
            consoleText: "backend 'app' has no server available!")
        log.send(.alert, "nobody listens", proxy: "other", console: .warning)
        #expect(global.take() == ["<133>hello\n"])
        #expect(app.take() == ["<128>backend app has no server available!\n"])
        var text = [UInt8](repeating: 0, count: 4096)
        guard case .moved(let count) = Descriptors.read(read, into: &text) else {
            Issue.record("nothing on the console")
            return
        }
        #expect(
            String(decoding: text.prefix(count), as: UTF8.self) == """
                [NOTICE]   (7) : hello
                [ALERT]    (7) : backend 'app' has no server available!
                [WARNING]  (7) : nobody listens

                """)

        log.setLists(SystemLogLists(global: LogList(targets: [try target(app, targets)], tag: "d")))
        log.info("moved")
        #expect(app.take() == ["<134>moved\n"])
        #expect(global.take() == [])
    }

    /// Many threads at once: every line arrives exactly once, none waits behind a lock.
    @Test func manyThreads() async throws {
        let (read, write) = try Descriptor.pipe()
        defer { [read, write].forEach(Descriptors.close) }
        let targets = LogTargets()
        var settings = LogTargetSettings(destination: .descriptor(write), facility: 16)
        settings.format = .raw
        let log = SystemLog(
            targets: targets,
            lists: SystemLogLists(
                global: LogList(targets: [try targets.target(settings).get()], tag: "dyad")),
            process: 7, hostname: nil, console: nil)
        await withTaskGroup { group in
            for thread in 0..<4 {
                group.addTask { for line in 0..<200 { log.notice("\(thread) \(line)") } }
            }
        }
        var text = [UInt8](repeating: 0, count: 65_536)
        guard case .moved(let count) = Descriptors.read(read, into: &text) else {
            Issue.record("nothing written")
            return
        }
        let lines = String(decoding: text.prefix(count), as: UTF8.self).split(separator: "\n")
        #expect(Set(lines).count == 800 && lines.count == 800)
        #expect(log.dropped == 0)
    }

    @Test func lossIsToldOnce() throws {
        let sink = try LogSink()
        let (read, write) = try Descriptor.pipe()
        defer { [read, write].forEach(Descriptors.close) }
        let targets = LogTargets()
        var settings = LogTargetSettings(destination: .descriptor(write), facility: 16)
        settings.format = .raw
        let full = try targets.target(settings).get()
        let log = SystemLog(
            targets: targets,
            lists: SystemLogLists(
                global: LogList(targets: [try target(sink, targets)], tag: "dyad")),
            process: 7, hostname: nil, console: nil)
        let now = Clock.now()
        full.noteDropped(12)
        log.tick(now: now)
        log.tick(now: now + .seconds(1))
        full.noteDropped(3)
        log.tick(now: now + .seconds(2))
        #expect(sink.take() == ["<132>log fd@\(write) dropped 12 lines\n"])
    }
}
