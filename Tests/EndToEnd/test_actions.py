"""Actions of rules that take time or answer in unusual ways, beside Debian's haproxy where that knows them."""
import signal
import socket
import threading
import time

from support.differential import Differential
from support.messages import answer
from support.peers import Client


def fields(head):
    """A head without the letter case of names and without what differs by itself."""
    lines = head.decode("latin-1").split("\r\n")
    kept = (line.partition(":") for line in lines[1:])
    return lines[0], sorted(name.lower() + ":" + value for name, _, value in kept if name.lower() not in ("date", "connection"))


def exchange(port, request):
    """All answers to a request, and how long they took in all."""
    began = time.monotonic()
    with Client(port) as client:
        client.send(request)
        received = client.rest()
    heads, rest = [], received
    while rest.startswith(b"HTTP/1.1 1"):
        head, _, rest = rest.partition(b"\r\n\r\n")
        heads.append(fields(head))
    head, _, body = rest.partition(b"\r\n\r\n")
    return (heads, fields(head), body), time.monotonic() - began


def get(target="/", lines=""):
    return f"GET {target} HTTP/1.1\r\nHost: a\r\n{lines}Connection: close\r\n\r\n"


class Actions(Differential):
    carries_traffic = True

    def setUp(self):
        super().setUp()
        self.web = self.origin(
            respond=lambda request, connection: answer(f"{request.target} {request.field('x-seen')}"))

    def start(self, rules, **options):
        return self.both(f"""
frontend fe
    mode http
    bind @
    {rules}
    default_backend app
backend app
    mode http
    server s1 127.0.0.1:{self.web.port}
""", **options)

    def same(self, ports, *requests, at_least=0):
        for request in requests:
            with self.subTest(request[:50]):
                ours, taken = exchange(ports.dyad, request)
                theirs, _ = exchange(ports.haproxy, request)
                self.assertEqual(ours, theirs)
                self.assertGreaterEqual(taken, at_least)

    def test_normalizers(self):
        targets = (
            "/", "//", "/a//b///c", "/a/./b/.", "/./a", "/.", "/a/../b", "/../a", "/a/../../b", "/a/b/../../../c/", "/..", "/a/..",
            "/a/.../b", "/a/..b", "/%41%7e%2f%zz%4", "/%c3%a4?%41=%2D", "/a%2fb?x=%2f", "/?b=2&a=1&a=0&c", "/?a&a=1&&b=", "/?", "/x?b#",
            "http://a/x//y/../z?b&a", "/?%61=1&a=2&A=3", "/a?b//c/../d")
        requests = [get(target) for target in targets if "#" not in target]
        for normalizer in (
                "path-merge-slashes", "path-strip-dot", "path-strip-dotdot", "path-strip-dotdot full", "percent-decode-unreserved",
                "percent-decode-unreserved strict", "percent-to-uppercase", "percent-to-uppercase strict", "query-sort-by-name"):
            with self.subTest(normalizer):
                ports = self.start(
                    f"http-request normalize-uri {normalizer}", extra_global="expose-experimental-directives")
                self.same(ports, *requests)

    def test_early_hints(self):
        ports = self.start("""http-request early-hint Link "</%[path,field(2,/)]>; rel=preload" if { path_beg /one }
    http-request early-hint Link "<b>" if { path /one/two }
    http-request set-header X-Seen yes
    http-request early-hint X-Other later if { path /one/two }""")
        self.same(ports, get("/"), get("/one"), get("/one/two"), get("/one").replace("1.1", "1.0", 1))
        ports = self.start("\n    ".join(
            f"http-request early-hint Link {number}{' if { path /x }' if number in (3, 4, 5, 7) else ''}" for number in range(1, 9)))
        self.same(ports, get("/x"), get("/y"))

    def test_tarpit(self):
        """The answer comes late, and not at all for who has left."""
        ports = self.start("""timeout tarpit 300ms
    http-request tarpit if { path /a }
    http-request tarpit deny_status 429 if { path /b }
    http-request tarpit status 403 content-type text/plain string no hdr X-A b if { path /c }""")
        self.same(ports, get("/a"), get("/b"), get("/c"), at_least=0.29)
        self.same(ports, get("/d"))

    def test_silent_drop(self):
        """The client hears nothing, not even the end."""
        ports = self.start("http-request silent-drop if { path /a }")
        for port in ports:
            with self.subTest(port == ports.dyad), socket.create_connection(("127.0.0.1", port)) as client:
                client.settimeout(0.3)
                client.sendall(get("/a").encode())
                with self.assertRaises(TimeoutError):
                    client.recv(1)
        self.same(ports, get("/c"))

    def test_pauses(self):
        """HAProxy 2.6 has no `pause`."""
        proxy = self.proxy(
            self.web, frontend="http-request pause 200ms if { path /a }\n    http-request pause req.hdr(x-wait),mul(10) if { path /b }\n"
            "    http-request set-header X-Seen behind", backend="http-response pause 200ms if { capture.req.uri /c }\n"
            "    http-response set-header X-Own %[res.hdr(content-length)]")
        for request, least in (
                (get("/a"), 0.2), (get("/b", "X-Wait: 25\r\n"), 0.25), (get("/b"), 0), (get("/c"), 0.2), (get("/d"), 0),
                (get("/c").replace("GET", "HEAD"), 0), ("POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", 0.2)):
            (_, (line, names), body), taken = exchange(proxy.port, request)
            with self.subTest(request[:30]):
                self.assertEqual(line, "HTTP/1.1 200 OK")
                self.assertIn(f"x-own: {len(body) or 9}", names)
                self.assertIn(body, (b"", request.split()[1].encode() + b" behind"))
                self.assertGreaterEqual(taken, least)

    def test_a_reload_while_rules_wait(self):
        """They go on with the names that they began with."""
        proxy = self.proxy(
            self.web, frontend="http-request set-var(proc.first) int(1)\n    http-request pause 2s if { path /wait }\n"
            "    http-request set-var(proc.last) var(proc.first,0),add(1)\n"
            f"    http-request set-header X-Seen \"%[nbsrv(app)] %[srv_is_up(app/{self.web.name}1)] %[var(proc.last)]\"")
        with Client(proxy.port) as client:
            client.send(get("/wait"))
            # Asked first, answered later: the first request's rules have begun when these have ended.
            exchange(proxy.port, get("/"))
            with open(proxy.file) as file:
                text = file.read()
            proxy.write(text.replace("    http-request set-var(proc.first) int(1)\n", "").replace("proc.last", "proc.other"))
            proxy.send_signal(signal.SIGHUP)
            proxy.wait_line("configuration 2 is in force")
            self.assertTrue(client.rest().endswith(b"/wait 1 1 2"))

    def test_an_answer_before_the_body_has_come(self):
        """The server wants the rest of the body before it ends its answer, for whose end rules wait."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        got = []

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(10)
                data = b""
                while not data.endswith(b"first"):
                    data += connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegin")
                begun.set()
                while not data.endswith(b"-last"):
                    data += connection.recv(65536)
                got.append(data)
                connection.sendall(b"ning.")
        begun = threading.Event()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()

        class Server:
            name, port = "early", listener.getsockname()[1]
        proxy = self.proxy(
            Server, backend="http-response wait-for-body time 5s\n    http-response set-header X-Length %[res.body_len]")
        with Client(proxy.port) as client:
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nConnection: close\r\n\r\nfirst")
            self.assertTrue(begun.wait(10))
            client.send("-last")
            answered = client.rest()
        thread.join(10)
        self.assertIn(b"X-Length: 10", answered)
        self.assertTrue(answered.endswith(b"beginning.") and got)
