import COpenSSL
import Configuration
import Core
import Linux
import Testing

@testable import TLS

/// OpenSSL keeps errors in a queue of the thread: what one connection or a file has left there is never blamed on another.
@Suite struct ErrorQueueTests {
    /// Leaves errors behind, as a call does that nobody has looked after.
    private static func leaveErrors() {
        unsafe BIO_free(BIO_new_file("/nowhere/at/all", "r"))
        #expect(ERR_peek_error() != 0)
    }

    private static func contexts() throws -> (TLSServerContext, TLSClientContext) {
        let keys = try Keys()
        try keys.make("site", host: "site.test")
        var server = TLSBindSettings()
        server.certificates = [
            TLSCertificateSettings(files: [try keys.file("site.crt", "site.key")])
        ]
        return (try TLSServerContext(server), try TLSClientContext(TLSServerSettings()))
    }

    private static func buffer(_ pool: BufferPool) -> Buffer {
        var buffer = Buffer()
        pool.lend(.bulk, to: &buffer)
        return buffer
    }

    /// Sends it and closes.
    private static func send(_ text: String, by end: consuming Descriptor) {
        let bytes = Array(text.utf8)
        if !bytes.isEmpty { try? Sockets.send(end.number, bytes, descriptors: []) }
    }

    @Test func whatOthersLeaveIsNotBlamedOnAConnection() throws {
        let (server, client) = try ErrorQueueTests.contexts()
        let ends = try Socket.pair(.stream)
        let left = Descriptor(owning: ends.0)
        let right = Descriptor(owning: ends.1)
        guard var accepted = server.session(left.number),
            var asking = client.session(right.number, name: nil, resuming: nil)
        else { throw Errno.noMemory }
        var rounds = 0
        while !accepted.isReady || !asking.isReady, rounds < 20 {
            rounds += 1
            ErrorQueueTests.leaveErrors()
            if case .failed(let why) = asking.shakeHands() { Issue.record("client: \(why.text)") }
            ErrorQueueTests.leaveErrors()
            accepted.noteReadable()
            if !accepted.isReady, case .failed(let why) = accepted.shakeHands() {
                Issue.record("server: \(why.text)")
            }
            asking.noteReadable()
        }
        #expect(accepted.isReady && asking.isReady)

        let pool = BufferPool(headBytes: 16384)
        var received = ErrorQueueTests.buffer(pool)
        // Nothing is there yet.
        ErrorQueueTests.leaveErrors()
        accepted.noteReadable()
        guard case .wouldBlock = accepted.receive(into: &received, expectsEnd: false) else {
            Issue.record("an empty socket is not one that would block")
            return
        }
        let hello = Array("hello".utf8)
        ErrorQueueTests.leaveErrors()
        guard case .moved(5) = unsafe asking.send(hello.span.bytes) else {
            Issue.record("nothing was sent")
            return
        }
        ErrorQueueTests.leaveErrors()
        accepted.noteReadable()
        guard case .moved(5) = accepted.receive(into: &received, expectsEnd: false) else {
            Issue.record("nothing was received")
            return
        }
        // An end that is meant is one, whatever lies in the queue.
        ErrorQueueTests.leaveErrors()
        asking.close(notifies: true)
        ErrorQueueTests.leaveErrors()
        accepted.noteReadable()
        guard case .ended = accepted.receive(into: &received, expectsEnd: true) else {
            Issue.record("the end is none")
            return
        }
        pool.reclaim(&received)
        accepted.close(notifies: false)
        #expect(ERR_peek_error() == 0)
    }

    /// Who only connects and leaves is logged as such, and not with the error of somebody else.
    @Test func reasonsAreTheConnectionsOwn() throws {
        let (server, _) = try ErrorQueueTests.contexts()
        for (sent, expected) in [
            ("", TLSFailure.closedEarly), ("GET / HTTP/1.1\r\n\r\n", .refused),
        ] {
            let ends = try Socket.pair(.stream)
            let left = Descriptor(owning: ends.0)
            guard var session = server.session(left.number) else { throw Errno.noMemory }
            ErrorQueueTests.send(sent, by: Descriptor(owning: ends.1))
            ErrorQueueTests.leaveErrors()
            session.noteReadable()
            guard case .failed(let why) = session.shakeHands() else {
                Issue.record("no failure")
                continue
            }
            #expect(why == expected, "\(sent)")
            session.close(notifies: false)
        }
    }
}
