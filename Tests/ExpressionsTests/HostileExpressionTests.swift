import Core
import Expressions
import Testing

/// Whatever stands in a configuration or comes from a client: an answer, never a trap.
@Suite struct HostileExpressionTests {
    private static let pieces = [
        "path", "req.hdr", "(", ")", ",", "lower", "field", "1", "-1", "0", "9223372036854775807",
        "'", "\"",
        "\\", "[", "]", "%", "regsub", "a*", "(a", "map", "m.map", "txn.n", "set-var", "var", "str",
        "bytes",
        "word", "be2dec", "json", "url_dec", "ipmask", "::", "utime", "%Y%", " ", "{", "}", "!",
        "or", "-m",
        "reg", "-f", "-i", "--", "gt", "1:2", ":", "hdr_sub(host)", "method", "rand", "concat",
        "b64dec",
    ]

    @Test func expressionsOfPiecesDoNotTrap() {
        var generator = SplitMix(state: 7)
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...12, using: &generator)
            let words = (0..<count).map { _ in
                HostileExpressionTests.pieces.randomElement(using: &generator) ?? ""
            }
            let world = EvaluationRig.world()
            let text = words.joined()
            guard let expression = try? SampleExpression.compile(text, in: world) else { continue }
            var rig = EvaluationRig(request: EvaluationRig.request, world: world)
            _ = rig.evaluation.evaluate(expression)
            rig.end()
        }
    }

    @Test func conditionsOfPiecesDoNotTrap() {
        var generator = SplitMix(state: 11)
        for _ in 0..<5_000 {
            let count = Int.random(in: 1...10, using: &generator)
            let words = (0..<count).map { _ in
                HostileExpressionTests.pieces.randomElement(using: &generator) ?? ""
            }
            let world = EvaluationRig.world()
            let lists = AccessLists(world)
            guard
                let (condition, _) = try? lists.condition(
                    ["{"] + words + ["}"], isNegated: false, at: .httpRequest)
            else { continue }
            var rig = EvaluationRig(request: EvaluationRig.request, world: world)
            _ = rig.evaluation.holds(condition)
            rig.end()
        }
    }

    /// Every converter on every kind of value, with a request that is all edges.
    @Test func convertersTakeAnyValue() throws {
        let request = """
            GET /?=&&a&=b&a=%&%4=%zz HTTP/1.1\r
            Host: \r
            Cookie: ;;=;a;=b;a=;\r
            X: ,,\"\\\r
            X: \"unclosed, a\r
            \r

            """
        let fetches = [
            "path", "query", "url_param(a)", "url_param()", "req.hdr(x)", "req.hdr(x,1)",
            "req.hdr(x,-10)",
            "req.cook(a)", "req.cook()", "req.hdr(host)", "int(-9223372036854775808)", "bin(00ff)",
            "src",
            "req.hdr_ip(x)", "hdr_cnt()", "req.hdrs", "base", "str()",
        ]
        let arguments = [
            "field": "(-3,/,9)", "word": "(2,/,0)", "bytes": "(1,99)", "regsub": "(x*,\\1\\9,g)",
            "ipmask": "(0,0)", "concat": "(a,txn.n,b)", "iif": "(a,b)",
            "add": "(9223372036854775807)",
            "div": "(-1)", "mod": "(-1)", "mul": "(-1)", "be2dec": "(:,8)", "be2hex": "(:,1,1)",
            "utime": "(%Y%q%)", "ltrim": "(a)", "rtrim": "(a)", "strcmp": "(txn.n)", "param": "(a)",
            "add_item": "(a,txn.n)", "map": "(m.map)", "map_regm": "(mr.map)", "sub": "(1)",
        ]
        for converter in FetchCatalog.converters {
            for fetch in fetches {
                let world = EvaluationRig.world()
                let text = "\(fetch),\(converter)\(arguments[converter] ?? "")"
                guard let expression = try? SampleExpression.compile(text, in: world) else {
                    continue
                }
                var rig = EvaluationRig(request: request, world: world)
                _ = rig.evaluation.evaluate(expression)
                rig.end()
            }
        }
    }

    /// 100,000 patterns are found by hash: the time of a lookup does not follow their number.
    @Test func largeSetsAnswer() throws {
        let world = EvaluationRig.world()
        var lists = AccessLists(world)
        _ = try lists.add("many", ["path"] + (0..<100_000).map { "/p\($0)" })
        _ = try lists.add("many", ["path", "-m", "beg"] + (0..<100_000).map { "/q\($0)/" })
        _ = try lists.add(
            "many",
            ["src"] + (0..<100_000).map { "10.\($0 >> 16 & 255).\($0 >> 8 & 255).\($0 & 255)" })
        _ = try lists.add("many", ["path", "-m", "end", ".css"])
        let (condition, _) = try lists.condition(["many"], isNegated: false, at: .httpRequest)
        var rig = EvaluationRig(request: EvaluationRig.request, world: world)
        let start = ContinuousClock.now
        var found = 0
        for _ in 0..<1000 where rig.evaluation.holds(condition) { found += 1 }
        #expect(found == 1000)
        // A debug build, beside others: a list would need minutes.
        #expect(ContinuousClock.now - start < .seconds(5))
        rig.end()
    }

    /// A name is refused, or it works.
    @Test func refusedNamesAreNotThere() {
        #expect(FetchCatalog.refusedFetches.isDisjoint(with: FetchCatalog.fetches))
        #expect(FetchCatalog.refusedConverters.isDisjoint(with: FetchCatalog.converters))
    }
}

/// A generator with a seed, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
