"""The same events beside Debian's haproxy (`support/events.py`): clients and servers that behave, and that do not; queues."""
import contextlib
import threading

from support.events import QUEUE, WWW, Events, beginning, cut, hang, no_head, quiet, reset
from support.messages import answer
from support.peers import Client


class Streams(Events):
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
