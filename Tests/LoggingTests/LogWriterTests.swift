import Configuration
import Core
import Foundation
import Linux
import Testing

@testable import Logging

@Suite struct LogWriterTests {
    static let loopback = IPAddress.v4(IPv4Address(rawValue: 0x7f00_0001))
    let now = Clock.now()
    /// 2026-11-22 08:58:30.009527 UTC
    let realtime: Int64 = 1_795_337_910_009_527_123

    func writer(
        _ targets: [LogTarget], tag: String = "haproxy", hostname: String? = nil
    ) -> LogWriter {
        LogWriter(
            lists: [LogList(targets: targets, tag: tag)], process: 20473, hostname: hostname)
    }

    func write(_ writer: LogWriter, _ line: String, _ level: LogLevel = .info) {
        Array(line.utf8).withBytes {
            writer.write(list: 0, level: level, line: $0, realtime: realtime, now: now)
        }
    }

    /// Captured from HAProxy 2.6 with `log … format F local0` (facility 16), `log-send-hostname lb1` in the last column.
    @Test(
        arguments: [
            (nil, "<134>DATE haproxy[20473]: x\n", "<134>DATE lb1 haproxy[20473]: x\n"),
            (.local, "<134>DATE haproxy[20473]: x\n", "<134>DATE haproxy[20473]: x\n"),
            (
                .rfc3164, "<134>DATE localhost haproxy[20473]: x\n",
                "<134>DATE lb1 haproxy[20473]: x\n"
            ),
            (
                .rfc5424, "<134>1 ISO - haproxy 20473 - - x\n",
                "<134>1 ISO lb1 haproxy 20473 - - x\n"
            ),
            (.priority, "<134>x\n", "<134>x\n"), (.short, "<6>x\n", "<6>x\n"),
            (.timed, "<6>ISO x\n", "<6>ISO x\n"), (.iso, "ISO x\n", "ISO x\n"),
            (.raw, "x\n", "x\n"),
        ] as [(LogTargetSettings.Format?, String, String)])
    func headers(format: LogTargetSettings.Format?, plain: String, withHost: String) throws {
        let time = Clock.local(seconds: realtime / 1_000_000_000)
        for (hostname, expected) in [(nil, plain), ("lb1", withHost)] {
            let sink = try LogSink()
            var settings = LogTargetSettings(
                destination: .udp(Self.loopback, port: sink.port), facility: 16)
            settings.format = format
            let writer = writer([try LogTarget(settings)], hostname: hostname)
            write(writer, "x")
            writer.flush(now: now)
            let wanted =
                expected.replacingOccurrences(of: "DATE", with: time.syslog)
                .replacingOccurrences(of: "ISO", with: "\(time.iso).009527\(time.zone)")
            #expect(sink.take() == [wanted])
        }
    }

    @Test func dateHasAPaddedDay() {
        let time = Clock.local(seconds: 1_793_523_600)  // 2026-11-01 09:00 UTC
        #expect(time.syslog.hasPrefix("Nov  1 "))
        #expect(time.weekday(seconds: 1_793_523_600) == "Sun")
    }

    @Test func lengthCountsHeaderAndLineFeed() throws {
        let sink = try LogSink()
        var settings = LogTargetSettings(
            destination: .udp(Self.loopback, port: sink.port), facility: 16)
        settings.maxLength = 80
        let writer = writer([try LogTarget(settings)])
        for line in [String(repeating: "a", count: 500), "short"] { write(writer, line) }
        settings.maxLength = 10
        let tiny = self.writer([try LogTarget(settings)])
        write(tiny, "text")
        writer.flush(now: now)
        tiny.flush(now: now)
        let lines = sink.take()
        #expect(lines.map(\.utf8.count) == [80, 43, 10])
        #expect(lines.allSatisfy { $0.hasSuffix("\n") })
    }

