import ConfigurationLanguage
import Diagnostics
import Testing

/// Passwords and keys never stand in what is said about the file, wherever the mistake is.
@Suite struct SecretTests {
    static let secret = "s3cr3t-W0rd-of-at-least-32-bytes-yes"

    @Test(arguments: [
        "authentication { auth_type PASS\n auth_pass SECRET\n }",
        "authentication {\n auth_type PASS\n auth_pass SECRET more\n }",
        "authentication {\n auth_pas SECRET\n }", "auth_pass SECRET",
        "authentication {\n auth_type FOO\n auth_pass SECRET\n auth_pass SECRET\n }",
        "auth_hmac {\n key SECRET\n }", "auth_hmac {\n key 1 SECRET SECRET\n }",
        "auth_hmac {\n key SECRET 1\n }", "auth_hmac {\n key 1 hex:SECRET\n }",
        "auth_hmac {\n key 1 SECRET\n key 1 SECRET\n active_key 1\n }",
        "auth_hmac {\n keey 1 SECRET\n }", "key 1 SECRET",
        "authentication {\n auth_pass ${WORD} ${WORD}\n }",
        "authentication {\n auth_pass $WORD\n auth_pass a${WORD}b $WORD\n }", "auth_pass ${WORD}",
        "auth_hmac {\n key 1 ${WORD} 'x $WORD\n }", "auth_hmac {\n key ${WORD} ${WORD}\n }",
        "nosuch ${MY_TOKEN}", "${LINES}",
        "auth_hmac {\n key 1 SECRET\n active_key 1\n }\n auth_hmac {\n key 1 SECRET\n }",
    ])
    func areNeverShown(part: String) {
        let definitions = "$WORD=SECRET\n$MY_TOKEN=SECRET\n$LINES=auth_pass ${WORD} x\\\n  nosuch\n"
        let text =
            definitions.replacing("SECRET", with: SecretTests.secret)
            + "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n "
            + part.replacing("SECRET", with: SecretTests.secret)
            + "\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n"
        let reading = Reading(text)
        let source = SourceFile(name: "/etc/k.conf", bytes: Array(text.utf8))
        for isTerminal in [false, true] {
            let said = DiagnosticRenderer(processID: 1, isTerminal: isTerminal).render(
                reading.findings.diagnostics(strictly: true), sources: [source])
            #expect(!said.isEmpty || part.contains("auth_type PASS\n"))
            #expect(!said.contains(SecretTests.secret), "\(said)")
        }
    }

    @Test func aSecondBlockIsNoticed() {
        let block = "auth_hmac {\n key 1 \(SecretTests.secret)\n active_key 1\n }\n"
        let password = "authentication {\n auth_type PASS\n auth_pass x\n }\n"
        func said(_ part: String) -> [String] {
            Reading(
                "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n \(part)"
                    + "virtual_ipaddress {\n 10.0.0.1\n }\n}\n"
            ).findings.all.map(\.diagnostic).map { "\($0.severity) \($0.message)" }
        }
        #expect(
            said(block + block).contains {
                $0.hasPrefix("alert (A) a second 'auth_hmac': the first one is in line 4")
            })
        #expect(
            said(password + password).contains {
                $0.hasPrefix("warning (A) a second 'authentication'") && $0.contains("line 4")
            })
        #expect(!said(block).contains { $0.contains("second") })
        #expect(!said(password).contains { $0.contains("second") })
    }
}
