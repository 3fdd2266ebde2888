internal import Core
internal import Expressions
internal import HTTP
internal import Rules

/// Rules that wait, with the message as they have changed it so far. Their worker uses the object again.
final class SuspendedRules {
    enum Place: BitwiseCopyable { case frontend, backend, answerOfBackend, answerOfFrontend }

    enum Cause {
        /// Until so many bytes of the body are there; 0: all of it.
        case body(atLeast: Int)
        case pause
        /// Until another turn may hash a password.
        case turn
        case tarpit(Reply)
    }

    var place = Place.frontend
    /// The rule to go on with.
    var next = 0
    var cause = Cause.pause
    var edits = Buffer()
    var fields: HeaderTable
    /// The request as it was received, and as rules have made it.
    var received: RequestHead?
    var request: RequestHead?
    /// The same of the answer.
    var receivedAnswer: ResponseHead?
    var answer: ResponseHead?
    var receivedMethod: Bytes?
    var hasEdits = false
    /// Where the condition of that rule goes on.
    var awaitedTerm = 0
    /// `strict-mode`
    var isStrict = true
    var growth = 0

    init(fieldLimit: Int) { fields = HeaderTable(limit: fieldLimit) }
}
