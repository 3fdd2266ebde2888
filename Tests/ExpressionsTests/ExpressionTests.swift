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

    /// Units that a round trip is not told in, numbers that are no byte, names that no value has.
    @Test(arguments: [
        "fc_rtt(s)", "fc_rtt(x)", "bc_rttvar(h)", "accept_date(h)", "request_date(min)",
        "fc_pp_tlv", "fc_pp_tlv()", "fc_pp_tlv(256)", "fc_pp_tlv(-1)", "fc_pp_tlv(0x100)",
        "fc_pp_tlv(0x)", "fc_pp_tlv(none)", "bc_src(1)", "fc_lost(us)",
    ]) func unitsAndTypesThatAreNone(_ text: String) {
        #expect(throws: (any Error).self) {
            try SampleExpression.compile(text, in: EvaluationRig.world())
        }
    }

    /// Only who reads what PROXY headers say beside the addresses makes connections keep them.
    @Test(arguments: [
        ("fc_pp_tlv(0xEB)", true), ("fc_pp_tlv(7)", true), ("fc_pp_authority", true),
        ("fc_pp_unique_id,hex", true), ("fc_rcvd_proxy", false), ("bc_src", false),
    ]) func keepsProxyHeaders(_ text: String, _ keeps: Bool) throws {
        let world = EvaluationRig.world()
        _ = try SampleExpression.compile(text, in: world)
        #expect(world.keepsProxyHeaders == keeps)
    }

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

    /// Ranges of numbers and of versions, as HAProxy 2.6 reads them.
    @Test(arguments: [
        ("int(85) -m int 80-90", true), ("int(91) -m int 80-90", false),
        ("int(90) -m int 80-", true),
        ("int(-4) -m int -- -5--3", true), ("int(-2) -m int -- -5--3", false),
        ("int(85) -m int 80:90", true),
    ])
    func rangesOfNumbers(_ text: String, _ holds: Bool) throws {
        let world = EvaluationRig.world()
        let words = ["{"] + text.split(separator: " ").map(String.init) + ["}"]
        let (condition, _) = try AccessLists(world).condition(
            words, isNegated: false, at: .httpRequest)
        var rig = EvaluationRig(request: EvaluationRig.request, world: world)
        defer { rig.end() }
        #expect(rig.evaluation.holds(condition) == holds)
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

    /// The fetch `acl` (HAProxy manual, section 7.3.2): all of the ACLs that it names.
    @Test func namedListsAreSamples() throws {
        let world = EvaluationRig.world()
        for (text, value) in [
            ("acl(yes)", "1"), ("acl(!yes)", "0"), ("acl(yes,!no)", "1"), ("acl(yes,no)", "0"),
            ("acl(both)", "1"), ("acl(TRUE)", "1"), ("acl(METH_GET,HTTP_1.1)", "1"),
        ] {
            var lists = AccessLists(world)
            _ = try lists.add("yes", ["always_true"])
            _ = try lists.add("no", ["always_false"])
            world.lists = lists
            _ = try lists.add("both", ["acl(yes,!no)"])
            world.lists = lists
            let template = Template(try LogFormat("%[\(text)]", in: world, at: .httpRequest))
            var rig = EvaluationRig(request: EvaluationRig.request, world: world)
            defer { rig.end() }
            #expect(rig.text(of: template) == value, "\(text)")
        }
        for text in ["acl(nobody)", "acl()", "acl", "acl(!)"] {
            #expect(throws: ExpressionProblem.self) {
                _ = try SampleExpression.compile(text, in: world)
            }
        }
        // What it needs is what the named ACL needs.
        let expression = try SampleExpression.compile("acl(METH_GET)", in: world)
        #expect(expression.needs.contains(.requestMethod))
    }

    /// `bytes` with numbers and variables (HAProxy manual, section 7.3.1).
    @Test(arguments: [
        ("bytes(0)", "012345"), ("bytes(5)", "5"), ("bytes(6)", ""), ("bytes(1,3)", "123"),
        ("bytes(2,9)", "2345"), ("bytes(txn.two)", "2345"), ("bytes(txn.two,txn.two)", "23"),
        ("bytes(txn.minus)", ""), ("bytes(0,txn.minus)", ""), ("bytes(txn.unset)", ""),
        ("bytes(1,txn.unset)", ""), ("bytes(9223372036854775807)", ""),
        ("bytes(1,9223372036854775807)", "12345"),
    ])
    func piecesByNumbersAndVariables(_ converter: String, _ value: String) throws {
        let world = EvaluationRig.world()
        let two = try world.variables.variable("txn.two")
        let minus = try world.variables.variable("txn.minus")
        let template = Template(
            try LogFormat("%[str(012345),\(converter)]", in: world, at: .httpRequest))
        var rig = EvaluationRig(request: EvaluationRig.request, world: world)
        defer { rig.end() }
        rig.set(two, .integer(2))
        rig.set(minus, .integer(-1))
        #expect(rig.text(of: template) == value)
    }

    /// The masks of `has_ctl`, and addresses in brackets.
    @Test(arguments: [
        ("str(a\tb),has_ctl", "0"), ("str(a\tb),has_ctl(any)", "1"),
        ("str(a\tb),has_ctl(0x200)", "1"),
        ("str(a\tb),has_ctl(512)", "1"), ("str(a\tb),has_ctl(http)", "0"),
        ("str(a b~),has_ctl(any)", "0"),
        ("bin(7f),has_ctl", "1"), ("bin(7f),has_ctl(0xffffffff)", "0"),
        ("bin(0d),has_ctl(http)", "1"),
        ("str([2001:db8::1]),ipmask(32,128)", ""), ("req.hdr_ip(X-Brackets)", "2001:db8::1"),
        ("req.hdr_ip(X-Port)", "2001:db8::2"), ("req.hdr_ip(X-Plain)", "192.0.2.1"),
    ])
    func masksAndBrackets(_ text: String, _ value: String) throws {
        let request = """
            GET / HTTP/1.1\r
            Host: a\r
            X-Brackets: [2001:db8::1]\r
            X-Port: [2001:db8::2]:80\r
            X-Plain: 192.0.2.1:80\r
            \r

            """
        let world = EvaluationRig.world()
        let template = Template(try LogFormat("%[\(text)]", in: world, at: .httpRequest))
        var rig = EvaluationRig(request: request, world: world)
        defer { rig.end() }
        #expect(rig.text(of: template) == value)
    }

    @Test(arguments: [
        "bytes(-1)", "bytes(0,-1)", "bytes(0,0)", "has_ctl(x)", "has_ctl(0x200000000)",
    ])
    func piecesOfImpossibleNumbers(_ converter: String) {
        #expect(throws: ExpressionProblem.self) {
            _ = try SampleExpression.compile("str(a),\(converter)", in: EvaluationRig.world())
        }
    }
}
