"""Rules, side by side: the same configuration in Dyad and in Debian's haproxy, the same requests, equal answers."""
import os
import re
import shutil
import socket
import subprocess
import tempfile

from lab import wait_for
from support.daemon import answers
from support.messages import answer
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario

PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"


def get(target="/", fields="", host="h.org", version="1.1", method="GET"):
    return f"{method} {target} HTTP/{version}\r\nHost: {host}\r\n{fields}\r\n"


def post(target="/", body="abc"):
    return f"POST {target} HTTP/1.1\r\nHost: h.org\r\nContent-Length: {len(body)}\r\n\r\n{body}"


def exchange(port, request):
    """What comes back, the letter case of names and the order of fields left out."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(5)
        connection.sendall(request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1).encode())
        while True:
            try:
                data = connection.recv(65536)
            except ConnectionResetError:
                break
            if not data:
                break
            received += data
    head, _, body = received.decode("latin-1").partition("\r\n\r\n")
    lines = head.split("\r\n")
    fields = sorted(
        name.lower() + ":" + value for name, _, value in (line.partition(":") for line in lines[1:])
        if name.lower() != "date")
    return lines[0], fields, body


class Rules(Scenario):
    carries_traffic = True

    def setUp(self):
        self.haproxy = shutil.which("haproxy", path=PATH)
        if self.haproxy is None:
            self.skipTest("no haproxy; scripts/setup installs it")

        def echo(request, connection):
            lines = [f"{request.method} {request.target}"]
            lines += sorted(f"{name.lower()}: {value}" for name, value in request.fields
                            if name.lower() != "connection")
            return answer("\n".join(lines), fields=("Server: echo", "X-Multi: a, b", "X-Multi: c"))
        self.first = self.origin(respond=echo, name="first")
        self.second = self.origin(respond=echo, name="second")

    def same(self, frontend, *requests, app="", files=None):
        """Checks that both programs answer each request alike."""
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory)
        for name, content in (files or {}).items():
            with open(os.path.join(directory, name), "w") as file:
                file.write(content)
        ports = free_port(), free_port()

        def text(port):
            return (f"{DEFAULTS}\nfrontend fe\n    bind 127.0.0.1:{port}\n{frontend}\n"
                    f"backend app\n{app}\n    server s1 127.0.0.1:{self.first.port}\n"
                    f"backend other\n    server s2 127.0.0.1:{self.second.port}\n").replace("@", directory)
        path = os.path.join(directory, "haproxy.cfg")
        with open(path, "w") as file:
            file.write(text(ports[0]))
        peer = subprocess.Popen(
            [self.haproxy, "-db", "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def stop():
            peer.kill()
            peer.wait()
        self.addCleanup(stop)
        self.dyad("global\n    stats socket {socket} level admin\n" + text(ports[1]), waits=True)
        wait_for(lambda: answers(ports[0]) and answers(ports[1]), 20, "both listen")
        for request in requests:
            with self.subTest(request=request):
                self.assertEqual(exchange(ports[1], request), exchange(ports[0], request))

    def test_tutorial(self):
        self.same(
            """
    http-request replace-value Host (.*):8080 \\1:8443
    http-request redirect scheme https if !{ ssl_fc }
    default_backend app""", get("/a?b", host="h.org:8080"), get("/a?b"), post("/x"), get(version="1.0"))

    def test_routes(self):
        self.same(
            """
    acl static path_end .css .js
    acl api path_beg /api
    use_backend other if static or api !{ hdr(x-no) -m found }
    use_backend %[req.hdr(x-be)] if { req.hdr(x-be) -m found }
    use_backend other if { path,map_beg(@/paths.map,none) other }
    use_backend app unless { path /none }""",
            get("/a.css"), get("/api/x"), get("/api/x", "X-No: 1\r\n"), get("/q", "X-Be: other\r\n"),
            get("/q", "X-Be: nothing\r\n"), get("/none"), get("/m/x"), get("/m/other/x"),
            files={"paths.map": "/m/ app\n/m/other other\n"})

    def test_fields(self):
        self.same(
            """
    http-request set-header X-A "a b %[src] %[req.hdr(host),upper]"
    http-request add-header X-B 1
    http-request del-header X-Del
    http-request del-header ^x-p -m reg
    http-request replace-header X-R ^(.*)-(.*)$ "\\2-\\1"
    http-request replace-value X-V ^b(.*)$ "Z\\1"
    http-request set-header X-N %[req.hdr(none)]
    http-response set-header X-Res "r %[res.hdr(server)] %[status]"
    http-response del-header Server
    http-response replace-value X-Multi b BB
    http-response set-status 299 reason "All good" if { res.hdr(x-multi) -m found }
    http-after-response set-header X-After %[status]
    default_backend app""",
            get("/Ab", "X-Del: 1\r\nX-del: 2\r\nX-P1: 1\r\nX-Q: 1\r\nX-R: one-two\r\nX-R: three\r\n"
                "X-V: a, bcd,b , e\r\nX-B: 0\r\n"), post(), get("/none"))

    def test_targets(self):
        self.same(
            """
    http-request set-path /new%[path] if { path_beg /a }
    http-request set-query x=1 if { path_beg /q }
    http-request set-pathq /pq?z if { path_beg /p }
    http-request set-uri /uri if { path_beg /u }
    http-request replace-path ^/r/(.*)$ /\\1/r
    http-request replace-pathq ^/s/(.*)$ /\\1/s
    http-request replace-uri ^/t/(.*)$ /\\1/t
    http-request set-method PUT if { path_beg /m }
    http-request set-header X-Path %[path]|%[query]|%[url]|%[method]
    default_backend app""",
            *(get(target) for target in (
                "/a/b?c", "/q?old", "/q", "/p/1?2", "/u?x", "/r/a/b?q", "/s/a?q", "/t/a?q", "/m", "/", "/a")))

    def test_answers(self):
        targets = ("/ret", "/lf/x", "/empty", "/p503", "/deny", "/429", "/400", "/418", "/r1", "/r2", "/r3/a?b",
                   "/r4/a?b", "/r4", "/r5/q?w", "/r6", "/r7", "/r8", "/r9/x?y", "/rej", "/ok", "/ok2", "/late")
        self.same(
            """
    http-request return status 200 content-type text/plain string "hello" hdr X-A "%[path]" if { path /ret }
    http-request return status 404 content-type text/plain lf-string "no %[path] %[src]" if { path_beg /lf }
    http-request return if { path /empty }
    http-request return status 503 default-errorfiles if { path /p503 }
    http-request deny if { path /deny }
    http-request deny deny_status 429 if { path /429 }
    http-request deny deny_status 400 hdr X-Why because if { path /400 }
    http-request deny status 418 content-type text/html string "<p>" if { path /418 }
    http-request redirect location /loc if { path /r1 }
    http-request redirect location http://o%[path] code 301 if { path /r2 }
    http-request redirect prefix /pre if { path_beg /r3 }
    http-request redirect prefix /pre drop-query append-slash code 308 if { path_beg /r4 }
    http-request redirect scheme https code 307 if { path_beg /r5 }
    http-request redirect location /c set-cookie A=1 if { path /r6 }
    http-request redirect location /c clear-cookie A= if { path /r7 }
    http-request redirect location %[req.hdr(x-none)] ignore-empty if { path /r8 }
    http-request redirect prefix / if { path_beg /r9 }
    http-request reject if { path /rej }
    http-request allow if { path_beg /ok }
    http-request deny if { path_beg /ok2 }
    redirect location /late if { path_beg /late }
    http-after-response set-header X-After %[status] if { status 200:399 }
    default_backend app""",
            *(get(target) for target in targets), get("/ret", method="HEAD"), get("/ret", version="1.0"),
            post("/ret"), post("/deny"))

    def test_variables_and_responses(self):
        self.same(
            """
    http-request set-var(txn.p) path,lower
    http-request set-var(req.n) int(5)
    http-request set-var-fmt(txn.f) "%[path]-%[src]"
    http-request set-header X-N %[var(req.n),add(req.n)]
    http-request unset-var(req.n)
    http-request set-header X-M %[var(req.n)]
    http-request set-var(txn.r) bool(true) if { path /ret }
    http-request set-var(txn.d) bool(true) if { path /deny }
    http-response deny deny_status 403 if { var(txn.d) -m bool }
    http-response return status 200 content-type text/plain string swapped if { var(txn.r) -m bool }
    http-response set-header X-P %[var(txn.p)]
    http-response set-header X-F %[var(txn.f)]
    default_backend app""", get("/ABC"), get("/ret"), get("/deny"), post("/ret"))

    def test_backend_rules(self):
        self.same(
            "    default_backend app", get("/"), get("/no"), get("/two"), get("/"),
            app=f"""    http-request set-header X-Be %[be_name]
    http-request deny if {{ path /no }}
    http-response set-header X-Rb 1
    use-server s0 if {{ path /two }}
    server s0 127.0.0.1:{self.second.port} weight 0""")
