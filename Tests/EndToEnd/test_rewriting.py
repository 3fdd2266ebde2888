"""What rules keep and how much they may write, beside Debian's haproxy."""
import os
import signal
import socket

from lab import wait_for
from support.differential import Differential
from support.messages import answer
from support.peers import Client

LONG = "1234567890" * 6


def ask(path, command):
    """One command on a runtime socket; the whole answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(path)
        connection.sendall(command.encode() + b"\n")
        reply = b""
        while piece := connection.recv(65536):
            reply += piece
    return reply.decode().rstrip("\n")


def exchange(port, request):
    """The status line, the fields that start with `x-`, and the body."""
    with Client(port) as client:
        client.send(request)
        head, _, body = client.rest().partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in lines[1:])
    kept = sorted(name.lower() + ":" + value for name, _, value in fields if name.lower().startswith("x-"))
    return lines[0], kept, body.decode("latin-1")


def get(target, fields=""):
    return f"GET {target} HTTP/1.1\r\nHost: a\r\n{fields}Connection: close\r\n\r\n"


class Rewriting(Differential):
    carries_traffic = True

    def same(self, ports, *requests):
        for request in requests:
            with self.subTest(request[:60]):
                self.assertEqual(exchange(ports.dyad, request), exchange(ports.haproxy, request))

    def test_variables_of_the_process(self):
        """They have values from the start, all workers share them, and commands read and set them."""
        lines = """
    set-var proc.int12 int(12)
    set-var proc.int5 var(proc.none,60),div(proc.int12)
    set-var proc.address ipv4(1.2.3.4)
    set-var proc.bool bool(true)
    set-var proc.binary bin(0102ff)
    set-var proc.text str("this is")
    set-var-fmt proc.text "%[var(proc.text)] a text"
    """
        ports = self.both("""
frontend fe
    mode http
    bind @
    tcp-request session set-var(sess.five) var(proc.int5)
    http-request set-var(proc.count) var(proc.count,0),add(1)
    http-request return status 200 hdr X-V "%[var(proc.count)] %[var(proc.text)] %[var(sess.five)] %[var(proc.none,x)]"
""", extra_global=lines)
        self.same(ports, *[get("/")] * 5)
        sockets = self.daemon.socket_path, self.peer_socket
        for command in (
                *(f"get var proc.{name}" for name in ("int12", "int5", "address", "bool", "binary", "text", "count", "none")),
                "get var x", "get var", "set var proc.text str(a)", "experimental-mode",
                *("experimental-mode on; " + rest for rest in (
                    "set var proc.text str(updating)", "set var proc.text fmt %[var(proc.text),regsub(ing,ed)]",
                    "get var proc.text", "set var proc.new expr int(5),add(3)", "get var proc.new", "set var", "set var proc.text",
                    "set var txn.a int(1)", "set var proc.text int(5) x", "set var proc.text nothing(5)"))):
            with self.subTest(command):
                ours, theirs = (ask(path, command) for path in sockets)
                self.assertEqual(ours, theirs)
        self.same(ports, get("/"))

    def test_a_reload_keeps_what_no_line_sets(self):
        proxy = self.proxy(
            self.origin(), extra_global="set-var proc.line int(1)",
            frontend="http-request set-var(proc.seen) var(proc.seen,0),add(1)\n"
            "    http-request set-var(proc.line) int(2)")
        exchange(proxy.port, get("/"))
        self.assertIn("<2>", proxy.ask("get var proc.line"))
        proxy.send_signal(signal.SIGHUP)
        proxy.wait_line("configuration 2 is in force")
        self.assertIn("<1>", proxy.ask("get var proc.line"))
        self.assertIn("<1>", proxy.ask("get var proc.seen"))
        wait_for(lambda: exchange(proxy.port, get("/")) and "<2>" in proxy.ask("get var proc.line"), 10, "rules go on")

    def test_room_for_rewriting(self):
        """What is received and what is added share a buffer; `strict-mode off` goes on without what does not fit."""
        long_answer = self.origin(respond=lambda request, connection: answer("x" * 2000, fields=["X-Own: 1"]))
        ports = self.both(f"""
