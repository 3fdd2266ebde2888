/// Scripts of the checks that come ready-made.
extension CheckScript {
    /// `option smtpchk`; `greeting`: `HELO localhost`.
    public static func smtp(greeting: String) -> CheckScript {
        CheckScript(service: [
            expect(.smtpGreeting), send(Array("\(greeting)\r\n".utf8)), expect(.smtpReply),
            send(Array("QUIT\r\n".utf8)), expect(.smtpReply),
        ])
    }

    /// `option redis-check`
    public static var redis: CheckScript {
        CheckScript(service: [send(Array("*1\r\n$4\r\nPING\r\n".utf8)), expect(.redisPong)])
    }

    /// `option ssl-hello-chk`
    public static var tlsHello: CheckScript {
        CheckScript(service: [send(clientHello), expect(.tlsRecord)])
    }

    /// `option pgsql-check user …`: the message that starts a session, without a database.
    public static func postgres(user: String) -> CheckScript {
        let body = [0, 3, 0, 0] + Array("user".utf8) + [0] + Array(user.utf8) + [0, 0]
        let length = UInt32(truncatingIfNeeded: body.count + 4)
        let head = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) }
        return CheckScript(service: [send(head + body), expect(.postgresAuthentication)])
    }

    /// `option mysql-check`: with a user it logs in, with the protocol of 4.1 and later or the one before.
    public static func mysql(user: String?, isOld: Bool) -> CheckScript {
        guard let user else { return CheckScript(service: [expect(.mysqlGreeting)]) }
        let name = Array(user.utf8) + [0]
        // Capabilities, largest packet and character set; the empty password follows the name.
        let body: [UInt8] =
            isOld
            ? [0x00, 0x80, 0, 0, 1] + name + [0]
            : [0x00, 0x82, 0, 0, 0x00, 0x80, 0, 1, 0x21] + Array(repeating: 0, count: 23) + name
                + [0]
        let length = UInt32(truncatingIfNeeded: body.count)
        let head = [0, 8, 16].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) } + [1]
        let quit: [UInt8] = [1, 0, 0, 0, 1]
        // As HAProxy, before the greeting: what is in between may wait for the client to speak.
        return CheckScript(service: [
            send(head + body + quit), expect(.mysqlGreeting), expect(.mysqlReply),
        ])
    }

    /// `option ldap-check`: an anonymous bind of version 3.
    public static var ldap: CheckScript {
        let bind: [UInt8] = [
            0x30, 0x0C, 0x02, 0x01, 0x01, 0x60, 0x07, 0x02, 0x01, 0x03, 0x04, 0x00, 0x80, 0x00,
        ]
        return CheckScript(service: [send(bind), expect(.ldapBind)])
    }

    /// `agent-check`; `send`: the bytes of `agent-send`.
    public static func agent(send bytes: [UInt8]) -> CheckScript {
        CheckScript(
            service: bytes.isEmpty ? [expect(.agent)] : [send(bytes), expect(.agent)])
    }

    private static func send(_ bytes: [UInt8]) -> CheckStep { CheckStep(.send(bytes)) }

    private static func expect(_ reply: ServiceReply) -> CheckStep {
        CheckStep(.expect(CheckExpectation(.service(reply))))
    }

    /// A greeting of TLS 1.2 without extensions: every server has an opinion on it, and says so.
    private static var clientHello: [UInt8] {
        let suites: [UInt8] = [
            0xC0, 0x2F, 0xC0, 0x2B, 0xC0, 0x30, 0x00, 0x9C, 0x00, 0x2F, 0x00, 0x35,
        ]
        let random = Array("dyad asks whether TLS lives here".utf8)
        let body =
            [0x03, 0x03] + random + [0, 0, UInt8(suites.count)] + suites + [1, 0]
        let message = [1, 0, 0, UInt8(truncatingIfNeeded: body.count)] + body
        return [0x16, 0x03, 0x01, 0, UInt8(truncatingIfNeeded: message.count)] + message
    }
}
