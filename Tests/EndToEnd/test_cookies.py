"""Persistence, side by side: the same configuration in Dyad and in Debian's haproxy, cookies and log lines compared."""
import csv
import io
import json
import re

from support.differential import Differential
from support.messages import answer
from support.peers import Client
from test_rewriting import ask


class Cookies(Differential):
    carries_traffic = True

    def setUp(self):
        super().setUp()

        def named(name):
            def respond(request, connection):
                fields = [f"X-Seen: {request.field('cookie')}"]
                if request.target.startswith("/set"):
                    fields.append(f"Set-Cookie: SRV={name}x; path=/; Max-Age=9")
                    fields.append("Set-Cookie: other=1")
                if request.target.startswith("/tagged"):
                    fields.append('ETag: "x"')
                if request.target.startswith("/private"):
                    fields.append("Cache-Control: max-age=3, private")
                return answer(name, fields=fields)
            return respond
        self.one, self.two, self.three = (self.origin(respond=named(name)) for name in ("one", "two", "three"))
        self.down = self.origin()
        self.down.stop()

    def start(self, backend, servers=None, frontend=""):
        servers = servers if servers is not None else f"""
    server one 127.0.0.1:{self.one.port} cookie one
    server two 127.0.0.1:{self.two.port} cookie two
    server three 127.0.0.1:{self.three.port}
    server gone 127.0.0.1:{self.down.port} cookie gone disabled"""
        self.lines = self.log_listener()
        return self.both(f"""
frontend fe
    mode http
    bind @
    log 127.0.0.1:{self.lines.port} local0
    log-format "%tsc %b %s %ST %HU"
{frontend}
    default_backend app
backend app
    mode http
    balance roundrobin
    option redispatch 1
    retries 1
{backend}
{servers}
""")

    def ask(self, port, target="/", cookie=None, method="GET"):
        """The answer without what differs by itself, and its log line."""
        # HAProxy writes its lines when it likes: each has to be found.
        self.asked = getattr(self, "asked", 0) + 1
        mark = f"?{self.asked}!"
        lines = [f"{method} {target}{mark} HTTP/1.1", "Host: a", "Connection: close"]
        lines += [f"Cookie: {value}" for value in ([cookie] if isinstance(cookie, str) else cookie or [])]
        if method == "POST":
            lines.append("Content-Length: 0")
        with Client(port) as client:
            client.send("\r\n".join(lines) + "\r\n\r\n")
            reply = client.rest().decode()
        head, _, body = reply.partition("\r\n\r\n")
        status, *fields = head.split("\r\n")
        fields = sorted(name.lower() + ":" + value for name, _, value in (f.partition(":") for f in fields))
        line = self.lines.wait_line(mark).replace(mark, "")
        return status, fields, body, re.sub(r".*\]: ", "", line)

    def test_column_of_the_statistics(self):
        """Rows of servers name their value, the row of the backend the cookie; the mode has no column."""
        for line in ("cookie SRV", "cookie SRV rewrite", "cookie SRV prefix", "cookie SRV insert indirect nocache preserve", ""):
            with self.subTest(line):
                self.start(line)
                tables, objects = [], []
                for say in (self.daemon.ask, lambda command: ask(self.peer_socket, command)):
                    table = csv.DictReader(io.StringIO(say("show stat").removeprefix("# ")))
                    tables.append([(row["pxname"], row["svname"], row["cookie"]) for row in table])
                    objects.append([
                        (field["objType"], field["tags"], field["value"]) for row in json.loads(say("show stat json"))
                        for field in row if field["field"]["name"] == "cookie"])
                self.assertEqual(tables[0], tables[1])
                self.assertEqual(objects[0], objects[1])
                self.assertIn(("app", "BACKEND", "SRV" if line else ""), tables[0])

    def same(self, ports, *requests):
        for request in requests:
            with self.subTest(request=request):
                arguments = request if isinstance(request, tuple) else (request,)
                self.assertEqual(self.ask(ports.dyad, *arguments), self.ask(ports.haproxy, *arguments))

    REQUESTS = (
        "/", "/", "/", ("/", "SRV=one"), ("/", "SRV=two"), ("/", "a=1; SRV=two; b=2"), ("/", "SRV=two;b=2"),
        ("/", "a=1;SRV=two"), ("/", "SRV=gone"), ("/", "SRV=nobody"), ("/", "SRV="), ("/", "xSRV=two; srv=two"),
        ("/", ["a=1", "SRV=two", "b=2"]), ("/set",), ("/set", "SRV=one"), ("/private",), ("/tagged",), ("/", None, "POST"),
        ("/set", None, "POST"), ("/", "SRV=one~abc"), ("/", "b=1; SRV=two~x~y; c=2"), ("/", "SRV=gone~1"))

    def test_modes(self):
        for mode in ("insert", "insert indirect", "insert indirect nocache", "insert postonly indirect",
                     "insert preserve", "insert indirect httponly secure domain .a.org attr SameSite=Lax",
                     "", "indirect", "rewrite", "prefix", "prefix nocache"):
            with self.subTest(mode):
                self.same(self.start(f"    cookie SRV {mode}"), *self.REQUESTS)

    def test_dynamic(self):
        servers = f"""
    server one 127.0.0.1:{self.one.port}
    server two 127.0.0.1:{self.two.port}"""
        ports = self.start("    cookie SRV insert indirect dynamic\n    dynamic-cookie-key secret", servers)
        self.same(ports, "/", "/")
        answers = [self.ask(port) for _ in range(2) for port in ports]
        cookies = {field for answer in answers for field in answer[1] if field.startswith("set-cookie")}
        self.assertEqual(len(cookies), 2)
        for cookie in cookies:
            self.same(ports, ("/", cookie.split(" ")[1].rstrip(";")))

    def test_dates(self):
        ports = self.start("    cookie SRV insert indirect maxidle 1h maxlife 10h")

        def plain(answer):
            status, fields, body, line = answer
            return status, [re.sub(r"\|.....", "|DATE", field) for field in fields], body, line
        for cookie in (None, "SRV=one", "SRV=one|AAAAA", "SRV=one|AAAAA|AAAAA", "SRV=one|Zzzzz|Zzzzz", "SRV=two||",
                       "SRV=two|x"):
            with self.subTest(cookie):
                self.assertEqual(plain(self.ask(ports.dyad, "/", cookie)), plain(self.ask(ports.haproxy, "/", cookie)))
        fresh = ""
        while "|" not in fresh:  # One server in three has no cookie.
            answers = self.ask(ports.dyad), self.ask(ports.haproxy)
            self.assertEqual(*map(plain, answers))
            fresh = next(f for f in answers[0][1] if f.startswith("set-cookie")).split(" ")[1].rstrip(";")
        self.assertEqual(plain(self.ask(ports.dyad, "/", fresh)), plain(self.ask(ports.haproxy, "/", fresh)))
        last, first = fresh.split("|")[1:]
        for cookie in (f"SRV=one|{last}|AAAAB", f"SRV=one|AAAAB|{first}", f"SRV=one|{last}"):
            with self.subTest(cookie):
                self.assertEqual(plain(self.ask(ports.dyad, "/", cookie)), plain(self.ask(ports.haproxy, "/", cookie)))

    def test_conditions(self):
        ports = self.start("""    cookie SRV insert indirect
    force-persist if { path /force }
    ignore-persist if { path /ignore }
    use-server one if { path /use }""")
        self.same(ports, ("/ignore", "SRV=two"), ("/use", "SRV=two"), ("/use",), ("/x", "SRV=two"), ("/force", "SRV=two"))

    def test_servers_that_refuse(self):
        servers = f"""
    server one 127.0.0.1:{self.one.port} cookie one
    server gone 127.0.0.1:{self.down.port} cookie gone"""
        for option in ("", "    option persist"):
            with self.subTest(option):
                ports = self.start(f"    cookie SRV insert indirect\n{option}", servers)
                self.same(ports, ("/", "SRV=gone"), ("/", "SRV=one"))
