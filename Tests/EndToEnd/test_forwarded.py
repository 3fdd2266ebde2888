"""`option forwarded` (RFC 7239): the exact field that a server gets."""
from support.peers import Client, get
from support.ports import free_port
from support.scenario import Scenario
from support.secure import SecureClient, SecureScenario

# Every request says for itself between which ends it travels.
ENDS = """http-request set-src hdr(x-src) if { hdr(x-src) -m found }
    http-request set-src-port hdr(x-src-port) if { hdr(x-src-port) -m found }
    http-request set-dst hdr(x-dst) if { hdr(x-dst) -m found }
    http-request set-dst-port hdr(x-dst-port) if { hdr(x-dst-port) -m found }"""
SIX = ["X-Src: 2001:db8::17", "X-Src-Port: 4711", "X-Dst: 2001:db8::1", "X-Dst-Port: 443"]
FOUR = ["X-Src: 192.0.2.60", "X-Src-Port: 4711", "X-Dst: 203.0.113.43", "X-Dst-Port: 80"]


class Forwarded(Scenario):
    carries_traffic = True

    def sent(self, option, *requests, frontend=ENDS, backend=""):
        """What the server gets of each request, which is a list of fields."""
        web = self.origin()
        proxy = self.proxy(web, frontend=frontend, backend=f"option forwarded {option}\n    {backend}")
        for fields in requests:
            self.assertEqual(get(proxy.port, fields=fields).status, 200)
        return [request.all("forwarded") for request in web.requests]

    def test_the_nodes_of_both_families(self):
        for option, four, six in (
                ("", "proto=http;for=192.0.2.60", 'proto=http;for="[2001:db8::17]"'),
                ("proto for", "proto=http;for=192.0.2.60", 'proto=http;for="[2001:db8::17]"'),
                ("for by", "by=203.0.113.43;for=192.0.2.60", 'by="[2001:db8::1]";for="[2001:db8::17]"'),
                ("for for_port by by_port", 'by="203.0.113.43:80";for="192.0.2.60:4711"',
                 'by="[2001:db8::1]:443";for="[2001:db8::17]:4711"'),
                ("for-expr src for_port-expr str(id) by by_port-expr int(10)",
                 'by="203.0.113.43:10";for="192.0.2.60:_id"', 'by="[2001:db8::1]:10";for="[2001:db8::17]:_id"'),
                # Text that is an address, as the manual's examples with other texts.
                ("for-expr str([2001:DB8::9]) by-expr str(192.0.2.9)", 'by=192.0.2.9;for="[2001:db8::9]"',
                 'by=192.0.2.9;for="[2001:db8::9]"')):
            with self.subTest(option):
                self.assertEqual(self.sent(option, FOUR, SIX), [[four], [six]])

    def test_values_of_samples(self):
        for option, expected in (
                ("host for-expr str(7F2F367E) for_port-expr str(60138)", 'host="test";for="_7F2F367E:60138"'),
                ("host-expr str(host.com) by-expr str(_haproxy) for for_port-expr int(10)",
                 'host="host.com";by=_haproxy;for="192.0.2.60:10"'),
                ("host-expr str(my-site.test:8080)", 'host="my-site.test:8080"'),
                # What would not fit between quotes is not told.
                ("host-expr str(a;b)", 'host=""'), ("host-expr hdr(none)", 'host=""'),
                ("for-expr hdr(none)", "for=unknown"), ('for-expr "str(a b)"', "for=unknown"),
                ("for-expr str(unknown)", "for=unknown"), ("for-expr str(user)", "for=_user"),
                ("for-expr str(_)", "for=__"),
                ("for for_port-expr hdr(none)", 'for="192.0.2.60"'), ("for for_port-expr int(70000)", 'for="192.0.2.60:_70000"'),
                ("for for_port-expr str(;)", 'for="192.0.2.60"'),
                ("proto by_port for_port", "proto=http")):
            with self.subTest(option):
                self.assertEqual(self.sent(option, FOUR), [[expected]])

    def test_a_field_that_came(self):
        """Ours goes behind what is as it should be; else it has a line of its own."""
        ours = "proto=http;for=127.0.0.1"
        hostile = 'for="[::1]'
        cases = (
            (["for=192.0.2.1"], [f"for=192.0.2.1, {ours}"]),
            (['for="[::1]:80";proto=https, by=_x'], [f'for="[::1]:80";proto=https, by=_x, {ours}']),
            (["for=192.0.2.1", "for=192.0.2.2"], ["for=192.0.2.1", f"for=192.0.2.2, {ours}"]),
            (["for=192.0.2.1", hostile], ["for=192.0.2.1", hostile, ours]),
            ([hostile, "for=192.0.2.1"], [hostile, "for=192.0.2.1", ours]),
            ([""], ["", ours]), (["for=1.2.3.4;ext=5"], ["for=1.2.3.4;ext=5", ours]))
        seen = self.sent("", *[[f"forwarded: {value}" for value in values] for values, _ in cases], frontend="")
        for (values, expected), fields in zip(cases, seen):
            with self.subTest(values):
                self.assertEqual(fields, expected)

    def test_a_long_field_that_came(self):
        """Whatever its length, the request is served, and ours is the last element."""
        for length in (100, 4000, 7900, 8200, 12_000, 14_000):
            with self.subTest(length):
                value = "for=_" + "a" * length
                fields, = self.sent("", [f"Forwarded: {value}"], frontend="")
                self.assertEqual(", ".join(fields), f"{value}, proto=http;for=127.0.0.1")

    def test_behind_all_rules_and_with_bodies(self):
        web = self.origin()
        proxy = self.proxy(
            web, frontend="option forwardfor",
            backend="option forwarded host for\n    http-request del-header forwarded\n    http-request set-header host own.test")
        with Client(proxy.port) as client:
            for body in (b"x", b"y" * 200_000):
                client.request("/", "POST", fields=["Forwarded: for=192.0.2.1"], body=body)
        for request in web.requests:
            self.assertEqual(request.all("forwarded"), ['host="own.test";for=127.0.0.1'])
            self.assertEqual(request.all("x-forwarded-for"), ["127.0.0.1"])
        self.assertEqual([len(request.body) for request in web.requests], [1, 200_000])

    def test_defaults_and_who_may_not(self):
        """A frontend's own line is ignored; backends inherit, change and drop that of `defaults`."""
        web, port = self.origin(), free_port()
        self.dyad(f"""
global
    stats socket {{socket}} level admin
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
    option forwarded
frontend www
    bind 127.0.0.1:{port}
    use_backend %[path,field(2,/)]
backend inherits
    server s 127.0.0.1:{web.port}
backend overrides
    option forwarded host-expr str(override)
    server s 127.0.0.1:{web.port}
backend drops
    no option forwarded
    server s 127.0.0.1:{web.port}
""", waits=True)
        for name, expected in (
                ("inherits", ["proto=http;for=127.0.0.1"]), ("overrides", ['host="override"']), ("drops", [])):
            self.assertEqual(get(port, f"/{name}").status, 200)
            self.assertEqual(web.requests[-1].all("forwarded"), expected)


class ForwardedSecurely(SecureScenario):
    def test_a_client_with_tls(self):
        web = self.origin()
        proxy = self.secure(f"crt {self.site}", web, backend="option forwarded proto host")
        with SecureClient(proxy.secure_port, self.context) as client:
            self.assertEqual(client.request("/").status, 200)
        self.assertEqual(get(proxy.port).status, 200)
        self.assertEqual(
            [request.all("forwarded") for request in web.requests],
            [['proto=https;host="test"'], ['proto=http;host="test"']])
