import Diagnostics
import Testing

/// Passwords and keys in lines that have something wrong with them.
@Suite struct SecretWordsTests {
    static let secret = "s3cr3t-W0rd"

    /// SECRET stands for it.
    static let lines = [
        "    auth_pass SECRET", "auth_pass SECRET extra", "auth_pass  'SECRET'",
        "authentication { auth_type PASS auth_pass SECRET }", "\tauth_pas SECRET",
        "auth_pass two SECRET", "auth-pass SECRET # why", "AUTH_PASS SECRET",
        "        key 1 SECRET", "key SECRET", "key 1 hex:SECRET", "key 999 SECRET SECRET",
        "auth_hmac { key 1 SECRET",
        "    user tiger password SECRET groups admins", "user tiger insecure-password SECRET",
        "user tiger insecure-pasword SECRET", "user tiger passwrd SECRET groups a,b",
        "user tiger pasword SECRET",
        "    stats auth admin:SECRET", "stats auth SECRET", "stats  auth admin:SECRET extra",
        "http-check send hdr Authorization \"Basic SECRET\"",
        "http-request set-header authorization SECRET",
        "tcp-check send AUTH\\ SECRET\\r\\n",
        "$AUTH_PASS=SECRET", "setenv VRRP_PASSWORD SECRET", "presetenv API_TOKEN \"a SECRET\"",
    ]

    static func render(_ line: String, _ message: String, isTerminal: Bool) -> String {
        let source = SourceFile(name: "x.conf", bytes: Array("\(line)\n".utf8))
        var list = DiagnosticList()
        list.report(
            Diagnostic(
                .alert, at: SourceRange(file: "x.conf", line: 1, columns: 2..<5), message,
                fix: "not \(secret)"))
        return DiagnosticRenderer(processID: 1, isTerminal: isTerminal)
            .render(list, sources: [source])
    }

    @Test(arguments: lines) func areNeverShown(line: String) {
        let line = line.replacing("SECRET", with: SecretWordsTests.secret)
        for isTerminal in [false, true] {
            let text = SecretWordsTests.render(
                line, "what is '\(SecretWordsTests.secret)' here", isTerminal: isTerminal)
            #expect(!text.contains(SecretWordsTests.secret), "\(text)")
        }
    }

    /// The rest of the line stays, and so does every line without one.
    @Test(arguments: [
        ("user tiger password abc groups a", "user tiger password *** groups *"),
        ("auth_pass 12345678", "auth_pass ********"),
        ("key 1 file:/etc/dyad/vrrp.key", "key 1 file:/etc/dyad/vrrp.key"),
        ("load crt site.crt key /etc/keys/site.key", "load crt site.crt key /etc/keys/site.key"),
        ("auth_type PASS", "auth_type PASS"), ("stats admin if TRUE", "stats admin if TRUE"),
        ("stick-table type ip size 1m", "stick-table type ip size 1m"),
        ("setenv HOME /root", "setenv HOME /root"), ("send-proxy check", "send-proxy check"),
    ]) func onlySecretsAreHidden(line: String, shown: String) {
        let text = SecretWordsTests.render(line, "m", isTerminal: true)
        #expect(text.contains("    1 | \(shown)\n"), "\(text)")
    }

    /// A short password does not tear words apart.
    @Test func messagesStayReadable() {
        let text = SecretWordsTests.render("auth_pass a", "bad 'a' at all", isTerminal: false)
        #expect(text.contains("bad '***' at all"))
    }

    @Test func anyBytes() {
        for byte in UInt8.min...UInt8.max {
            let line = [byte] + Array("$key=".utf8) + [byte, byte]
            let source = SourceFile(name: "x.conf", bytes: line)
            var list = DiagnosticList()
            list.alert(SourceRange(file: "x.conf", line: 1), "m")
            _ = DiagnosticRenderer(processID: 1, isTerminal: true).render(list, sources: [source])
        }
    }
}
