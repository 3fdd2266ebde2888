/// The limits of the runtime sockets.
package enum RuntimeLimits {
    /// Clients at once, over all sockets; more wait in the kernel.
    package static let clients = 32
    /// Bytes of one line of commands.
    package static let lineBytes = 16 * 1024
    /// Bytes of a `<<` payload where `tune.cli.max-payload-size` says nothing.
    package static let payloadBytes = 128 * 1024
    /// Words of one command; more are ignored.
    package static let words = 64
    /// Bytes of a reply that wait for the client; more are made only when these have left.
    package static let bufferedBytes = 64 * 1024
    /// Bytes of one piece of a long reply.
    package static let pieceBytes = 16 * 1024
    /// Pieces for one client before others have their turn.
    package static let piecesPerTurn = 8
    /// Bytes that one turn reads from a client.
    package static let readBytes = 16 * 1024
    /// How long a reload or a hand-over may take to answer.
    package static let answerLimit = Duration.seconds(60)
    /// Longest drain that a command may ask for.
    package static let drainLimit = Duration.seconds(3600)
    /// How long the rest of a refused client's bytes is read and thrown away, so that the reply
    /// arrives.
    package static let lingering = Duration.seconds(1)
    /// Bytes that are thrown away so.
    package static let lingeringBytes = 1024 * 1024
    /// How long accepting pauses when the process has no descriptor left.
    package static let acceptPause = Duration.milliseconds(200)
    /// Accepts in one turn.
    package static let acceptsPerTurn = 16
}
