import ConfigurationLanguage
import Core
import Testing

@Suite struct FormatTests {
    static let times: [(String, Result<Duration, TimeFormat.Failure>)] = [
        ("5", .success(.milliseconds(5))), ("5ms", .success(.milliseconds(5))),
        ("5s", .success(.seconds(5))), ("2m", .success(.seconds(120))),
        ("3h", .success(.seconds(10_800))), ("1d", .success(.seconds(86_400))),
        ("5000us", .success(.milliseconds(5))), ("0", .success(.zero)), ("0us", .success(.zero)),
        ("500us", .failure(.underflow)), ("25d", .failure(.overflow)),
        ("99999999999999999999", .failure(.overflow)),
        ("9223372036854775807d", .failure(.overflow)),
        ("", .failure(.empty)), ("x", .failure(.unexpected("x"))),
        ("5x", .failure(.unexpected("x"))), ("5sx", .failure(.unexpected("x"))),
        ("5 s", .failure(.unexpected(" "))), ("-5s", .failure(.unexpected("-"))),
        ("1.5s", .failure(.unexpected("."))), ("5m30s", .failure(.unexpected("3"))),
        ("5\u{301}", .failure(.unexpected("\u{301}"))),
        ("٣s", .failure(.unexpected("٣"))),
    ]

    @Test(arguments: times)
    func readsTimes(text: String, expected: Result<Duration, TimeFormat.Failure>) {
        #expect(TimeFormat.parse(text) == expected)
    }

    @Test func timesHaveADefaultUnit() {
        #expect(TimeFormat.parse("10", unit: .seconds) == .success(.seconds(10)))
        #expect(TimeFormat.parse("7us", resolution: .microseconds) == .success(.microseconds(7)))
    }

    static let sizes: [(String, Result<Int, SizeFormat.Failure>)] = [
        ("0", .success(0)), ("16384", .success(16_384)), ("16k", .success(16_384)),
        ("1M", .success(1_048_576)), ("1g", .success(1 << 30)), ("2g", .failure(.overflow)),
        ("2147483647", .success(2_147_483_647)), ("99999999999999999999", .failure(.overflow)),
        ("", .failure(.empty)), ("k", .failure(.unexpected("k"))),
        ("1kb", .failure(.unexpected("b"))),
        ("1x", .failure(.unexpected("x"))), ("-1", .failure(.unexpected("-"))),
    ]

    @Test(arguments: sizes) func readsSizes(text: String, expected: Result<Int, SizeFormat.Failure>)
    {
        #expect(SizeFormat.parse(text) == expected)
    }

    static let networks: [(String, String?)] = [
        ("10.0.0.0/8", "10.0.0.0/8"), ("10.0.0.1", "10.0.0.1/32"), ("fd00::/8", "fd00::/8"),
        ("::1", "::1/128"), ("10.0.0.0/255.0.0.0", "10.0.0.0/8"), ("0.0.0.0/0.0.0.0", "0.0.0.0/0"),
        ("10.0.0.0/255.255.255.255", "10.0.0.0/32"), ("10.0.0.0/255.0.255.0", nil),
        ("10.0.0.0/33", nil), ("10.0.0.0/-1", nil), ("fd00::/129", nil), ("x/8", nil), ("", nil),
        ("10.0.0.0/", nil), ("/8", nil), ("fd00::/255.0.0.0", nil),
    ]

    @Test(arguments: networks) func readsNetworks(text: String, expected: String?) {
        #expect(NetworkSyntax.prefix(text)?.description == expected)
    }
}

@Suite struct AddressSyntaxTests {
    static let good: [(String, AddressSyntax.Place)] = [
        ("*:80", .internet(.any, .either, .range(80...80))),
        (":80", .internet(.any, .either, .range(80...80))),
        ("10.0.0.1:80-82", .internet(.address(v4(0x0a00_0001)), .either, .range(80...82))),
        ("10.0.0.1", .internet(.address(v4(0x0a00_0001)), .either, .none)),
        ("10.0.0.1:", .internet(.address(v4(0x0a00_0001)), .either, .none)),
        (":::80", .internet(.address(.v6(.any)), .either, .range(80...80))),
        ("::", .internet(.address(.v6(.any)), .either, .none)),
        ("[::]:80", .internet(.address(.v6(.any)), .either, .range(80...80))),
        ("[::1]", .internet(.address(.v6(IPv6Address(high: 0, low: 1))), .either, .none)),
        (
            "::1:80",
            .internet(.address(.v6(IPv6Address(high: 0, low: 1))), .either, .range(80...80))
        ),
        ("ipv4@:80", .internet(.any, .v4, .range(80...80))),
        ("ipv6@:80", .internet(.any, .v6, .range(80...80))),
        ("ipv6@www:80", .internet(.name("www"), .v6, .range(80...80))),
        ("www.example.org:443", .internet(.name("www.example.org"), .either, .range(443...443))),
        ("www:+1", .internet(.name("www"), .either, .offset(1))),
        ("/run/x.sock", .unix("/run/x.sock")), ("unix@/run/x", .unix("/run/x")),
        ("unix@x", .unix("x")), ("abns@x", .abstract("x")), ("fd@7", .descriptor(7)),
        ("stream+tcp@:80", .internet(.any, .either, .range(80...80))),
    ]

    static func v4(_ value: UInt32) -> IPAddress { .v4(IPv4Address(rawValue: value)) }

    @Test(arguments: good) func reads(text: String, place: AddressSyntax.Place) throws {
        let syntax = try AddressSyntax.parse(text).get()
        #expect(syntax.place == place)
        #expect(!syntax.isDatagram)
    }

    @Test(arguments: ["udp@:53", "udp4@1.2.3.4:5", "uxdg@/x", "dgram+ipv4@:1"])
    func knowsDatagrams(text: String) throws {
        #expect(try AddressSyntax.parse(text).get().isDatagram)
    }

    @Test(arguments: [
        (":99999", "invalid port '99999'"), (":0", "invalid port '0'"),
        ("*:http", "invalid character 'h' in port number 'http' in '*:http'"),
        (":8082-8080", "invalid port range '8082-8080'"), (":80-", "invalid port range '80-'"),
        ("fd@x", "file descriptor 'x' is not a valid integer in 'fd@x'"),
        ("fd@-1", "file descriptor '-1' is not a valid integer in 'fd@-1'"),
        ("ipv4@[::1]:80", "invalid address: '[::1]' in 'ipv4@[::1]:80'"),
        ("[::1:80", "invalid address: '[::1' in '[::1:80'"),
        ("a b:80", "invalid address: 'a b' in 'a b:80'"),
        ("foo@bar", "unknown address family 'foo@' in 'foo@bar'"),
        ("quic4@:443", "'quic4@' addresses are not in this version"),
        ("unix@", "missing path of a unix socket"),
        ("www:+99999", "invalid port offset '+99999'"),
    ]) func refuses(text: String, message: String) {
        #expect(AddressSyntax.parse(text) == .failure(AddressSyntax.Failure(message: message)))
    }
}
