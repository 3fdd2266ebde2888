public import Expressions

/// Where variables of the process are kept; checks share them with everybody else.
public protocol CheckVariables: AnyObject {
    func value(of slot: Int32) -> KeptValue?
    /// False: there is no room.
    func set(_ slot: Int32, to value: KeptValue?) -> Bool
}
