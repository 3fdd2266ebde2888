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
        "stats atuh admin:SECRET", "setenvv API_KEY SECRET",
        "option httpchk GET / HTTP/1.1\\r\\nAuthorization:\\ Basic\\ SECRET",
        "http-request set-header Proxy-Authorization SECRET",
        "http-request set-header X-Api-Key SECRET", "http-check send hdr X-Auth-Token SECRET",
        "acl in req.hdr(Authorization) -m str SECRET", "deny if { http_auth_bearer -m str SECRET }",
        "http-request set-var(txn.api_key) str(SECRET),nosuch", "set-var proc.secret str(SECRET",
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

    /// Keys inside converters, in whatever state the line is.
    @Test(
        arguments: [
            "hmac(sha256,KEY)", "hmac( sha256 , KEY )", "HMAC(sha256,KEY)", "hmac(KEY)",
            "hmac(KEY,sha256)",
            "hmac(sha265,KEY)", "hmacc(sha256,KEY)", "hmc(sha256,KEY)", "hmac(sha256,KEY",
            "hmac(sha256,'KEY",
            "hmac(sha256,'x)KEY')", "hmac(sha256,\\\"x)KEY\\\")", "hmac(sha256,\"x,KEY\")",
            "hmac(sha256,x\\,KEY)", "hmac(sha256,it's,KEY)", "hmac(sha256,x(y)KEY)", "hmac(,KEY)",
            "aes_gcm_enc(128,KEY,KEY,txn.tag)", "aes_gcm_dec(KEY,txn.nonce,KEY,KEY,KEY)",
            "aes_cbc_enc(256,Tk9O,KEY)", "aes_cbc_dec(99,KEY", "aes_gcmenc(128,txn.n,KEY,txn.t)",
            "jwt_verify(txn.alg,KEY)", "jwt_verify(\"HS256\",\"KEY\")", "jwt_verify(txn.alg,/KEY)",
            "hmac(hmac(sha256,KEY),KEY)", "jwt_decrypt_secret(KEY)", "concat(hmac(sha256,KEY),x)",
            "hmac(sha256,txn.k),hmac(sha1,KEY)",
        ],
        ["%[path,_]", "\"%[path,_,hex]\"", "'%[path,_]' if { path /x }", "_", "é %[path,_]"])
    func keysOfConverters(call: String, around: String) {
        let line =
            "http-request set-header X "
            + around.replacing("_", with: call.replacing("KEY", with: SecretWordsTests.secret))
        for isTerminal in [false, true] {
            let text = SecretWordsTests.render(
                line, "in <\(line)> '\(SecretWordsTests.secret)'", isTerminal: isTerminal)
            #expect(!text.contains(SecretWordsTests.secret), "\(text)")
            #expect(text.contains("set-header X "))
        }
    }

    /// What a line does not show: the words that its quotes, escapes and variables come to.
    @Test(arguments: [
        (["user", "u", "password", "pa'ss wo\"rd"], [], "bad 'pa'ss wo\"rd'", "bad '***'"),
        (["auth_pass", "\u{301}acut\u{301}"], [], "bad '\u{301}acut\u{301}'", "bad '***'"),
        (["auth_pass", "x"], [], "an x is 'x'", "an x is '***'"),
        (["stats", "auth", "a:pw"], [], "'a:pw' has ':pw'", "'***' has ':***'"),
        (["password", "ab", "cd"], [], "extra 'ab cd'", "extra '***'"),
        (["set-header", "X", "value"], ["value"], "found 'value,x'", "found '***,x'"),
        (
            ["set-header", "X", "%[path,hmac(sha1,ab)]"], [], "<path,hmac(sha1,ab)>",
            "<path,hmac(sha1,***)>"
        ),
        (["bind", ":80"], [], "no ':80'", "no ':80'"),
        (["bind", ":80"], [""], "no ':80'", "no ':80'"),
    ])
    func wordsAsTheyAreUnderstood(
        words: [String], named: [String], message: String, shown: String
    ) {
        var list = DiagnosticList()
        list.secrets.add(
            words.map { Array($0.utf8) }, named: named.map { Array($0.utf8) }, file: "x.conf",
            line: 1)
        list.alert(SourceRange(file: "x.conf", line: 1), message)
        var all = DiagnosticList()
        all.append(contentsOf: list)
        let source = SourceFile(name: "x.conf", bytes: Array("one \"$X\"\n".utf8))
        for sources in [[source], []] {
            let text = DiagnosticRenderer(processID: 1).render(all, sources: sources)
            #expect(text.hasSuffix("parsing [x.conf:1] : \(shown)\n"), "\(text)")
        }
    }

    /// The caret stands below what is wrong, wide letters and tabs in a secret in front of it or not.
    @Test(arguments: ["abc", "äöü", "日本", "a\tb", "'a b'"]) func caretsPointRight(secret: String) {
        let line = "user u password \(secret) grops a"
        let start = Array(line.utf8).count - "grops a".utf8.count
        let source = SourceFile(name: "x.conf", bytes: Array(line.utf8))
        var list = DiagnosticList()
        list.alert(SourceRange(file: "x.conf", line: 1, columns: start..<start + 5), "m")
        let text = DiagnosticRenderer(processID: 1, isTerminal: true).render(
            list, sources: [source])
        let lines = text.split(separator: "\n")
        let shown = lines[1].unicodeScalars.count
        #expect(lines[2].unicodeScalars.count == shown - " a".utf8.count, "\(text)")
        #expect(lines[2].hasSuffix(" ^~~~~"))
    }

    /// The rest of the line stays, and so does every line without one.
    @Test(arguments: [
        ("user tiger password abc groups a", "user tiger password *** groups *"),
        ("auth_pass 12345678", "auth_pass ********"),
        ("key 1 file:/etc/dyad/vrrp.key", "key 1 file:/etc/dyad/vrrp.key"),
        ("load crt site.crt key /etc/keys/site.key", "load crt site.crt key /etc/keys/site.key"),
        ("%[path,hmac(sha256,abcd)]", "%[path,hmac(sha256,****)]"),
        ("%[path,hmac(sha256,txn.key),hex]", "%[path,hmac(sha256,txn.key),hex]"),
        ("aes_gcm_enc(128,txn.nonce,QUJD,txn.tag)", "aes_gcm_enc(128,txn.nonce,****,txn.tag)"),
        ("jwt_verify(txn.alg,\"/etc/x.pem\")", "jwt_verify(txn.alg,\"/etc/x.pem\")"),
        ("jwt_header_query('$.alg') digest(sha256)", "jwt_header_query('$.alg') digest(sha256)"),
        ("set-header Host str(abc)", "set-header Host str(abc)"),
        ("unsetenv API_KEY OTHER", "unsetenv API_KEY OTHER"),
        ("setenv KEY_FILE /etc/x", "setenv KEY_FILE /etc/x"),
        (
            "http-request set-var(txn.a) req.hdr(authorization)",
            "http-request set-var(txn.a) req.hdr(authorization)"
        ),
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
