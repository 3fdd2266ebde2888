import Core
import Expressions
import Foundation
import HTTP
import Testing

/// Expressions and ACLs against values that HAProxy 2.6.12 gave for the same request
/// (`Golden/expressions.txt`: kind, text, value).
@Suite struct ExpressionTests {
    struct Golden: CustomTestStringConvertible, Sendable {
        let kind: String
        let text: String
        let value: String
        var testDescription: String { text }
    }

    static let golden: [Golden] = {
        guard
            let url = Bundle.module.url(
                forResource: "expressions", withExtension: "txt", subdirectory: "Golden"),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").map { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(
                String.init)
            let value = parts[2].replacingOccurrences(of: "\\r", with: "\r")
                .replacingOccurrences(of: "\\n", with: "\n").replacingOccurrences(
                    of: "\\\\", with: "\\")
            return Golden(kind: parts[0], text: parts[1], value: value)
        }
    }()

    @Test func goldenValuesAreThere() { #expect(ExpressionTests.golden.count > 300) }

    @Test(arguments: golden.filter { $0.kind == "e" })
    func valueIsHAProxys(_ golden: Golden) throws {
        let world = EvaluationRig.world()
        let number = try world.variables.variable("txn.n")
        let text = try world.variables.variable("txn.s")
        let template = Template(
            try LogFormat("%[\(golden.text)]", in: world, at: .httpRequest))
        var rig = EvaluationRig(request: EvaluationRig.request, world: world)
        defer { rig.end() }
        rig.set(number, .integer(7))
        rig.set(text, "seven")
        #expect(rig.text(of: template) == golden.value)
    }

    @Test(arguments: golden.filter { $0.kind == "a" })
    func verdictIsHAProxys(_ golden: Golden) throws {
        let world = EvaluationRig.world()
        let number = try world.variables.variable("txn.n")
        let text = try world.variables.variable("txn.s")
        let lists = AccessLists(world)
        let (condition, _) = try lists.condition(
            ["{"] + golden.text.split(separator: " ").map(String.init) + ["}"], isNegated: false,
            at: .httpRequest)
        var rig = EvaluationRig(request: EvaluationRig.request, world: world)
        defer { rig.end() }
        rig.set(number, .integer(7))
        rig.set(text, "seven")
        #expect(rig.evaluation.holds(condition) == (golden.value == "yes"))
    }

    /// HAProxy takes `if !`, too, and nothing is not true. Groups of several ACLs, and ACLs of several lines, go on
    /// behind their first.
    @Test(arguments: [
        ("!", false), ("or", false), ("", false), ("no or", false), ("yes or", true),
        ("! or yes", true), ("! or no", false), ("no or or yes", true), ("yes !", true),
        ("! yes", false), ("yes", true), ("no", false), ("no or yes", true),
        ("no yes or no", false), ("no or no or yes yes", true), ("yes yes no", false),
        ("!no !no", true), ("lines", true), ("!lines", false), ("yes lines", true),
        ("or yes no", false),
    ])
    func conditionsOfSeveral(_ text: String, _ holds: Bool) throws {
        let world = EvaluationRig.world()
        var lists = AccessLists(world)
        _ = try lists.add("yes", ["always_true"])
        _ = try lists.add("no", ["always_false"])
        for line in ["always_false", "always_false", "always_true"] {
            _ = try lists.add("lines", [line])
        }
        let words = text.split(separator: " ").map(String.init)
        for isNegated in [false, true] {
            let (condition, _) = try lists.condition(words, isNegated: isNegated, at: .httpRequest)
            var rig = EvaluationRig(request: EvaluationRig.request, world: world)
            defer { rig.end() }
            #expect(rig.evaluation.holds(condition) == (holds != isNegated))
            let truth = rig.evaluation.truth(of: condition)
            #expect(truth == (holds != isNegated ? .yes : .no))
        }
    }
}
