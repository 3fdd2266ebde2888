"""Stick tables, side by side: the same configuration in Dyad and in Debian's haproxy."""
import re
import socket

from lab import wait_for
from support.differential import Differential
from support.messages import Ended, answer
from support.peers import Client

STORE = ("gpc0,gpc0_rate(10s),conn_cnt,conn_cur,conn_rate(10s),sess_cnt,sess_rate(10s),http_req_cnt,"
         "http_req_rate(10s),http_err_cnt,http_err_rate(10s),http_fail_cnt,http_fail_rate(10s),bytes_in_cnt,"
         "bytes_in_rate(10s),bytes_out_cnt,bytes_out_rate(10s),gpt0,gpc1,gpc1_rate(10s)")


def ask(path, line):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(path)
        connection.sendall(line.encode() + b"\n")
        reply = b""
        while piece := connection.recv(65536):
            reply += piece
    return reply.decode()


def plain(reply):
    """Without addresses in memory, times, and bytes: HAProxy counts those of its own form of messages."""
    reply = re.sub(r"(bytes_\w+(\(\d+\))?)=\d+", r"\1=N", reply)
    return re.sub(r"0x[0-9a-f]+:", "0x:", re.sub(r"exp=[1-9]\d*", "exp=N", reply))


class StickTables(Differential):
    carries_traffic = True

    def setUp(self):
        super().setUp()

        def respond(request, connection):
            status = request.target.strip("/").split("?")[0]
            return answer("body", status=f"{status} X" if status.isdigit() else "200 OK")
        self.web = self.origin(respond=respond)
        self.other = self.origin(respond=respond)

    def start(self, frontend, more="", backend=""):
        return self.both(f"""
frontend fe
    mode http
    bind @
{frontend}
    default_backend app
backend app
    mode http
{backend}
    server s1 127.0.0.1:{self.web.port}
{more}
""")

    def fetch(self, port, target="/", fields=(), method="GET", body=b""):
        lines = [f"{method} {target} HTTP/1.1", "Host: a", "Connection: close", *fields]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        with Client(port) as client:
            client.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            head, _, body = client.rest().partition(b"\r\n\r\n")
        return head.split(b"\r\n")[0].decode(), body.decode()

    def same_requests(self, ports, *requests):
        for request in requests:
            with self.subTest(request=request):
                arguments = request if isinstance(request, tuple) else (request,)
                self.assertEqual(self.fetch(ports.dyad, *arguments), self.fetch(ports.haproxy, *arguments))

    def same_commands(self, *lines):
        for line in lines:
            with self.subTest(command=line):
                self.assertEqual(plain(self.daemon.ask(line)), plain(ask(self.peer_socket, line)))

    def test_everything_is_counted(self):
        ports = self.start(f"""
    stick-table type ip size 100 expire 30s store {STORE}
    http-request track-sc0 src
    http-request sc-inc-gpc0(0) if {{ path /gpc }}
    http-request sc-inc-gpc1(0) if {{ path /gpc }}
    http-request sc-set-gpt0(0) 7 if {{ path /gpc }}
    http-request deny if {{ path /no }}""")
        self.same_requests(ports, "/", "/gpc", "/no", "/404", "/500", "/501", ("/x", (), "POST", b"some bytes"))
        self.same_commands("show table fe", "show table")

    def test_sessions_are_counted(self):
        ports = self.start(f"""
    stick-table type ip size 100 expire 30s store {STORE}
    tcp-request connection track-sc1 src""")
        self.same_requests(ports, "/", "/404", "/500")
        with Client(ports.dyad) as one, Client(ports.haproxy) as two:
            for client in (one, two):
                for _ in range(3):
                    client.request("/keep")
            self.same_commands("show table fe data.conn_cur gt 0")
        for port in ports:
            with Client(port) as client:
                client.send("nonsense\r\n\r\n")
                client.rest()
        for path in (self.daemon.socket_path, self.peer_socket):
            wait_for(lambda: "conn_cur=0" in ask(path, "show table fe"), 5, "the connections are over")
        self.same_commands("show table fe")

    def test_a_key_of_another_type_is_in_no_other_table(self):
        ports = self.start("""
    http-request track-sc0 path table texts
    http-response set-header X-Count %[sc_inc_gpc0(0,numbers)]""", more="""
backend texts
    stick-table type string len 64 size 100 expire 30s store gpc0
backend numbers
    stick-table type integer size 1 expire 30s store gpc0""")
        for _ in range(2):
            self.assertEqual(self.fetch(ports.dyad, "/a-path-that-is-longer-than-a-number")[1], "body")

    def test_rate_limit_by_requests(self):
        ports = self.start("""
    stick-table type ip size 100k expire 30s store http_req_rate(10s)
    http-request track-sc0 src
    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 5 }""")
        replies = [[self.fetch(port) for _ in range(9)] for port in ports]
        self.assertEqual(*replies)
        self.assertEqual([status for status, _ in replies[0]].count("HTTP/1.1 429 Too Many Requests"), 4)

    def test_rate_limit_by_connections(self):
        ports = self.start("""
    stick-table type ip size 100k expire 30s store conn_cur,conn_rate(10s)
    tcp-request connection reject if { src_conn_rate ge 4 }
    tcp-request connection track-sc0 src
    tcp-request connection reject if { sc0_conn_cur gt 2 }""")
        for ask_one in (self.daemon.ask, lambda line: ask(self.peer_socket, line)):
            wait_for(lambda: "conn_cur=0" in ask_one("show table fe"), 10, "the first look at the port is over")
        for port in ports:
            with Client(port) as first, Client(port) as second:
                self.assertEqual(first.request("/a").status, 200)
                self.assertEqual(second.request("/a").status, 200)
                try:
                    with Client(port) as third:
                        third.send(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
                        self.assertEqual(third.rest(), b"")
                except OSError:
                    pass
            with self.assertRaises((OSError, Ended)):
                with Client(port) as fourth:
                    fourth.request("/a")

    def test_manuals_abuse_example(self):
        ports = self.start("""
    tcp-request content track-sc0 src table abuse
    acl abusing sc0_http_err_rate(abuse) gt 3
    acl mark sc0_inc_gpc0(abuse) gt 0
    acl marked src_get_gpc0(abuse) gt 0
    http-request deny deny_status 403 if abusing mark
    http-request deny deny_status 410 if marked
    http-request return status 200 content-type text/plain lf-string "%[src_clr_gpc0(abuse)] %[src_get_gpc0(abuse)]" if { path /clear }
""", more="backend abuse\n    stick-table type ip size 1k expire 1m store http_err_rate(10s),gpc0")
        self.same_requests(ports, "/", "/404", "/404", "/404", "/404", "/", "/", "/")
        self.same_commands("show table abuse")

    def test_fetches_and_converters(self):
        names = ("conn_cnt conn_cur conn_rate sess_cnt sess_rate http_req_cnt http_req_rate http_err_cnt http_err_rate "
                 "http_fail_cnt http_fail_rate kbytes_in kbytes_out gpc0_rate gpc1_rate "
                 "get_gpc0 get_gpc1 get_gpt0").split()
        tracked = " ".join(f"%[sc0_{n}]/%[sc_{n}(0)]/%[src_{n}]" for n in names)
        looked = " ".join(f"%[src,table_{n.removeprefix('get_')}(fe)]" for n in names)
        ports = self.start(f"""
    stick-table type ip size 100 expire 30s store {STORE}
    http-request track-sc0 src
    http-request sc-inc-gpc0(0) if {{ path /inc }}
    http-request sc-set-gpt0(0) int(3),add(4) if {{ path /inc }}
    http-request return status 200 content-type text/plain lf-string "{tracked} | {looked} | %[sc0_tracked] %[sc1_tracked] %[sc_tracked(2)] %[sc0_trackers] %[src,in_table(fe)] %[ipv4(9.9.9.9),in_table(fe)] %[ipv4(9.9.9.9),table_gpc0(fe)] %[table_cnt] %[table_avl(fe)] %[sc1_get_gpc0] %[sc0_inc_gpc0] %[sc0_clr_gpc0] %[src_inc_gpc1]" if {{ path /all }}""")
        self.same_requests(ports, "/", "/inc", "/404", "/500", "/all", "/all")

    def test_arrays(self):
        ports = self.start("""
    stick-table type string len 16 size 100 expire 30s store gpc(3),gpt(2),gpc_rate(3,10s)
    http-request track-sc2 req.hdr(x-key)
    http-request sc-inc-gpc(1,2)
    http-request sc-inc-gpc(2,2) if { path /two }
    http-request sc-set-gpt(1,2) 9
    http-request return status 200 content-type text/plain lf-string "%[sc_get_gpc(2,2)] %[sc_gpc_rate(1,2)] %[sc_get_gpt(1,2)] %[sc_get_gpt(0,2)] %[str(a),table_gpc(1,fe)] %[str(a),table_gpc_rate(2,fe)] %[sc_inc_gpc(0,2)] %[sc_clr_gpc(0,2)] %[sc_get_gpc(5,2)]\"""")
        for key in ("a", "b", "a", "0123456789abcdefgh"):
            self.same_requests(ports, ("/", (f"X-Key: {key}",)), ("/two", (f"X-Key: {key}",)))
        self.same_requests(ports, "/")
        self.same_commands("show table fe", "show table fe key a", "show table fe key none")

    def test_keys_of_all_types(self):
        ports = self.start("""
    http-request track-sc0 req.hdr(x-n) table ti
    http-request track-sc1 req.hdr(x-n) table tb
    http-request track-sc2 src table t6
    http-request return status 200 if TRUE""", more="""
backend ti
    stick-table type integer size 1k store http_req_cnt
backend tb
    stick-table type binary len 4 size 1k store http_req_cnt
backend t6
    stick-table type ipv6 size 1k store http_req_cnt
""")
        for key in ("12", "007", "abcdef", "-1"):
            self.same_requests(ports, ("/", (f"X-N: {key}",)))
        self.same_commands("show table ti", "show table tb", "show table t6")

    def test_commands(self):
        self.start("""
    stick-table type ip size 100 expire 30s store http_req_rate(10s),server_id,conn_rate(10s)""", more="""
backend st
    mode http
    stick-table type string len 32 size 1k store gpc(3),gpt(2),gpc_rate(2,10s)
backend ti
    mode http
    stick-table type integer size 1k expire 1m nopurge store gpc0
backend tb
    mode http
    stick-table type binary len 4 size 1k expire 1m store gpt0
backend t6
    mode http
    stick-table type ipv6 size 1k expire 1m
""")
        self.same_commands(
            "show table", "show table nope", "set table st key abc data.gpc1 3", "set table st key abc",
            "set table ti key 12 data.gpc0 4", "set table ti key xx data.gpc0 4", "set table tb key abcd data.gpt0 7",
            "set table t6 key ::1 data.gpc0 1", "set table t6 key ::1", "show table st", "show table ti", "show table t6",
            "set table ti key 13 data.gpc0 4 data.gpc0 9",
            "set table fe key 10.0.0.1 data.http_req_rate 5 data.server_id 3 data.conn_rate 7", "show table fe",
            "show table ti key 12", "show table ti key 99", "show table ti data.gpc0 gt 5", "show table ti data.gpc0 foo 5",
            "show table ti data.nope gt 5", "show table ti data.gpt0 gt 5", "show table ti bogus", "clear table ti key 99",
            "clear table ti data.gpc0 gt 5", "show table ti", "clear table ti", "show table ti", "clear table", "set table",
            "set table ti", "set table ti data.gpc0 5", "set table ti key 1 data.nope 4", "set table ti key 1 foo 4",
            "set table ti key 1 data.gpc0 xx", "set table ti key 1 data.gpc0", "show table ti key",
            "show table ti data.gpc0 gt", "show table ti data.gpc0 gt 1 data.gpc0 lt 9", "show table fe data.conn_rate eq 7",
            "clear table fe key 10.0.0.1", "show table fe", "clear table nope")

    def test_tables_survive_a_reload(self):
        ports = self.start("""
    stick-table type ip size 100 expire 30s store http_req_cnt
    http-request track-sc0 src""")
        self.fetch(ports.dyad)
        with open(self.daemon.file) as file:
            text = file.read()
        self.daemon.write(text + "\nbackend another\n")
        self.daemon.ask("reload")
        self.fetch(ports.dyad)
        self.assertIn("http_req_cnt=2", self.daemon.ask("show table fe"))
        self.daemon.write(text.replace("size 100", "size 101"))
        self.daemon.ask("reload")
        self.assertIn("size:101, used:0", self.daemon.ask("show table fe"))

    def test_stickiness(self):
        for rules in ("stick on req.hdr(x-key)", "stick match req.hdr(x-key)\n    stick store-request req.hdr(x-key)",
                      "stick match req.hdr(x-key)\n    stick store-response res.hdr(x-key)"):
            with self.subTest(rules):
                origins = []
                for name in ("one", "two", "three"):
                    origins.append(self.origin(respond=lambda request, connection, name=name: answer(
                        name, fields=(f"X-Key: {request.field('x-key')}",))))
                servers = "\n".join(f"    server s{n} 127.0.0.1:{o.port}" for n, o in enumerate(origins))
                ports = self.both(f"""
frontend fe
    mode http
    bind @
    default_backend app
backend app
    mode http
    stick-table type string size 1k expire 1m
    {rules}
{servers}
""")
                for port in ports:
                    taken = {key: self.fetch(port, "/", (f"X-Key: {key}",))[1] for key in "abcdef"}
                    self.assertEqual(len(set(taken.values())), 3)
                    for key, name in taken.items():
                        for _ in range(3):
                            self.assertEqual(self.fetch(port, "/", (f"X-Key: {key}",))[1], name)

    def test_sessions_stick_by_address(self):
        def named(name):
            def serve(connection):
                connection.sendall(name)
                connection.recv(100)
            return serve
        origins = [self.origin(raw=named(name)) for name in (b"one", b"two")]
        servers = "\n".join(f"    server s{n} 127.0.0.1:{o.port}" for n, o in enumerate(origins))
        ports = self.both(f"""
listen fe
    mode tcp
    bind @
    stick-table type ip size 1k expire 1m store conn_cnt
    stick on src
    tcp-request content track-sc0 src
{servers}
""")
        for port, path in ((ports.dyad, self.daemon.socket_path), (ports.haproxy, self.peer_socket)):
            taken = set()
            # The first of them meets the connection that looked whether somebody listens: two may have chosen at once.
            for number in range(6):
                with Client(port) as client:
                    name = client.connection.recv(10)
                if number > 0:
                    taken.add(name)
                wait_for(
                    lambda: re.search("use=0 .*server_id=", ask(path, "show table fe")), 5, "the server is kept")
            self.assertEqual(len(taken), 1)
        self.assertRegex(
            plain(self.daemon.ask("show table fe")),
            r"0x: key=127.0.0.1 use=0 exp=N server_id=[12] conn_cnt=[67] server_key=s[01]\n")
