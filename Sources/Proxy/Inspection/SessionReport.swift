package import Configuration
package import Core

/// The name of a stream on the command line: made of its worker and its place, so that a stale one names nobody.
package struct SessionID: Hashable, Sendable, CustomStringConvertible {
    let rawValue: UInt64

    init(_ reference: StreamReference) {
        // Ids of 8, 20, 12 and 24 bits: what does not fit only makes a stale name a little less certain.
        rawValue =
            UInt64(reference.worker & 0xff) << 56 | UInt64(reference.serial & 0xf_ffff) << 36
            | UInt64(reference.handle.generation & 0xfff) << 24
            | UInt64(reference.handle.index & 0xff_ffff)
    }

    /// `0x…`, as `show sess` prints it; nil: no such number.
    package init?(_ text: String) {
        guard text.hasPrefix("0x"), let value = UInt64(text.dropFirst(2), radix: 16) else {
            return nil
        }
        rawValue = value
    }

    package var description: String { "0x" + String(rawValue, radix: 16) }
}

/// A stream as `show sess` tells about it.
package struct SessionReport: Sendable {
    package var id: SessionID
    package var source: PeerAddress
    /// Where the client connected to, as far as that is known.
    package var frontend: ProxySettings
    package var bind: BindSettings?
    /// nil: none was chosen yet.
    package var backend: ProxySettings?
    package var server: ServerSettings?
    /// Since the stream began.
    package var age: Duration
    /// Until the client or the server must do something; nil: no limit runs.
    package var clientExpiry: Duration?
    package var serverExpiry: Duration?
    package var clientDescriptor: Int32
    package var serverDescriptor: Int32?
    /// What it waits for: `queue`, `connect`, `response`, ….
    package var phase: String
    /// The method as a word; nil: no HTTP.
    package var method: String?
    package var status: Int
    package var bytesIn: Int
    package var bytesOut: Int
    /// Bytes that wait in our buffers.
    package var requestBuffered: Int
    package var responseBuffered: Int
    package var retries: Int
    package var isSecure: Bool
    package var worker: Int
}

/// A descriptor of a worker, for `show fd`.
package struct DescriptorReport: Sendable {
    package enum Owner: Sendable {
        case listener(frontend: String)
        case client(frontend: String, source: PeerAddress, phase: String)
        case server(backend: String, server: String, phase: String)
    }

    package var descriptor: Int32
    package var worker: Int
    package var owner: Owner
}

/// What one worker says of itself.
package struct WorkerReport: Sendable {
    package var worker: Int
    /// Turns of its loop, and events that they brought.
    package var turns: UInt64 = 0
    package var events: UInt64 = 0
    package var clients = 0
    package var idleClients = 0
    package var streams = 0
    package var servers = 0
    package var idleServers = 0
    package var timers = 0
    package var bufferBytes = 0
    package var usedBufferBytes = 0
    package var sessions: [SessionReport] = []
    package var descriptors: [DescriptorReport] = []
    /// Clients that came in by one of the addresses of the question; `Inspection.reportLimit`: or more. Where there are
    /// more clients than that in all, those that were not looked at are among them.
    package var matchingClients = 0
    /// Streams that were ended because the question asked for it.
    package var ended = 0

    package init(worker: Int) { self.worker = worker }
}
