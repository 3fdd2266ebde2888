internal import Configuration
package import Core
internal import EventLoop
package import Logging

/// Writes a line of the vrrp thread to the log. Must not wait.
package typealias RouterLog = @Sendable (LogLevel, String) -> Void

/// What other threads ask of the vrrp thread.
internal enum RouterCommand: Sendable {
    case apply(VRRPSettings, tracksProxy: Bool)
    case stop(graceful: Bool)
    case scriptEnded(id: Int, status: Int)
    case watched(WatchReport)
    /// `router` nil: all of them. `done` gets what became of it. `unlessMaster`: only if none of them is master.
    case move(
        RouterMove, router: String?, unlessMaster: Bool,
        done: @Sendable (RouterMoveOutcome) -> Void)
}

/// What a process before this one leaves to the virtual routers.
package struct RouterPast: Sendable {
    /// Those that were master when it died a moment ago.
    package var masters: Set<String> = []
    /// What operators had asked of them.
    package var wishes: [String: Wish] = [:]
    /// The highest number that each has signed a packet under, or may have.
    package var sequences: [String: UInt64] = [:]

    package init() {}
}

/// What the vrrp thread is given and gives.
internal struct RouterSurroundings: Sendable {
    let health: HealthBoard
    let log: RouterLog
    let launcher: (any ScriptLauncher)?
    let publish: @Sendable (FailoverStatus, [RouterFacts]) -> Void
}

/// What a guard has to know of a virtual router to answer for it while there is no process.
package struct RouterFacts: Sendable, Equatable {
    /// An address that is on an interface because of this router.
    package struct Held: Sendable, Equatable {
        package var prefix: IPPrefix
        package var interface: String
    }

    package var name: String
    package var isMaster: Bool
    package var interface: String
    /// The interface that packets leave by.
    package var interfaceIndex: Int32
    /// The last normal advertisement: whole IP packets, one for each destination, one behind the other.
    package var advertisement: [UInt8]
    /// The same with priority 0.
    package var resignation: [UInt8]
    package var addresses: [Held]
    /// What an operator wants of it; survives the process.
    package var wish: Wish?
    package var interval: Duration
    /// Requests to the kernel that take its routes and rules away.
    package var removals: [[UInt8]] = []
    /// Its macvlan.
    package var virtualLink = ""
    /// A signed packet is believed once. `advertisement` then holds `rounds` of them, each to be sent once; otherwise one for
    /// all times.
    package var isSigned = false
    package var rounds = 1
    /// The highest number that a packet in here is signed under: the next process goes on above it.
    package var lastSequence: UInt64 = 0

    /// Most rounds: enough for a second at 50 ms.
    package static let roundLimit = 22
    /// Most bytes of all rounds, where one is not longer.
    package static let byteLimit = 32 * 1024
}
