"""The same configuration in Debian's haproxy and here, and the same events: log lines, rows of `show stat` and
states of servers are the same, up to times, ports and process numbers."""
import contextlib
import socket
import struct
import threading
import unittest

from support.peers import Client
from support.sides import HAPROXY, differences, play
from support.messages import answer
from support.scenario import Scenario

WWW = """
frontend www
    bind 127.0.0.1:$www
    default_backend app
backend app
    server s1 127.0.0.1:$s1
"""
# One request at a time: the second one waits.
QUEUE = WWW.replace("$s1", "$s1 maxconn 1")
TCP = WWW.replace("default_backend", "mode tcp\n    option tcplog\n    default_backend").replace(
    "backend app\n    server", "backend app\n    mode tcp\n    server")


def reset(connection):
    """Closes with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang(request, connection):
    """An origin that never answers."""
    connection.settimeout(10)
    try:
        connection.recv(1)
    except OSError:
        pass


def beginning(request, connection):
    """The beginning of an answer, and then nothing."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning")
    hang(request, connection)


def cut(request, connection):
    """The beginning of an answer, and then the end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning")


def no_head(request, connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-")


def quiet(client):
    """What the client still gets, whatever it is."""
    try:
        client.connection.settimeout(3)
        while client.connection.recv(65536):
            pass
    except OSError:
        pass


@unittest.skipUnless(HAPROXY, "needs haproxy to compare with")
class Events(Scenario):
    maxDiff = None

    def compare(self, script, sections, extra_global="", defaults="", ignore=()):
        theirs = play(HAPROXY, script, sections, extra_global, defaults)
        ours = play(None, script, sections, extra_global, defaults)
        found = differences(theirs, ours, ignore)
        self.assertFalse(found, "haproxy (-) and dyad (+) differ:\n" + "\n".join(found))

    def one_request(self, respond=None, sections=WWW, target="/", fields=(), **options):
        """One request to an origin that misbehaves."""
        def script(side):
            side.start(s1=side.origin(respond=respond).port)
            with side.client() as client:
                client.send(f"GET {target} HTTP/1.1\r\nHost: test\r\n{''.join(f + chr(13) + chr(10) for f in fields)}\r\n")
                quiet(client)
        self.compare(script, sections, **options)

    # MARK: Good

    def test_good_requests(self):
        def script(side):
            side.start(s1=side.origin().port)
            with side.client() as client:
                for number in range(3):
                    client.request(f"/{number}?a=b")
                client.request("/p", "POST", body=b"x" * 100)
                client.request("/head", "HEAD")
            with side.client() as client:
                client.request('/"quoted\\{|}', fields=["Connection: close"])
        self.compare(script, WWW)

    def test_a_status_of_each_class(self):
        def script(side):
            side.start(s1=side.origin(respond=lambda request, _: answer(
                b"" if request.target == "/304" else b"x", f"{request.target[1:]} Text")).port)
            for status in (200, 302, 404, 500, 503):
                with side.client() as client:
                    client.request(f"/{status}")
        self.compare(script, WWW)

    def test_bind_lines_have_rows(self):
        """`option socket-stats`, and only what a bind line brought counts in its row."""
        def script(side):
            side.start(s1=side.origin().port)
            for port, proxy, target in [
                    ("www", "www", "/"), ("www", "www", "/no"), ("second", "www", "/"), ("refusing", "www", None),
                    ("ill", "www", None), ("quiet", "quiet", "/"), ("tcp", "tcp", "/"), ("closed", "tcp", None)]:
                side.wait_stat(proxy, "FRONTEND", "scur", "0")
                if port == "refusing":
                    # The reset may come before `connect` returns.
                    with contextlib.suppress(ConnectionResetError), Client(side.port(port)) as client:
                        quiet(client)
                    continue
                with Client(side.port(port)) as client:
                    if target:
                        client.request(target)
                        continue
                    if port == "ill":
                        client.send("nonsense\r\n\r\n")
                    quiet(client)
            side.wait_stat("www", "FRONTEND", "scur", "0")
            side.wait_stat("tcp", "FRONTEND", "scur", "0")
            with Client(side.port("second")) as client:
                client.request("/")
                full = side.rows()["www", "second"]
                self.assertEqual((full["scur"], full["status"]), ("1", "FULL"))
            side.wait_stat("www", "second", "scur", "0")
            shown.append([
                [line.split(",")[:2] for line in side.ask(f"show stat {words}").splitlines()]
                for words in ("www 8 -1", "www -1 9", "www 8 3", "-1 9 77")])
        shown = []
        self.compare(script, """
