import Core

/// A `set-var` or `set-var-fmt` line of `global`: what a variable of the process is at the start.
public struct ProcessVariable: Sendable {
    public enum Source: Sendable {
        case expression(SampleExpression)
        case format(Template)
    }

    public let variable: Variable
    public let source: Source

    /// Reads the two words of a line, or of the runtime command. `isFormat`: `set-var-fmt`.
    public init(
        _ name: String, _ text: String, isFormat: Bool, in world: ExpressionWorld
    ) throws(ExpressionProblem) {
        let variable = try world.variable(name)
        if isFormat {
            let format: LogFormat
            do throws(LogFormatProblem) {
                format = try LogFormat(text, in: world, at: .start)
            } catch {
                throw ExpressionProblem(error.message, fix: error.fix)
            }
            for case .expression(let expression, _) in format.items {
                try ProcessVariable.check(expression)
            }
            for case .field(let field, _) in format.items {
                throw ExpressionProblem("'%\(field.rawValue)' is known only while a stream runs")
            }
            source = .format(Template(format))
        } else {
            let expression = try SampleExpression.compile(text, in: world)
            try ProcessVariable.check(expression)
            source = .expression(expression)
        }
        self.variable = variable
    }

    /// There is no connection at the start: only what needs none has a value.
    private static func check(_ expression: SampleExpression) throws(ExpressionProblem) {
        switch expression.fetch {
        case .constant, .text, .date, .dateMicroseconds, .random, .uuid, .name(.hostName): return
        case .variable(let variable, _) where variable.scope == .process: return
        default:
            throw ExpressionProblem(
                "fetch method '\(expression.fetchName)' is not available where no connection is",
                fix: "use it in a rule")
        }
    }
}

extension Evaluation {
    /// The value of a line; nil: it has none.
    public mutating func value(of line: ProcessVariable) -> KeptValue? {
        switch line.source {
        case .expression(let expression):
            return evaluate(expression).map { KeptValue($0, from: arena.bytes) }
        case .format(let template):
            return write(template).map { KeptValue(.string($0), from: arena.bytes) }
        }
    }
}
