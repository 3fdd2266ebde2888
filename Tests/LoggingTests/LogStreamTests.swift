import Configuration
import Core
import Foundation
import Linux
import Testing

@testable import Logging

/// Log lines over TCP.
@Suite struct LogStreamTests {
    private static let loopback = SocketAddress.ip(
        .v4(IPv4Address(rawValue: 0x7f00_0001)), port: 0)

    /// What was said up to the end of the connection. `listener`: a listening socket.
    private static func receiveAll(_ listener: Int32) -> String {
        guard Descriptors.waitReadable(listener, milliseconds: 10_000),
            case .connection(let socket, _) = Sockets.acceptStream(listener)
        else { return "" }
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while Descriptors.waitReadable(socket, milliseconds: 10_000) {
            guard case .moved(let count) = Sockets.receive(socket, into: &bytes).0 else { break }
            all += bytes.prefix(count)
            if all.suffix(5) == Array("last\n".utf8) { break }
        }
        Descriptors.close(socket)
        return String(decoding: all, as: UTF8.self)
    }

    /// Lines for which the socket has no room leave in the last moment, when the server reads again.
    @Test func lastLinesLeave() throws {
        let server = try Socket(.stream, for: Self.loopback)
        try server.bind(to: Self.loopback)
        try server.listen(backlog: 8)
        let address = try server.localAddress()
        let listener = server.release()
        defer { Descriptors.close(listener) }
        var ring = RingSettings(name: "ring")
        ring.bufferBytes = RingSettings.sizes.upperBound
        let stream = LogStream(RingServerSettings(address), of: ring)
        let line = Array((String(repeating: "x", count: 9999) + "\n").utf8)
        var count = 0
        // Until neither the server's nor our buffer in the kernel has room.
        while count < 6000 {
            _ = line.withBytes { stream.append($0, [10_000]) }
            stream.send(now: Clock.now())
            count += 1
            if stream.isWaiting { break }
        }
        _ = Array("last\n".utf8).withBytes { stream.append($0, [5]) }
        stream.send(now: Clock.now())
        #expect(stream.isWaiting)
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var heard = ""
        Thread.detachNewThread {
            unsafe heard = Self.receiveAll(listener)
            done.signal()
        }
        stream.finish(until: Clock.now() + .seconds(20))
        #expect(!stream.isWaiting)
        done.wait()
        let text = unsafe heard
        #expect(text.utf8.count == count * 10_000 + 5)
        #expect(text.hasSuffix("x\nlast\n"))
    }

    /// Lines that others add while one thread sends are never left behind by it.
    @Test func noLineIsLeftBehind() throws {
        let server = try Socket(.stream, for: Self.loopback)
        try server.bind(to: Self.loopback)
        try server.listen(backlog: 8)
        let address = try server.localAddress()
        let listener = server.release()
        defer { Descriptors.close(listener) }
        let stream = LogStream(
            RingServerSettings(address),
            of: {
                var ring = RingSettings(name: "ring")
                ring.bufferBytes = RingSettings.sizes.upperBound
                return ring
            }())
        let done = DispatchSemaphore(value: 0)
        for _ in 0..<4 {
            Thread.detachNewThread {
                let line = Array("line\n".utf8)
                for _ in 0..<2000 {
                    _ = line.withBytes { stream.append($0, [5]) }
                    stream.send(now: Clock.now())
                }
                done.signal()
            }
        }
        for _ in 0..<4 { done.wait() }
        // 40,000 bytes fit into the socket, and nobody sends any more.
        #expect(!stream.isWaiting)
    }
}
