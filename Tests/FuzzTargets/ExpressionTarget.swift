import Core
import Expressions
import HTTP

/// A line of text as a sample expression, and the rest as the request that it is evaluated over.
enum ExpressionTarget {
    static func run(_ bytes: [UInt8]) {
        let input = LineAndRequest(bytes)
        let world = GivenRequest.world
        guard let expression = try? SampleExpression.compile(input.line, in: world) else { return }
        GivenRequest.evaluate(input.request, world) { _ = $0.evaluate(expression) }
    }
}
