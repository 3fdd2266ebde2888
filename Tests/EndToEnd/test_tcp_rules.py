"""Rules on connections and on their first bytes, side by side: the same configuration in Dyad and in Debian's haproxy."""
import socket
import ssl
import time

from support.differential import Differential
from support.messages import answer
from support.peers import Client


def hello(name, protocols=()):
    """A ClientHello as a real library writes it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = False
    if protocols:
        context.set_alpn_protocols(list(protocols))
    session = context.wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def remote_desktop(cookie):
    data = b"Cookie: " + cookie + b"\r\n"
    return b"\x03\x00" + (11 + len(data)).to_bytes(2, "big") + bytes([6 + len(data), 0xe0, 0, 0, 0, 0, 0]) + data


class TCPRules(Differential):
    carries_traffic = True

    def setUp(self):
        super().setUp()

        def named(name):
            def serve(connection):
                taken = connection.recv(65536)
                connection.sendall(f"{name} {len(taken)}".encode())
                while connection.recv(65536):
                    pass
            return serve
        self.a, self.b, self.c = (self.origin(raw=named(name)) for name in "abc")

    def tcp(self, frontend, extra=""):
        return self.both(f"""
frontend fe
    mode tcp
    bind @
{frontend}
    default_backend c
backend a
    mode tcp
    server a 127.0.0.1:{self.a.port}
backend b
    mode tcp
    server b 127.0.0.1:{self.b.port}
backend c
    mode tcp
{extra}
    server c 127.0.0.1:{self.c.port}
