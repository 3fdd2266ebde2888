/// What sessions are made from; they keep it as long as they live, because callbacks look at it.
public protocol TLSContext: AnyObject, Sendable {}
