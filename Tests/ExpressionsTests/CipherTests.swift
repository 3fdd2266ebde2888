import Core
import Expressions
import Testing

/// Ciphers keep their state from message to message: none may leave anything behind for the next.
@Suite struct CipherTests {
    private static let keys = [
        128: "AAECAwQFBgcICQoLDA0ODw==", 192: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        256: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    ]
    /// `secret`, as `openssl enc -aes-…-cbc` encrypts it with these keys and a vector of zeros.
    private static let sealed = [
        128: "A39859BFF58E30EB1323A4BE1A71D952", 192: "6ECED7B68502B0FD31878783F6D71486",
        256: "B7CBEA5B7AB7BB8082F6AC52E8B52ED9",
    ]

    private static func chained(_ way: String, _ bits: Int) -> String {
        "aes_cbc_\(way)(\(bits),AAAAAAAAAAAAAAAAAAAAAA==,\(keys[bits] ?? ""))"
    }

    private static func counted(_ way: String, _ bits: Int, nonce: String = "AAECAwQFBgcICQoL")
        -> String
    {
        "aes_gcm_\(way)(\(bits),\(nonce),\(keys[bits] ?? ""),txn.tag,YWFk)"
    }

    /// Expressions one behind the other in one evaluation, and their text; nil: they have no value.
    private static let script: [(String, String?)] = [128, 192, 256].flatMap { bits in
        let text = sealed[bits] ?? ""
        let long = String(repeating: "0123456789abcdef", count: 64)
        return [
            ("str(secret),\(chained("enc", bits)),hex", text),
            ("bin(\(text)),\(chained("dec", bits))", "secret"),
            // Cut, then with padding that is none.
            ("bin(\(text.prefix(30))),\(chained("dec", bits))", nil),
            ("bin(\(text.dropLast(2))00),\(chained("dec", bits))", nil),
            ("bin(\(text)),\(chained("dec", bits))", "secret"),
            ("str(\(long)),\(chained("enc", bits)),\(chained("dec", bits))", long),
            ("str(secret),\(counted("enc", bits)),\(counted("dec", bits))", "secret"),
            // A tag of another message; then lengths of nonces from one to the next, and back.
            ("str(Secret),\(counted("dec", bits))", nil),
            ("str(),\(counted("enc", bits)),\(counted("dec", bits))", ""),
            (
                "str(\(long)),\(counted("enc", bits, nonce: "AAECAwQFBgcICQoLDA0ODw==")),"
                    + counted("dec", bits, nonce: "AAECAwQFBgcICQoLDA0ODw=="), long
            ),
            ("str(secret),\(counted("enc", bits)),\(counted("dec", bits))", "secret"),
        ]
    }

    @Test func oneMessageDoesNotTouchTheNext() throws {
        let world = EvaluationRig.world()
        let expressions = try CipherTests.script.map {
            (try SampleExpression.compile($0.0, in: world), $0)
        }
        var rig = EvaluationRig(request: EvaluationRig.request, world: world)
        for round in 0..<3 {
            for (expression, (text, expected)) in expressions {
                let before = rig.evaluation.arena.count
                let found: String? =
                    switch rig.evaluation.evaluate(expression) {
                    case .binary(let bytes)?, .string(let bytes)?:
                        String(decoding: rig.evaluation.bytes(bytes).array(), as: UTF8.self)
                    default: nil
                    }
                #expect(found == expected, "\(round): \(text)")
                rig.evaluation.arena.truncate(by: rig.evaluation.arena.count - before)
            }
        }
        rig.end()
    }
}