""")

    def reply(self, port, *pieces, finish=False):
        with Client(port) as client:
            for number, piece in enumerate(pieces):
                if number:
                    time.sleep(0.02)
                try:
                    client.send(piece)
                except OSError:
                    break
            if finish:
                client.finish_sending()
            try:
                return client.connection.recv(65536)
            except OSError:
                return b""

    def same_replies(self, ports, *cases):
        for pieces in cases:
            with self.subTest(pieces=pieces):
                self.assertEqual(self.reply(ports.dyad, *pieces), self.reply(ports.haproxy, *pieces))

    def test_names_of_a_hello_choose_the_backend(self):
        ports = self.tcp("""
    tcp-request inspect-delay 5s
    tcp-request content accept if { req_ssl_hello_type 1 }
    use_backend a if { req.ssl_sni -i a.example.org }
    use_backend b if { req.ssl_sni -m end .b.example.org }
    use_backend b if { req.ssl_alpn -m sub h2 }""")
        self.same_replies(ports, [hello("A.example.org")], [hello("x.b.example.org")],
                          [hello("c.example.org")], [hello("d.org", ["h2", "http/1.1"])])
        whole = hello("a.example.org")
        for at in range(1, len(whole), 7):
            self.assertEqual(self.reply(ports.dyad, whole[:at], whole[at:]), b"a %d" % len(whole), at)
        self.assertEqual(
            self.reply(ports.dyad, *(whole[at:at + 1] for at in range(40)), whole[40:]), b"a %d" % len(whole))

    def test_variables_keep_what_comes_later(self):
        ports = self.tcp("""
    tcp-request inspect-delay 5s
    tcp-request content set-var(sess.name) req.ssl_sni,lower
    tcp-request content reject if { var(sess.name) -m str bad.org }
    tcp-request content accept if { req.ssl_hello_type 1 }
    use_backend %[var(sess.name),field(1,.)]""")
        whole = hello("b.example.org")
        self.same_replies(ports, [whole], [whole[:30], whole[30:]], [hello("bad.org")])

    def test_what_is_no_hello(self):
        ports = self.tcp("""
    tcp-request inspect-delay 300ms
    tcp-request content accept if { req_ssl_hello_type 1 }
    use_backend a if { req_ssl_hello_type 1 }
    use_backend b if { req.len gt 5 }""")
        self.same_replies(ports, [b"GET / HTTP/1.0\r\n\r\n"], [b"abc"], [b"\x16\x03\x01\x02"])

    def test_bytes(self):
        ports = self.tcp("""
    tcp-request inspect-delay 400ms
    tcp-request content reject if { req.payload(0,3) -m str BAD }
    tcp-request content accept if { req.payload(0,4) -m bin 01020304 }
    use_backend a if { req.payload_lv(0,2) -m str name }
    use_backend a if { req.payload_lv(0,1,+2) -m str ok }
    use_backend b if { req.payload(2,0) -m str ping }
    use_backend b if { req.rdp_cookie(mstshash) -m beg user }
    use_backend a if { req.rdp_cookie_cnt gt 0 }""")
        self.same_replies(
            ports, [b"BAD!"], [b"B", b"A", b"D"], [b"\x01\x02", b"\x03\x04"], [b"\x00\x04name"], [b"\x00\x04", b"name"],
            [b"\x02xxok"], [b"..ping"], [remote_desktop(b"mstshash=user1")], [remote_desktop(b"msts=3640205228")],
            [b"\x00\x40zz"])

    def test_versions(self):
        ports = self.tcp("""
    tcp-request inspect-delay 2s
    tcp-request content accept if { req.ssl_hello_type 1 }
    use_backend a if { req.ssl_ver 3.3 }
    use_backend b if { req.ssl_ver 3.1-3.4 }""")
        old = bytearray(hello("x.org"))
        old[9:11] = b"\x03\x01"
        self.same_replies(ports, [hello("x.org")], [bytes(old)])

    def test_http_in_tcp_mode(self):
        ports = self.tcp("""
    tcp-request inspect-delay 400ms
    tcp-request content accept if HTTP
    tcp-request content reject if WAIT_END
    use_backend a if { path_beg /a }
    use_backend b if METH_POST""")
        self.same_replies(
            ports, [b"GET /a HTTP/1.0\r\n\r\n"], [b"GET /a HT", b"TP/1.0\r\n\r\n"], [b"POST /x HTTP/1.0\r\n\r\n"],
            [b"\x00\x01\x02"], [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])

    def test_waiting_has_an_end(self):
        ports = self.tcp("""
    tcp-request inspect-delay 300ms
    tcp-request content accept if { req.len gt 100 }
    tcp-request content reject if WAIT_END !{ req.len gt 2 }""")
        for port in ports:
            began = time.monotonic()
            self.assertEqual(self.reply(port, b"abc"), b"c 3")
            self.assertGreater(time.monotonic() - began, 0.25)
            self.assertEqual(self.reply(port, b"a"), b"")
            self.assertLess(time.monotonic() - began, 5)

    def test_an_end_decides_at_once(self):
        ports = self.tcp("""
    tcp-request inspect-delay 30s
    tcp-request content reject if { req.len gt 100 }""")
        for port in ports:
            self.assertEqual(self.reply(port, b"abc", finish=True), b"c 3")

    def test_sessions_and_connections(self):
        ports = self.tcp("""
    tcp-request connection set-var(sess.c) src
    tcp-request session reject if { src_port lt 1 }
    tcp-request session set-src ipv4(10.1.2.3)
    tcp-request session set-src-port int(77)
    tcp-request session set-var(sess.s) src
    use_backend a if { var(sess.c) -m ip 127.0.0.1 } { src 10.1.2.3 } { src_port 77 }""")
        self.same_replies(ports, [b"x"])
        ports = self.tcp("    tcp-request session reject if { src 127.0.0.1 }")
        self.same_replies(ports, [b"x"])

    def test_expected_header(self):
        ports = self.tcp("""
    tcp-request connection expect-proxy layer4 if { src 127.0.0.0/8 }
    use_backend a if { src 192.0.2.9 }""")
        self.same_replies(ports, [b"PROXY TCP4 192.0.2.9 192.0.2.10 1 2\r\nhello"])

    def test_backend_rules(self):
        ports = self.tcp("", extra="""
    tcp-request inspect-delay 300ms
    tcp-request content reject if { req.payload(0,2) -m str no }""")
        self.same_replies(ports, [b"no"], [b"n", b"o"], [b"yes"])

    def test_responses(self):
        ports = self.tcp("", extra="""
    tcp-response inspect-delay 300ms
    tcp-response content reject if { res.payload(0,3) -m str "c 3" }
    tcp-response content accept if { res.len gt 4 }""")
        self.same_replies(ports, [b"abc"], [b"abcd"], [b"x" * 4000])

    def test_http_mode(self):
        self.h = self.origin(respond=lambda request, connection: answer(request.target))
        ports = self.both(f"""
frontend fe
    mode http
    bind @
    tcp-request inspect-delay 200ms
    tcp-request content set-var(txn.p) path
    tcp-request content reject if {{ path /no }}
    tcp-request content accept if {{ path /fast }}
    tcp-request content accept if WAIT_END
    http-request return status 200 content-type text/plain lf-string "p=%[var(txn.p)]" if {{ path /var }}
    default_backend h
backend h
    mode http
    tcp-request content reject if {{ path /never }}
    tcp-response content reject if {{ status 200 }} {{ path -m found }}
    server h 127.0.0.1:{self.h.port}
""")
        for target in ("/fast", "/no", "/slow", "/var", "/never"):
            with self.subTest(target):
                request = f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
                replies = []
                for port in ports:
                    began = time.monotonic()
                    with Client(port) as client:
                        client.send(request)
                        reply = client.rest().lower().split(b"\r\n")
                    replies.append((reply[0], reply[-1], time.monotonic() - began > 0.15))
                self.assertEqual(*replies)
