"""Converters that ask the engine about what a text names, beside Debian's haproxy."""
from support.differential import Differential
from support.peers import Client
from support.scenario import Scenario


def ask(port, value):
    with Client(port) as client:
        client.send(f"GET / HTTP/1.1\r\nHost: a\r\nX-Name: {value}\r\nConnection: close\r\n\r\n")
        head, _, body = client.rest().partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    return lines[0], [line.lower() for line in lines if line[:2] in (b"x-", b"X-")], body


NAMES = ("app", "app/s1", "app/s2", "app/s3", "s1", "s2", "s3", "app/none", "none/s1", "none", "fe", "/", "app/", "/s1", "", "APP", "app/s1/",
         "app/s", "a b", "empty", "empty/s1", "mixed", "all", "weightless", "fe/s1")
# `reverse_dom` of each; None: there is no value. Debian's haproxy does not know it.
DOMAINS = {
    "www.haproxy.org": "org.haproxy.www", "haproxy.org.": "org.haproxy", "a": "a", "a.": "a", "a.b.c.d.e": "e.d.c.b.a", "Www.Example.ORG": "ORG.Example.Www",
    ".haproxy.org": None, ".haproxy.org.": None, "haproxy.org..": None, "a..b": None, ".": None, "..": None, "": None}


class NamedNumbers(Differential):
    def same(self, ports, values):
        for value in values:
            with self.subTest(value):
                self.assertEqual(ask(ports.dyad, value), ask(ports.haproxy, value))

    def test_backends_and_servers(self):
        ports = self.both("""
listen fe
    mode http
    bind @
    http-request return status 200 content-type text/plain lf-string "%[req.hdr(x-name),nbsrv]|%[nbsrv(app)]|%[nbsrv(mixed)]|%[nbsrv(all)]|%[nbsrv(weightless)]|%[avg_queue(mixed)]"
    server s1 127.0.0.1:1
    server s3 127.0.0.1:1 disabled
backend app
    mode http
    server s1 127.0.0.1:1
    server s2 127.0.0.1:1
    server s3 127.0.0.1:1 disabled
    server s4 127.0.0.1:1 backup
backend empty
    mode http
backend all
    mode http
    option allbackups
    server s1 127.0.0.1:1 disabled
    server s2 127.0.0.1:1 backup
    server s3 127.0.0.1:1 backup
backend weightless
    mode http
    server s1 127.0.0.1:1 weight 0
    server s2 127.0.0.1:1
backend mixed
    mode http
    server s1 127.0.0.1:1 disabled
    server s2 127.0.0.1:1 backup
    server s3 127.0.0.1:1 backup
""")
        self.same(ports, NAMES)

    def test_servers(self):
        """Debian's haproxy has no converters `srv_is_up` and `srv_queue`, but fetches of the same names."""
        proxy = self.proxy(frontend="""http-request set-header x-up %[req.hdr(x-name),srv_is_up]
    http-request return status 200 content-type text/plain lf-string "%[hdr(x-up)]|%[req.hdr(x-name),srv_queue]" if { path / }
    use_backend app""", backend="""http-request return status 200 content-type text/plain lf-string "%[req.hdr(x-name),srv_is_up]"
    server s1 127.0.0.1:1
    server s3 127.0.0.1:1 disabled""")
        with Client(proxy.port) as client:
            for name, expected, inside in (
                    ("app/s1", "1|0", "1"), ("app/s3", "0|0", "0"), ("app/s2", "|", ""), ("s1", "|", "1"), ("s3", "|", "0"), ("none/s1", "|", ""),
                    ("www/s1", "|", ""), ("app/", "|", ""), ("/s1", "|", ""), ("", "|", ""), ("app/s1/", "|", ""), ("APP/s1", "|", "")):
                with self.subTest(name):
                    self.assertEqual(client.request("/", fields=[f"X-Name: {name}"]).text, expected)
                    self.assertEqual(client.request("/in", fields=[f"X-Name: {name}"]).text, inside)

    def test_captures(self):
        """`capture-req` gives its text on whole, keeps what fits, and where there is no such place there is no value."""
        ports = self.both("""
frontend fe
    mode http
    bind @
    declare capture request len 5
    declare capture request len 40
    declare capture response len 3
    http-request set-var(txn.a) req.hdr(x-name),capture-req(0),upper
    http-request set-var(txn.b) req.hdr(x-name),lower,capture-req(1)
    http-request set-var(txn.c) req.hdr(x-name),capture-req(7)
    http-request set-var(txn.d) req.hdr(x-name),capture-res(0)
    http-request return status 200 content-type text/plain lf-string "%[var(txn.a)]|%[var(txn.b)]|%[var(txn.c)]|%[var(txn.d)]|%[capture.req.hdr(0)]|%[capture.req.hdr(1)]|%hr"
    http-after-response set-header X-Kept "<%[capture.res.hdr(0)]>"
""")
        self.same(ports, NAMES + tuple(DOMAINS))


class NewerConverters(Scenario):
    def test_reversed_domains(self):
        proxy = self.proxy(self.origin(), frontend='http-request return status 200 content-type text/plain lf-string "%[req.hdr(x-name),reverse_dom,concat(<),lower]"')
        for name, expected in DOMAINS.items():
            with self.subTest(name):
                self.assertEqual(ask(proxy.port, name)[2].decode(), "" if expected is None else expected.lower() + "<")

    def test_counters_of_keys(self):
        """`table_inc_gpc*`, `table_clr_gpc*`: the entry is made where there is none."""
        proxy = self.proxy(self.origin(), frontend="""
    stick-table type string len 20 size 100 expire 1h store gpc0,gpc1
    http-request return status 200 content-type text/plain lf-string "%[path,table_inc_gpc0]|%[path,table_inc_gpc1(www)]|%[path,table_inc_gpc(2,app)]|%[path,table_inc_gpc(3,app)]|%[path,table_inc_gpc0(app)]" if { path_beg /up }
    http-request return status 200 content-type text/plain lf-string "%[path,table_gpc0]|%[path,table_clr_gpc0]|%[path,table_gpc0]|%[path,table_clr_gpc1]|%[path,table_clr_gpc(2,app)]|%[path,table_clr_gpc(3,app)]"
""", backend="stick-table type string len 20 size 100 expire 1h store gpc(3)")
        with Client(proxy.port) as client:
            def say(target):
                return client.request(target).text
            self.assertEqual(say("/up1"), "1|1|1||1")
            self.assertEqual(say("/up1"), "2|2|2||2")
            self.assertEqual(say("/up2"), "1|1|1||1")
            self.assertEqual(say("/new"), "0|0|0|0|0|")
        lines = proxy.ask("show table www").split("\n")
        self.assertEqual(sum("key=" in line for line in lines), 3, lines)
        self.assertTrue(any("key=/up1 " in line and line.endswith("gpc0=2 gpc1=2") for line in lines), lines)
