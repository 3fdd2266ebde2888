import Configuration
import Core
import Foundation
import Proxy
import Testing

@Suite struct TCPForwardingTests {
    /// Sends back what comes, until the client ends its side.
    static func mirror(_ connection: TestSocket) {
        while let bytes = connection.receive() { connection.send(bytes) }
        connection.finishSending()
    }

    @Test(arguments: [1, 200, 70_000, 5_000_000])
    func mirrors(size: Int) {
        let rig = EngineRig(tcp: true, origins: [Self.mirror])
        let client = rig.client()
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 17 &+ $0 >> 9) }
        // A thread, not a task: blocking calls would take the few threads that tasks have.
        Thread.detachNewThread {
            client.send(body)
            client.finishSending()
        }
        let got = client.receive(count: size)
        let isEqual = got == body
        #expect(isEqual, "\(got.count) bytes")
        #expect(client.receive() == nil)
    }

    /// The end of one direction is passed on, the other goes on.
    @Test func passesTheEndOn() {
        let rig = EngineRig(
            tcp: true,
            origins: [
                { connection in
                    let all = connection.receiveAll()
                    connection.send("got \(all)")
                    connection.finishSending()
                }
            ])
        let client = rig.client()
        client.send("hello")
        client.finishSending()
        #expect(client.receiveAll() == "got hello")
    }

    /// The server ends first and still hears the client.
    @Test func passesTheServersEndOn() {
        let rig = EngineRig(
            tcp: true,
            origins: [
                { connection in
                    connection.send("first")
                    connection.finishSending()
                    _ = connection.receiveAll()
                }
            ])
        let client = rig.client()
        #expect(client.receiveAll() == "first")
        client.send("still here")
    }
}
