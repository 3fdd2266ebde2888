import ConfigurationLanguage
import Testing

@Suite struct ConditionEvaluatorTests {
    static let variables = Variables(inherited: { ["HOME": "/root", "A": "a b"][$0] })

    static let answers: [(String, Bool)] = [
        ("", false), ("0", false), ("00", false), ("1", true), ("42", true), ("!0", true),
        ("!!1", true), ("(0)", false), ("((1))", true), ("1 && 0", false), ("1 || 0", true),
        ("0 && 0 || 1", true), ("1 || 0 && 0", true), ("(1 || 0) && 0", false),
        ("!(1 && 0)", true), ("! 0", true), ("1&&1", true),
        ("defined(HOME)", true), ("defined(NOPE)", false), ("defined( HOME )", false),
        ("streq(a,a)", true), ("streq(a,b)", false), ("streq('a,b',\"a,b\")", true),
        ("streq(a\\,b,'a,b')", true), ("streq(,)", true), ("strneq(a,b)", true),
        ("strstr(hello,ell)", true), ("strstr(hello,x)", false), ("strstr(hello,)", true),
        ("feature(THREAD)", true), ("feature(PCRE2) && feature(LINUX_SPLICE)", true),
        ("feature(OPENSSL)", true), ("feature(LUA)", false), ("!feature(QUIC)", true),
        ("enabled(EPOLL)", true), ("enabled(KQUEUE)", false),
        ("version_atleast(2.6)", true), ("version_atleast(2.6.12)", true),
        ("version_atleast(3.0-dev0)", true), ("version_atleast(3.0)", true),
        ("version_atleast(3.1)", false), ("version_atleast(v3.5-dev3)", false),
        ("version_atleast(2.6-dev3)", true), ("version_before(2.6)", false),
        ("version_before(3.1)", true), ("version_atleast(2.4-dev19)", true),
        ("openssl_version_atleast(1.1.1)", false), ("openssl_version_before(9.0)", false),
        ("ssllib_name_startswith(OpenSSL)", false), ("fips_mode()", false),
        ("feature(OPENSSL) && defined(X) || version_atleast(1.5) && !0", true),
    ]

    @Test(arguments: answers) func decides(text: String, answer: Bool) {
        #expect(
            ConditionEvaluator.evaluate(text, variables: Self.variables) == .success(answer))
    }

    @Test(arguments: [
        "foo", "1 &&", "&& 1", "(1", "1)", "()", "!", "1 2", "enabled(FOO)", "feature(", "feature",
        "streq(a)", "streq(a,b,c)", "version_atleast(x)", "defined('A)", "1 & 1", "feature(A) B",
        "\"1\"",
    ]) func refuses(text: String) {
        guard
            case .failure(let failure) = ConditionEvaluator.evaluate(
                text, variables: Self.variables)
        else {
            Issue.record("decided: \(text)")
            return
        }
        #expect(!failure.message.isEmpty && (0...text.utf8.count).contains(failure.offset))
    }

    @Test func cannotBeNestedWithoutEnd() {
        let deep = String(repeating: "(", count: 100_000)
        guard case .failure = ConditionEvaluator.evaluate(deep, variables: Self.variables) else {
            Issue.record("decided")
            return
        }
    }

    @Test func argumentsOfTheCommandLineAreCutIntoWords() {
        let text = #"streq("$A",a b) && defined(HOME)"#
        #expect(
            ConditionEvaluator.evaluate(argument: text, variables: Self.variables) == .success(true)
        )
        #expect(
            ConditionEvaluator.evaluate(argument: "1 # 0", variables: Self.variables)
                == .success(true))
        guard case .failure = ConditionEvaluator.evaluate(argument: "'1", variables: Self.variables)
        else {
            Issue.record("decided")
            return
        }
    }

    @Test func versionsAreOrdered() throws {
        let texts = [
            "1.5", "2.4-dev3", "2.4-dev19", "2.4-rc1", "2.4", "2.4.1", "2.6.12",
            "3.5-dev5-50872d-2",
        ]
        let versions = try texts.map { try #require(Version($0)) }
        #expect(versions == versions.sorted())
        #expect(Set(versions.map(\.description)).count == 5)
        for text in ["", "x", "2.", "2.x", "2.4-devx", "2.4 "] { #expect(Version(text) == nil) }
    }
}
