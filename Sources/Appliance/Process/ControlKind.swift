/// Kinds of the tokens in the control thread's loop.
internal enum ControlKind: UInt8 {
    case host = 1
    case mailbox
    /// Timer: sign of life, looks at what drains.
    case tick
    /// Timer: the grace of a drain or of `hard-stop-after` is over.
    case deadline
    /// Runtime sockets; their clients have the next number.
    case runtime = 16
}
