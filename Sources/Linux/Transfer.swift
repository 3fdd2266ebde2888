/// What a call that moves bytes did.
public enum Transfer: Sendable, BitwiseCopyable {
    /// More than 0 bytes.
    case moved(Int)
    /// Nothing can be moved now; wait for readiness.
    case wouldBlock
    /// The other side has sent its last byte.
    case ended
    case failed(Int32)

    /// From a C shim's result.
    @inline(__always)
    internal init(_ result: Int) {
        if result > 0 {
            self = .moved(result)
        } else if result == 0 {
            self = .ended
        } else if result == -11 {  // EAGAIN
            self = .wouldBlock
        } else {
            precondition(result != -9, "a transfer on a descriptor that is not ours")  // EBADF
            self = .failed(Int32(truncatingIfNeeded: -result))
        }
    }
}
