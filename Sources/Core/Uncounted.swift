/// A reference that is not counted, to an object that somebody else keeps for as long as this exists.
///
/// To take an object out of an enumeration, an optional or an array costs a retain and a release, 40 instructions;
/// code that runs for each request takes it out of one of these, and a constant beside it keeps the object.
@safe
public struct Uncounted<Object: AnyObject & Sendable>: Sendable, BitwiseCopyable {
    private let reference: Unmanaged<Object>

    public init(_ object: Object) { unsafe reference = .passUnretained(object) }

    /// Lends the object.
    @inline(__always)
    public func use<Result>(_ body: (Object) -> Result) -> Result {
        unsafe reference._withUnsafeGuaranteedRef(body)
    }
}
