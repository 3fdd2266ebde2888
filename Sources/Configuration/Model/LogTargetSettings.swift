package import Core

/// A `log` line.
package struct LogTargetSettings: Sendable, Equatable {
    package enum Destination: Sendable, Equatable {
        case udp(IPAddress, port: UInt16)
        /// Datagram socket file: /dev/log and others.
        case unix(String)
        /// stdout is 1, stderr 2, `fd@N` N.
        case descriptor(Int32)
        /// A server that takes lines over TCP: `tcp@…`, `ring@…`.
        case stream(RingSettings)
        /// `ring@…`, until all sections are known.
        case ring(String)
    }

    /// Framing of a line (HAProxy manual, `format`).
    package enum Format: String, Sendable {
        case local, rfc3164, rfc5424, priority, short, timed, iso, raw
    }

    package var destination: Destination
    /// 0 kern … 23 local7
    package var facility: UInt8
    /// Lines less grave than this are not sent: 0 emerg … 7 debug.
    package var maxLevel: UInt8 = 7
    /// Lines graver than this are sent as this.
    package var minLevel: UInt8 = 0
    /// `len`: bytes of a line at most.
    package var maxLength = 1024
    /// nil: `local`, or `rfc3164` with `log-send-hostname`.
    package var format: Format?
    /// `sample R:N`, every range of every N lines; nil: all.
    package var sample: LogSample?

    package init(destination: Destination, facility: UInt8) {
        self.destination = destination
        self.facility = facility
    }
}

/// `sample <ranges>:<size>`
package struct LogSample: Sendable, Equatable {
    package var ranges: [ClosedRange<Int>]
    package var size: Int

    package init(ranges: [ClosedRange<Int>], size: Int) {
        self.ranges = ranges
        self.size = size
    }
}

/// A `ring` section, or what `tcp@…` makes by itself.
package struct RingSettings: Sendable, Equatable {
    /// Bytes that `size` may ask for.
    package static let sizes = 1024...(64 << 20)
    /// Most servers of one ring: each keeps lines of its own, and each line is copied for each.
    package static let serversLimit = 16

    package var name: String
    /// Each gets all lines.
    package var servers: [RingServerSettings] = []
    /// Bytes of lines that may wait for one server; more are dropped and counted.
    package var bufferBytes = 16_384
    package var maxLength = 1024
    package var format = LogTargetSettings.Format.raw

    package init(name: String) { self.name = name }
}

/// A `server` line of a ring.
package struct RingServerSettings: Sendable, Equatable {
    package var address: SocketAddress
    /// `log-proto octet-count` (RFC 6587 section 3.4.1); otherwise each line ends with a line feed.
    package var countsOctets = false

    package init(_ address: SocketAddress) { self.address = address }
}
