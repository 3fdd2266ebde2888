"""Rules, side by side: the same configuration in Dyad and in Debian's haproxy, the same requests, equal answers."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile

from lab import wait_for
from support.daemon import answers
from support.messages import answer
from support.peers import Client
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

    def test_rules_of_a_backend_come_before_its_waiting(self):
        proxy = self.proxy(
            self.first, backend="option http-buffer-request\n    tcp-request content reject if { path /no }")
        for target, expected in (("/yes", b" 200 "), ("/no", b"")):
            with Client(proxy.port) as client:
                client.send(f"POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\n")
                wait_for(lambda: "app" in proxy.ask("show sess") or target == "/no", 5, "it waits for the body")
                with contextlib.suppress(OSError):
                    client.send("body")
                self.assertIn(expected, client.rest()[:20])

    def test_bodies_of_answers(self):
        self.same(
            """
    http-response wait-for-body time 1s
    http-response set-header X-Length %[res.body_len]
    default_backend app""", get("/a"), post("/b"))

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

    def test_users(self):
        """`auth`: who comes in, who is asked, and what the refusal looks like."""
        alice, bob, wrong = ("YWxpY2U6c2VjcmV0", "Ym9iOmJvYnM=", "YWxpY2U6bm8=")
        fields = ("", *(f"Authorization: {value}\r\n" for value in (
            f"Basic {alice}", f"Basic {bob}", f"Basic {wrong}", f"basic {alice}", "Basic", "Basic !!!!",
            f"Bearer {alice}", f"Basic  {alice}")))
        self.same(
            """
    http-request set-header X-User %[http_auth_user]|%[http_auth_type]|%[http_auth_bearer]
    http-request auth realm "the staff" if { path /staff } !{ http_auth(people) }
    http-request auth if { path /any } !{ http_auth(people) }
    http-request deny if { path /admin } !{ http_auth_group(people) admin }
    http-request set-header X-Group %[http_auth_group(people)] if { http_auth(people) }
    default_backend app
userlist people
    group admin users alice
    group other
    user alice insecure-password secret
    user bob password $1$abcdefgh$irWbblnpmw.5z7wgBnprh0 groups other""",
            *(get(target, field) for target in ("/staff", "/any", "/admin", "/open") for field in fields))

    def test_error_pages(self):
        """Every way to put something in the place of a page, asked for in every way."""
        page = "HTTP/1.1 {0} Own\r\nContent-Type: text/plain\r\nX-Page: {1}\r\nContent-Length: 4\r\n\r\n{0}\n"
        files = {f"{status}-{name}": page.format(status, name) for status in (403, 404, 503) for name in "ab"}
        self.same(
            """
    errorfile 403 @/403-a
    errorfiles pages 404
    errorloc 429 /too-many
    errorloc303 410 http://gone.org/
    http-error status 405 content-type text/plain string "not this way" hdr X-Way this
    http-error status 500 content-type text/plain lf-string "broken at %[path]" hdr X-At %[path]
    http-request deny deny_status 403 if { path /403 }
    http-request deny deny_status 404 if { path /404 }
    http-request deny deny_status 429 if { path /429 }
    http-request deny deny_status 410 if { path /410 }
    http-request deny deny_status 405 if { path /405 }
    http-request deny deny_status 500 if { path /500 }
    http-request deny deny_status 400 if { path /400 }
    http-request deny deny_status 403 errorfile @/403-b if { path /file }
    http-request deny deny_status 503 errorfiles pages if { path /section }
    http-request deny deny_status 502 errorfiles pages if { path /absent }
    http-request deny deny_status 403 default-errorfiles if { path /default }
    http-request return status 404 errorfile @/404-a if { path /return }
    http-request return status 403 default-errorfiles if { path /return-default }
    http-request return status 503 errorfiles pages if { path /return-section }
    http-request return status 200 hdr X-Empty "%[req.hdr(none)]" hdr X-Full 1 if { path /fields }
    use_backend nowhere if { path /nowhere }
    default_backend app
http-errors pages
    errorfile 404 @/404-b
    errorfile 503 @/503-b