frontend fe
    mode http
    bind @
    option http-buffer-request
    http-request set-var(txn.path) path
    http-request set-header X-1 {LONG} if {{ path_beg /req }}
    http-request set-header X-2 {LONG} if {{ path /req2 }}
    http-request strict-mode off if {{ path /req3 }}
    http-request set-header X-3 {LONG} if {{ path /req3 }}
    http-request set-path /{LONG}{LONG} if {{ path /req5 }}
    http-request del-header X-Sent if {{ path /req6 }}
    http-request set-header X-4 {LONG} if {{ path /req6 }}
    http-response set-header X-5 {LONG} if {{ res.hdr(X-4) -m found }}
    use_backend echo if {{ path_beg /req /{LONG} }}
    default_backend long
backend echo
    mode http
    http-request set-header X-6 {LONG} if {{ path /req4 }}
    server s1 127.0.0.1:{self.echo.port}
backend long
    mode http
    http-response set-header X-4 {LONG} if {{ var(txn.path) -m str /both }}
    http-response replace-value X-Own .* {LONG} if {{ var(txn.path) -m str /value }}
    http-response replace-value X-Own .* {LONG}{LONG}{LONG} if {{ var(txn.path) -m str /longvalue }}
    server s1 127.0.0.1:{long_answer.port}
""", extra_global="tune.bufsize 2048\n    tune.maxrewrite 128")
        body = "b" * 2000
        self.same(ports, *(
            f"POST /req{number} HTTP/1.1\r\nHost: a\r\nX-Sent: {LONG}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            + body[:length] for number in range(1, 7) for length in (0, 2000)))
        self.same(ports, get("/none"), get("/both"), get("/value"), get("/longvalue"))

    def test_strict_mode_outlives_a_wait(self):
        """A list that waited goes on as lenient as it was; each list begins strict."""
        ports = self.both(f"""
frontend fe
    mode http
    bind @
    http-request strict-mode off if {{ path_beg /off }}
    http-request wait-for-body time 5s if {{ path_end /body }}
    http-request set-var(txn.path) path
    http-request set-header X-1 {LONG * 30} if {{ path_beg /on /off }}
    http-response strict-mode off if {{ var(txn.path) -m beg /answer }}
    http-response wait-for-body time 5s
    http-response set-header X-2 {LONG * 20} if {{ var(txn.path) -m beg /answer /strict }}
    http-response set-header X-4 {LONG * 20} if {{ var(txn.path) -m beg /answer /strict }}
    default_backend app
backend app
    mode http
    http-request set-header X-3 {LONG * 30} if {{ path /off/backend }}
    server s1 127.0.0.1:{self.echo.port}
""", extra_global="tune.bufsize 2048\n    tune.maxrewrite 128")
        for path in ("/on/body", "/off/body", "/off", "/off/backend", "/answer", "/strict/body"):
            request = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n"
            with self.subTest(path):
                both = []
                for port in ports:
                    with Client(port) as client:
                        client.send(request + "b" * 400)
                        client.send("b" * 600)
                        both.append(client.rest().split(b"\r\n")[0])
                self.assertEqual(both[0], both[1])
                self.assertIn(b" 200 " if path in ("/off/body", "/off", "/answer") else b" 500 ", both[0])

    def test_targets_of_other_forms(self):
        """`OPTIONS *` gets another target, and what is no path is left alone; later rules see the form of the new one."""
        ports = self.both(f"""
frontend fe
    mode http
    bind @
    http-request set-uri http://other/z?q if {{ req.hdr(x-do) -m str absolute }}
    http-request set-uri /z?q if {{ req.hdr(x-do) -m str origin }}
    http-request set-uri /z?q=http://h/ if {{ req.hdr(x-do) -m str origin2 }}
    http-request set-path /set if {{ req.hdr(x-do) -m sub path }} or {{ req.hdr(x-then) -m str path }}
    http-request set-pathq /pq?r if {{ req.hdr(x-do) -m str both }} or {{ req.hdr(x-then) -m str both }}
    http-request set-query k=v if {{ req.hdr(x-then) -m str query }}
    http-request replace-path ^.*$ /r if {{ req.hdr(x-do) -m str replace }}
    http-request replace-pathq ^.*$ /r if {{ req.hdr(x-do) -m str replace }}
    http-request replace-uri ^.*$ /r if {{ req.hdr(x-do) -m str replace-uri }}
    http-request set-header x-path "%[path] %[query]"
    http-request set-header x-pathq "%[pathq]" if {{ req.hdr(x-do) -m found }}
    default_backend app