frontend www
    option socket-stats
    bind 127.0.0.1:$www
    bind 127.0.0.1:$second name second id 9 maxconn 1
    bind 127.0.0.1:$refusing name refusing
    bind 127.0.0.1:$ill
    tcp-request connection reject if { dst_port $refusing }
    http-request deny if { path /no }
    default_backend app
frontend quiet
    bind 127.0.0.1:$quiet
    default_backend app
listen tcp
    mode tcp
    option socket-stats
    bind 127.0.0.1:$tcp name open
    bind 127.0.0.1:$closed name closed
    tcp-request content reject if { dst_port $closed }
    server s1 127.0.0.1:$s1
backend app
    server s1 127.0.0.1:$s1
""")
        self.assertEqual(*shown)

    # MARK: Servers that fail

    def test_server_refuses(self):
        def script(side):
            side.start(s1=side.refusing())
            with side.client() as client:
                client.request("/")
        self.compare(script, WWW)

    def test_server_does_not_take_connections(self):
        def script(side):
            side.start(s1=side.deaf())
            with side.client() as client:
                client.request("/")
        self.compare(script, WWW)

    def test_server_never_answers(self):
        self.one_request(hang)

    def test_server_closes_without_an_answer(self):
        self.one_request(lambda request, connection: None)

    def test_server_resets_without_an_answer(self):
        # HAProxy counts one reset as two errors.
        self.one_request(lambda request, connection: reset(connection), ignore=["eresp"])

    def test_server_closes_inside_a_head(self):
        self.one_request(no_head)

    def test_server_answers_nonsense(self):
        self.one_request(lambda request, connection: b"nonsense\r\n\r\n")

    def test_server_closes_inside_a_body(self):
        self.one_request(cut)

    def test_server_stops_inside_a_body(self):
        self.one_request(beginning)

    def test_no_server_is_up(self):
        def script(side):
            side.start(s1=side.origin().port)
            side.ask("disable server app/s1")
            with side.client() as client:
                client.request("/")
            # Lines of requests leave in batches: the next line of the service must not overtake this one.
            side.wait_log("<NOSRV>")
            side.ask("enable server app/s1")
            with side.client() as client:
                client.request("/")
        # A server without checks has no health; HAProxy shows it as 0 once it was in maintenance.
        self.compare(script, WWW, ignore=["srv_check_health"])

    # MARK: Clients that fail

    def test_client_sends_nothing(self):
        def script(side):
            side.start(s1=side.origin().port)
            with side.client() as client:
                quiet(client)
        self.compare(script, WWW)

    def test_client_leaves_at_once(self):
        def script(side):
            side.start(s1=side.origin().port)
            side.client().connection.close()
            side.wait_log("BADREQ")
        self.compare(script, WWW)

    def test_client_stops_inside_a_head(self):
        def script(side):
            side.start(s1=side.origin().port)
            with side.client() as client:
                client.send("GET / HTTP/1.1\r\nHo")
                quiet(client)
        self.compare(script, WWW)

    def test_client_leaves_inside_a_head(self):
        def script(side):
            side.start(s1=side.origin().port)
            with side.client() as client:
                client.send("GET / HTTP/1.1\r\nHo")
            side.wait_log("BADREQ")
        self.compare(script, WWW)

    def test_client_sends_nonsense(self):
        def script(side):
            side.start(s1=side.origin().port)
            with side.client() as client:
                client.send("nonsense\r\n\r\n")
                quiet(client)
        self.compare(script, WWW)

    def test_client_leaves_inside_a_body(self):
        def script(side):
            side.start(s1=side.origin().port)
            with side.client() as client:
                client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nbeginning")
                side.wait_stat("app", "s1", "scur", "1")
            side.wait_log("POST")
        self.compare(script, WWW)

    def test_client_leaves_while_the_server_thinks(self):
        def script(side):
            side.start(s1=side.origin(respond=hang).port)
            with side.client() as client:
                client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                side.wait_stat("app", "s1", "scur", "1")
            side.wait_log("GET")
        self.compare(script, WWW, defaults="option abortonclose")

    def test_client_leaves_while_connecting(self):
        def script(side):
            side.start(s1=side.deaf())
            with side.client() as client:
                client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                side.wait_stat("app", "BACKEND", "scur", "1")
            side.wait_log("GET")
        self.compare(script, WWW, defaults="option abortonclose")

    def test_client_leaves_inside_an_answer(self):
        def script(side):
            left = threading.Event()

            def respond(request, connection):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning")
                left.wait(10)
                # Haproxy notices a reset of an idle client only when it sends again.
                connection.sendall(b"more")
                hang(request, connection)
            side.start(s1=side.origin(respond=respond).port)
            with side.client() as client:
                client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                client.reader.until(b"beginning")
                reset(client.connection)
            left.set()
            side.wait_log("GET")
        self.compare(script, WWW)

    # MARK: Queues

    def queued(self, second, **options):
        """A request at the only place of a server, and a second one that waits."""
        def script(side):
            side.start(s1=side.origin(respond=lambda request, connection: (
                hang(request, connection) if request.target == "/first" else answer("x"))).port)
            with side.client() as first:
                first.send("GET /first HTTP/1.1\r\nHost: test\r\n\r\n")
                side.wait_stat("app", "s1", "scur", "1")
                second(side)
                quiet(first)
        self.compare(script, QUEUE, **options)

    def test_the_queue_times_out(self):
        def second(side):
            with side.client(waits=False) as client:
                client.request("/second")
        self.queued(second)

    def test_client_leaves_the_queue(self):
        def second(side):
            with side.client(waits=False) as client:
                client.send("GET /second HTTP/1.1\r\nHost: test\r\n\r\n")
                side.wait_stat("app", "BACKEND", "qcur", "1")
            side.wait_log("/second")
        self.queued(second, defaults="option abortonclose\n    timeout server 2s\n    timeout queue 2s")

    # MARK: Rules

    def test_rules_refuse_and_redirect(self):
        def script(side):
            side.start(s1=side.origin().port)
            for target in ("/denied", "/redirected", "/other", "/answered", "/answer-denied"):
                with side.client() as client:
                    client.request(target)
        self.compare(script, WWW.replace("default_backend", """http-request deny if { path /denied }
    http-request redirect location /new if { path /redirected }
    http-request return status 200 if { path /answered }
    http-request set-var(txn.path) path
    http-response deny if { var(txn.path) -m str /answer-denied }
    default_backend"""))

    # MARK: What lines say

    def test_captures_and_levels(self):
        def script(side):
            side.start(s1=side.origin(respond=lambda request, _: answer(
                "x", fields=["Content-Type: text/plain", "Set-Cookie: SID=new{|}; path=/"])).port)
            for target, fields in (
                    ("/1", ["User-Agent: a{|}\"b", "Cookie: x=1; SID=abcdefghijkl; y=2"]),
                    ("/2", ["User-Agent: one", "User-Agent: two"]), ("/3", []),
                    ("/silent", []), ("/err", []), ("/debug", ["X: y"])):
                with side.client() as client:
                    client.request(target, fields=fields)
            with side.client() as client:
                client.send("nonsense\r\n\r\n")
                quiet(client)
        self.compare(script, WWW.replace("default_backend", """capture request header User-Agent len 7
    capture request header X len 10
    capture response header Content-Type len 20
    capture cookie SID= len 10
    declare capture request len 4
    declare capture response len 5
    http-request capture path id 2
    http-request capture req.hdr(host) len 8
    http-response capture status id 1
    http-request set-log-level silent if { path /silent }
    http-request set-log-level err if { path /err }
    http-request set-log-level debug if { path /debug }
    default_backend"""))

    def formatted(self, *lines, level="", requests=(("/a/b?c=d", ["User-Agent: x y"]),)):
        def script(side):
            side.start(s1=side.origin(respond=lambda request, _: answer(
                "x", fields=["Content-Type: text/plain"])).port)
            for target, fields in requests:
                with side.client() as client:
                    client.request(target, fields=fields)
        self.compare(
            script, WWW.replace("default_backend", "\n    ".join([*lines, "default_backend"])))

    def test_fields_of_log_format(self):
        fields = "ci f ft b s r HM HP HPO HQ HU HV ST CC CS ts tsc ac fc bc sc rc sq bq hr hs hrl hsl lc fi H"
        self.formatted(
            "capture request header User-Agent len 20", "capture request header None len 20",
            "capture response header Content-Type len 20",
            "unique-id-format %{+X}o\\ %f:%fi",
            "unique-id-header X-ID",
            "log-format \"" + " ".join(f"{name}=<%{name}> <%{{+Q}}{name}>" for name in fields.split())
            + " <%ID> %{+X}fi\"",
            requests=[("/a/b?c=d", ["User-Agent: x y"]), ("/", []), ("http://test/p?q=r", []), ("/x", ["User-Agent: \"z\""])])

    def test_expressions_in_log_format(self):
        self.formatted(
            "capture request header User-Agent len 20",
            "http-request set-var(txn.a) path,upper", "http-request set-var(sess.b) src",
            "log-format \"%[var(txn.a)] %{+Q}[var(txn.a)] %[var(txn.none)] %{+Q}[var(txn.none)] "
            "%[var(sess.b)] %[src] %[capture.req.hdr(0)] %[capture.req.method] %[capture.req.uri] "
            "%[capture.req.ver] %[method] %[status] %[fe_name] %[be_name] %[srv_name] %[int(3),add(4)] "
            "%{+E}[str(a\\]b)] %[str(x),upper]|%[unique-id]|\"")

    def test_the_formats_of_options(self):
        for option in ("httplog clf", "httplog", "httpslog"):
            with self.subTest(option):
                self.formatted(f"option {option}")

    def test_normal_lines_left_out_and_errors_raised(self):
        def script(side):
            side.start(s1=side.origin(respond=lambda request, _: answer(
                "x", f"{request.target[1:]} Text")).port)
            for status in (200, 404, 500):
                with side.client() as client:
                    client.request(f"/{status}")
            with side.client() as client:
                client.send("nonsense\r\n\r\n")
                quiet(client)
            with side.client() as client:
                client.request("/denied")
        rules = WWW.replace("default_backend", "http-request deny if { path /denied }\n    default_backend")
        self.compare(script, rules, defaults="option dontlog-normal")
        self.compare(script, rules, defaults="option log-separate-errors")

    def test_formats_of_targets(self):
        def script(side):
            side.start(s1=side.origin().port, syslog=side.log.port)
            for target in ("/short", "/" + "long" * 40):
                with side.client() as client:
                    client.request(target)
            # A line from the process itself.
            side.wait_stat("app", "s1", "scur", "0")
            side.ask("disable server app/s1")
        targets = [f"log 127.0.0.1:$syslog format {name} local3 {levels}" for name, levels in (
            ("local", ""), ("rfc3164", "info"), ("rfc5424", "info notice"), ("short", "debug err"), ("raw", ""),
            ("timed", ""), ("iso", ""), ("priority", "warning"))]
        targets += ["log 127.0.0.1:$syslog format raw sample 2:2 local2"]
        for extra in ("", "log-send-hostname", "log-send-hostname lb1"):
            with self.subTest(extra):
                self.compare(
                    script, WWW.replace("default_backend", "\n    ".join(
                        ["no log", "log-tag tool", *targets, "default_backend"])),
                    extra_global=extra, ignore=["srv_check_health"])

    def test_lines_written_early(self):
        self.formatted("option logasap")

    # MARK: Health

    def checked(self, events, line="", defaults=""):
        """Two servers under checks; `events` gets the side and the first one's origin."""
        def script(side):
            first, second = side.origin("a"), side.origin("b")
            side.start(s1=first.port, s2=second.port)
            side.wait_stat("app", "s1", "check_status", "L7OK" if "httpchk" in line else "L4OK")
            events(side, first)
        self.compare(script, f"""
frontend www
    bind 127.0.0.1:$www
    default_backend app
backend app
    option log-health-checks
    {line}
    server s1 127.0.0.1:$s1 check inter 100ms fastinter 50ms downinter 50ms fall 2 rise 2
    server s2 127.0.0.1:$s2
""", defaults=defaults, ignore=["chkfail", "last_chk", "check_desc", "srv_check_health"])

    def test_server_dies_and_comes_back(self):
        def events(side, first):
            first.stop()
            side.wait_log("s1 is DOWN")
            with side.client() as client:
                client.request("/")
            first.start()
            side.wait_log("s1 is UP")
        self.checked(events)

    def test_server_says_that_it_is_ill(self):
        def events(side, first):
            first.respond = lambda request, _: answer("x", "500 Ill")
            side.wait_log("s1 is DOWN")
            first.respond = lambda request, _: answer("x")
            side.wait_log("s1 is UP")
        self.checked(events, "option httpchk GET /")

    def test_operator_takes_servers_out(self):
        def events(side, first):
            for command in ("set server app/s1 state drain", "set server app/s1 state maint",
                            "set server app/s1 state ready", "disable server app/s2",
                            "set server app/s1 health down", "set server app/s1 health up",
                            "enable server app/s2", "set server app/s1 weight 50%"):
                side.ask(command)
        self.checked(events)

    def test_the_last_server_dies(self):
        def script(side):
            origin = side.origin()
            side.start(s1=origin.port)
            side.wait_stat("app", "s1", "check_status", "L4OK")
            origin.stop()
            side.wait_log("has no server available")
            with side.client() as client:
                client.request("/")
        self.compare(
            script, WWW.replace("$s1", "$s1 check inter 50ms fall 2"), ignore=["chkfail", "last_chk"])

    def test_streams_end_with_their_server(self):
        def script(side):
            origin = side.origin(respond=hang)
            side.start(s1=origin.port)
            with side.client() as client:
                client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                side.wait_stat("app", "s1", "scur", "1")
                side.ask("disable server app/s1")
                quiet(client)
            side.wait_log("GET /")
        self.compare(script, WWW.replace("$s1", "$s1 on-marked-down shutdown-sessions"), ignore=["srv_check_health"],
                     defaults="timeout server 5s")

    def test_operator_ends_streams(self):
        def script(side):
            side.start(s1=side.origin(respond=hang).port)
            with side.client() as client:
                client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n")
                side.wait_stat("app", "s1", "scur", "1")
                side.ask("shutdown sessions server app/s1")
                quiet(client)
            side.wait_log("GET /")
        self.compare(script, WWW, defaults="timeout server 5s")

    # MARK: TCP

    def tcp(self, script, raw=None, **options):
        def whole(side):
            side.start(s1=side.origin(raw=raw or echo).port)
            with side.client() as client:
                script(side, client)
                quiet(client)
        self.compare(whole, TCP, **options)

    def test_tcp_session(self):
        def script(side, client):
            client.send(b"hello")
            client.reader.exactly(5)
            client.finish_sending()
        self.tcp(script)

    def test_tcp_both_are_silent(self):
        for timeout in ("600ms", "300ms", "2s"):
            with self.subTest(timeout):
                self.tcp(lambda side, client: None, defaults=f"timeout server {timeout}")

    def test_tcp_server_ends(self):
        self.tcp(lambda side, client: None, raw=lambda connection: connection.sendall(b"bye"))

    def test_tcp_server_resets(self):
        self.tcp(lambda side, client: client.send(b"x"), raw=lambda connection: (
            connection.recv(1), reset(connection)))

    def test_tcp_client_resets(self):
        def script(side, client):
            client.send(b"hello")
            client.reader.exactly(5)
            reset(client.connection)
            side.wait_log(" app/s1 ")
        self.tcp(script)

    def test_tcp_server_refuses(self):
        def script(side):
            side.start(s1=side.refusing())
            with side.client() as client:
                quiet(client)
        self.compare(script, TCP)


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)