backend nowhere
    errorfile 503 @/503-a""",
            *(get(target, method=method) for method in ("GET", "HEAD") for target in (
                "/403", "/404", "/429", "/410", "/405", "/500", "/400", "/file", "/section", "/absent", "/default",
                "/return", "/return-default", "/return-section", "/fields", "/nowhere", "/ok")), files=files)

    def test_conditions(self):
        """ACLs of every method against many targets and fields."""
        self.same(
            """
    acl beg path_beg /a /b
    acl end path_end -i .CSS
    acl sub path_sub needle
    acl reg path_reg ^/[0-9]+$
    acl dir path_dir mid
    acl dom hdr_dom(host) -i org
    acl len path_len gt 10
    acl len path -m len 3
    acl many hdr_cnt(x-n) ge 2
    acl number hdr_val(x-n) 5:7
    acl address hdr_ip(x-ip) 10.0.0.0/8 2001:db8::/32
    acl found req.hdr(x-f) -m found
    acl cookie cook(a) -m str one two
    acl method method PUT DELETE
    acl query urlp(q) -i YES
    acl file path -f @/paths
    http-request set-header X-1 "beg" if beg
    http-request set-header X-2 "end" if end
    http-request set-header X-3 "sub" if sub or reg
    http-request set-header X-4 "dir" if dir !dom
    http-request set-header X-5 "len" if len
    http-request set-header X-6 "many" if many number
    http-request set-header X-7 "address" if address || found
    http-request set-header X-8 "cookie" unless cookie
    http-request set-header X-9 "method" if method { path_beg / }
    http-request set-header X-10 "query" if query !{ path /x } or file
    default_backend app""",
            *(get(target, field, host=host) for target in (
                "/", "/a1", "/b.css", "/x.CSS", "/needle", "/42", "/42x", "/v/mid/w", "/abc", "/ab", "/a-long-path-it-is",
                "/?q=yes", "/x?q=yes", "/listed") for field, host in (
                    ("", "h.org"), ("X-N: 5\r\nX-N: 6\r\nCookie: a=one\r\n", "h.com"),
                    ("X-N: 9, 1\r\nX-IP: 10.2.3.4\r\nCookie: b=1; a=two\r\n", "ORG.h"),
                    ("X-IP: 2001:db8::1\r\nX-F:\r\nX-N: 7,8\r\n", "h.org:80"), ("X-IP: 11.1.1.1\r\nX-F: v\r\n", "h"))),
            get("/m", method="PUT"), get("/m", method="DELETE"), post("/m"),
            files={"paths": "# comment\n/listed\n\n/other\n"})

    def test_variables_with_conditions(self):
        self.same(
            """
    http-request set-var(txn.a) int(5)
    http-request set-var(txn.a,ifnotset) int(6)
    http-request set-var(txn.b,ifnotset) int(7)
    http-request set-var(txn.a,ifset) int(8)
    http-request set-var(txn.c,ifset) int(9)
    http-request set-var(txn.d,ifnotempty) req.hdr(x-d)
    http-request set-var(txn.e) str(old)
    http-request set-var(txn.e,ifempty) str(new)
    http-request set-var(txn.f) int(10)
    http-request set-var(txn.f,ifgt) int(3)
    http-request set-var(txn.f,iflt) int(2)
    http-request set-header X-V %[var(txn.a)]|%[var(txn.b)]|%[var(txn.c)]|%[var(txn.d)]|%[var(txn.e)]|%[var(txn.f)]
    default_backend app""", get("/"), get("/", "X-D: d\r\n"), get("/", "X-D:\r\n"))

    def test_bodies(self):
        """Rules that read bodies, wherever those are cut, and the hashes over targets."""
        self.same(
            """
    option http-buffer-request
    http-request set-header X-Body %[req.body]|%[req.body_len]|%[req.body_size]
    http-request set-header X-Parameter %[req.body_param(user)]|%[req.body_param(none)]
    http-request set-header X-Hash %[base32]|%[url32]|%[baseq]
    http-request deny if { req.body -m sub evil }
    default_backend app""",
            post("/x?y=1", "user=me&x=1"), post("/", "a=1&user=%41"), post("/", "evil"), get("/a/b?c=d", host="H.org"),
            get("/"))