backend app
    mode http
    server s1 127.0.0.1:{self.echo.port}
""")
        self.same(ports, *(
            f"OPTIONS {target} HTTP/1.1\r\nHost: h\r\nx-do: {do}\r\nx-then: {then}\r\nConnection: close\r\n\r\n"
            for target in ("*", "/a?b", "http://h/a?b")
            for do in ("path", "both", "absolute", "origin", "origin2", "replace", "replace-uri")
            for then in ("", "path", "both", "query")
            if (target, do, then) != ("*", "replace", "query")))
        # HAProxy sends `*?k=v`, which is no target.
        status, _, text = exchange(
            ports.dyad, "OPTIONS * HTTP/1.1\r\nHost: h\r\nx-then: query\r\nConnection: close\r\n\r\n")
        self.assertEqual((status.split()[1], text.split("\n")[0]), ("200", "*"))

    def test_a_field_that_has_no_room_stays(self):
        """`set-header` that does not fit changes nothing, whether or not that ends the request. HAProxy without strict-mode
        loses the field; what a server gets should rather be what the client sent."""
        proxy = self.proxy(
            self.echo, frontend=f"""http-request strict-mode off if {{ path /lenient }}
    http-request set-header X-Old {LONG * 3} if !{{ path /fits }}
    http-request set-header X-Old {LONG} if {{ path /fits }}""",
            extra_global="tune.bufsize 2048\n    tune.maxrewrite 128")
        for target, fields, body, wanted in (
                # The room of the old field counts.
                ("/fits", f"X-Old: {LONG}\r\n", 2000, f"/fits\nx-old: {LONG}"),
                ("/lenient", "X-Old: one\r\nX-Old: two\r\n", 2000, "/lenient\nx-old: one\nx-old: two"),
                ("/lenient", "", 2000, "/lenient"),
                ("/strict", "X-Old: one\r\n", 2000, None)):
            with self.subTest(target + fields):
                status, _, text = exchange(proxy.port, (
                    f"POST {target} HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: {body}\r\nConnection: close\r\n\r\n"
                    + "b" * body))
                self.assertEqual(status.split()[1], "500" if wanted is None else "200")
                if wanted is not None:
                    self.assertEqual(text, wanted)

    @property
    def echo(self):
        def respond(request, connection):
            fields = sorted(f"{name.lower()}: {value}" for name, value in request.fields if name.lower().startswith(("x-", "te")))
            return answer("\n".join([request.target, *fields]))
        return self.origin(respond=respond)

    def test_captures_of_a_defaults_section(self):
        """Frontends that inherit such rules have their places, and may add more."""
        ports = self.both("""
defaults common
    mode http
    timeout client 10s
    http-request capture hdr(Host) len 64
    http-request capture hdr(X-One) len 32
frontend fe from common
    bind @
    declare capture request len 32
    http-request capture hdr(X-Two) id 2
    http-request return status 200 hdr X-A %[capture.req.hdr(0)] hdr X-B %[capture.req.hdr(1)] hdr X-C %[capture.req.hdr(2)]
""")
        self.same(ports, get("/", "X-One: 1\r\nX-Two: 2\r\n"), get("/"))

    def seen(self, *requests, frontend="", extra_global=""):
        """What a server gets of them, and what the log says."""
        ports = self.both(f"""
frontend fe
    mode http
    bind @
    {frontend}
    default_backend echo
backend echo
    mode http
    http-request set-header X-Seen "%[url]|%[path]|%[req.hdr(host)]"
    server s1 127.0.0.1:{self.echo.port}