    @Test func levelsAndSamples() throws {
        let sink = try LogSink()
        var settings = LogTargetSettings(
            destination: .udp(Self.loopback, port: sink.port), facility: 1)
        settings.maxLevel = 5
        settings.minLevel = 3
        settings.format = .priority
        let levels = writer([try LogTarget(settings)])
        for level in [LogLevel.emergency, .error, .notice, .info] { write(levels, "l", level) }
        levels.flush(now: now)
        #expect(sink.take() == ["<11>l\n", "<11>l\n", "<13>l\n"])

        settings.sample = LogSample(ranges: [1...1, 3...4], size: 5)
        let sampled = writer([try LogTarget(settings)])
        for number in 1...10 { write(sampled, "\(number)", .notice) }
        sampled.flush(now: now)
        #expect(sink.take().joined() == [1, 3, 4, 6, 8, 9].map { "<13>\($0)\n" }.joined())
    }

    @Test func unixReceiverComesBack() throws {
        let path = NSTemporaryDirectory() + "dyad-log-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? Files.remove(path) }
        let target = try LogTarget(LogTargetSettings(destination: .unix(path), facility: 3))
        let writer = writer([target])
        write(writer, "before the receiver")
        writer.flush(now: now)

        var sink: LogSink? = try LogSink(.unix(path))
        let later = now + .seconds(2)
        writer.flush(now: later)
        #expect(sink?.take().count == 1)

        sink = nil
        try Files.remove(path)
        write(writer, "while it is away")
        writer.flush(now: later)
        sink = try LogSink(.unix(path))
        let muchLater = later + .seconds(5)
        write(writer, "after")
        writer.flush(now: muchLater)
        let lines = sink?.take() ?? []
        #expect(lines.map { $0.contains("away") } == [true, false])
        #expect(target.dropped == 0)
    }

    @Test func anAbsentReceiverIsAskedForOnceASecond() throws {
        let calls = Calls()
        let target = try LogTarget(
            LogTargetSettings(destination: .unix("/nonexistent/dyad.sock"), facility: 3)
        ) { _ in calls.count += 1 }
        let writer = writer([target])
        for step in 0..<100 {
            write(writer, "line \(step)")
            writer.flush(now: now + .milliseconds(step * 50))
        }
        #expect(calls.count == 5)
    }

    @Test func guardHandsAFreshSocketOver() throws {
        let target = try LogTarget(
            LogTargetSettings(destination: .unix("/nonexistent/dyad.sock"), facility: 3))
        let writer = writer([target])
        write(writer, "kept")
        writer.flush(now: now)
        let path = NSTemporaryDirectory() + "dyad-log-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? Files.remove(path) }
        let sink = try LogSink(.unix(path))
        let fresh = try Socket(.datagram, for: .unix(path))
        #expect(fresh.connect(to: .unix(path)) == nil)
        try target.adopt(Descriptor(owning: fresh.release()))
        writer.flush(now: now)
        #expect(sink.take().count == 1)
    }

    /// A pipe that nobody reads: the thread goes on, the rest is dropped and counted, and what the pipe took are whole lines.
    @Test func aFullPipeDropsAndCounts() throws {
        let (read, write) = try Descriptor.pipe()
        defer { [read, write].forEach(Descriptors.close) }
        var settings = LogTargetSettings(destination: .descriptor(write), facility: 16)
        settings.format = .raw
        let target = try LogTarget(settings)
        let writer = writer([target])
        var time = now
        for number in 0..<10_000 {
            self.write(writer, "line \(number) " + String(repeating: "x", count: 90))
            if number % 10 == 0 {
                time = time + .milliseconds(10)
                writer.flush(now: time)
            }
        }
        let dropped = target.dropped
        #expect(dropped > 5_000)
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        repeat {
            while case .moved(let count) = Descriptors.read(read, into: &piece) {
                text += piece.prefix(count)
            }
            time = time + .milliseconds(10)
            writer.flush(now: time)
        } while text.split(separator: 10).count < 10_000 - dropped
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        for (index, line) in lines.enumerated() { #expect(line.hasPrefix("line \(index) ")) }
        #expect(lines.count + target.dropped == 10_000)
    }

    @Test func aDescriptorThatIsNotOpenIsAnError() {
        #expect(throws: Errno.badDescriptor) {
            try LogTarget(LogTargetSettings(destination: .descriptor(4000), facility: 1))
        }
    }
}

final class Calls: @unchecked Sendable {
    var count = 0
}