""", extra_global=extra_global)
        self.same(ports, *requests)

    def test_targets_that_name_a_host(self):
        """Ports that the scheme means anyway are left out. (HAProxy 3.x also puts a path in where none is; 2.6 does not.)"""
        hosts = ("h", "h:80", "h:443", "h:", "h:81", "g")
        self.seen(*(
            f"GET {scheme}://{authority}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            for scheme in ("http", "https") for authority in ("h", "h:80", "h:443", "u@h:80") for path in ("/", "/p?q")
            for host in hosts))

    def test_codings_between_neighbours(self):
        """`TE` says no more than that trailers are passed on; bodies have one coding."""
        codings = ("chunked", "gzip", "gzip, chunked", "chunked, chunked", "chunked, gzip", "chunked, gzip, chunked", "identity", "",
                   "xchunked", "gzip\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: chunked", "chunked;a=b", " , chunked")
        self.seen(
            *(get("/", f"TE: {value}\r\n") for value in (
                "trailers", "trailers, gzip", "gzip", "trailers;q=0.5", "gzip, trailers", "", "trailers,trailers", "gzip\r\nTE: trailers")),
            *(f"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {coding}\r\nConnection: close\r\n\r\n0\r\n\r\n" for coding in codings),
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")

    def test_fields_that_are_written_anew(self):
        """Rules see what says how long a body is and what the client wants of its connection."""
        fields = ("content-length", "transfer-encoding", "connection", "upgrade", "keep-alive", "proxy-connection")
        parts = [f"%[req.hdr({name})]" for name in fields] + [
            "%[req.hdr_cnt(connection)]", "%[req.hdr_val(content-length)]", "%[req.hdr_names]", "%[req.fhdr(Connection)]", "%[req.hdr_cnt]"]
        ports = self.both(f"""
frontend fe
    mode http
    bind @
    http-request deny if {{ req.hdr_val(content-length) gt 5 }}
    http-request return status 200 hdr X-Seen {"|".join(parts)} hdr X-Own %[req.hdr(connection),length] if !{{ path /r }}
    default_backend echo
backend echo
    mode http
    http-response set-header X-Length %[res.hdr(content-length)]
    server s1 127.0.0.1:{self.echo.port}
""")
        self.same(ports, get("/r"), *(f"POST /{tail}" for tail in (
            " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: x, close\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\n\r\nabc",
            " HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\nConnection: close\r\n\r\nabcdef",
            " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
            " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nConnection: close, y\r\n\r\n0\r\n\r\n",
            " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nConnection: x\r\n\r\n",
            " HTTP/1.0\r\nConnection: a, b\r\n\r\n")))

    def test_violations_that_are_accepted(self):
        requests = [
            f"GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            for target in ("/a#b", "/a?b#c", "/\u00e4", "http://h/a#b", "http://g/x", "/a\u007f")]
        self.seen(*requests)
        self.seen(*requests, frontend="option accept-invalid-http-request")
        for normalizer in ("fragment-strip", "fragment-encode"):
            self.seen(
                get("/a#b?c"), get("/a"), get("/#"), extra_global="expose-experimental-directives",
                frontend=f"option accept-invalid-http-request\n    http-request normalize-uri {normalizer}")

    def test_a_tunnel_that_nobody_opens(self):
        """Who gets leave for a tunnel by a rule finds the connection closed; nothing behind it is a request."""
        proxy = self.proxy(self.origin(), frontend="http-request return status 200 if METH_CONNECT")
        with Client(proxy.port) as client:
            client.send("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(client.rest().count(b"HTTP/1.1 "), 1)

    def test_rules_of_answers_know_the_request_without_a_log(self):
        proxy = self.proxy(
            self.origin(), frontend="http-response set-header X-Line \"%[capture.req.method] %[capture.req.uri] %HU %[method]\"\n"
            "    http-after-response set-header X-Put yes if METH_PUT",
            backend="http-request deny if { path /no }")
        self.assertIn("x-line: GET /a?b /a?b GET", exchange(proxy.port, get("/a?b"))[1])
        put = exchange(proxy.port, get("/no").replace("GET", "PUT"))
        self.assertEqual((put[0][:12], put[1]), ("HTTP/1.1 403", ["x-put: yes"]))

    def test_a_client_that_ends_with_its_request(self):
        """`option abortonclose`: request and end come in one event, and nothing else will tell of the end."""
        gone = self.origin()
        gone.stop()
        lines = self.log_listener()
        proxy = self.proxy(
            gone, frontend=f"option httplog\n    log 127.0.0.1:{lines.port} local0", backend="option abortonclose")
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            # The worker has seen the connection, so that it hears of what follows by events.
            wait_for(lambda: "src=127.0.0.1" in proxy.ask("show sess") or "CurrConns: 1" in proxy.ask("show info"), 10, "it is there")
            os.kill(proxy.pid, signal.SIGSTOP)
            client.sendall(get("/c").encode())
        os.kill(proxy.pid, signal.SIGCONT)
        line = lines.wait_line(" CC-- ")
        self.assertIn("/-1/", line)
