"""Server connections that only one client uses, and staying on their servers, beside Debian's haproxy."""
import threading
import unittest

from support.daemon import binary
from support.messages import answer
from support.peers import Client
from support.scenario import Scenario
from support.sides import HAPROXY, Side

SERVERS = "    server a 127.0.0.1:$a\n    server b 127.0.0.1:$b\n"


@unittest.skipUnless(HAPROXY, "needs haproxy to compare with")
class OwnServers(Scenario):
    def compare(self, script, backend, frontend=""):
        """What a script returns is the same with both programs; the latter's own result."""
        results = []
        for program in [HAPROXY, binary()]:
            side = Side(
                program, f"frontend www\n    bind 127.0.0.1:$www\n{frontend}    default_backend app\n"
                f"backend app\n{backend}{SERVERS}")
            try:
                origins = side.origin("a"), side.origin("b")
                side.start(a=origins[0].port, b=origins[1].port)
                results.append((
                    script(side, *origins), [origin.connections for origin in origins],
                    [{name: side.rows()["app", server][name] for name in ("stot", "lbtot", "hrsp_2xx")}
                     for server in "ab"]))
            finally:
                side.close()
        self.assertEqual(*results)
        return results[1]

    @staticmethod
    def several(side, *_):
        with side.client() as client:
            return [client.request().text[:1] for _ in range(6)]

    def test_prefer_last_server(self):
        for reuse in "never", "safe":
            for option in "", "    option prefer-last-server\n", "    balance source\n    option prefer-last-server\n":
                with self.subTest(reuse + option):
                    self.compare(self.several, f"    http-reuse {reuse}\n{option}")

    def test_server_that_left_is_not_preferred(self):
        def script(side, *_):
            with side.client() as client:
                first = client.request().text[:1]
                side.ask(f"set server app/{first} state maint")
                return first, [client.request().text[:1] for _ in range(2)]
        self.compare(script, "    http-reuse never\n    option prefer-last-server\n")

    def test_server_that_moved_is_reached_where_it_is(self):
        """HAProxy 2.6 goes on over the old connection; later versions do not."""
        for backend, status in ("http-reuse never\n    option prefer-last-server", "200 OK"), ("http-reuse always", "401 No"):
            with self.subTest(backend):
                old, new = (self.origin(respond=lambda request, _, text=text: answer(
                    text, status if request.target == "/login" else "200 OK", ["WWW-Authenticate: NTLM"]))
                    for text in ("old", "new"))
                proxy = self.proxy(old, backend=backend)
                with Client(proxy.port) as client:
                    client.request("/login")
                    self.assertEqual(client.request().text, "old")
                    proxy.ask(f"set server app/{old.name}1 addr 127.0.0.1 port {new.port}")
                    self.assertEqual(client.request().text, "new")

    def test_number_of_own_connections(self):
        def script(side, *_):
            with side.client() as client:
                return [client.request("/" + name).text[:1] for name in "abababab"]
        chosen = "".join(f"    use-server {name} if {{ path /{name} }}\n" for name in "ab")
        for count in ["-1", "0", "1", "2", None]:
            with self.subTest(count):
                self.compare(script, "    http-reuse never\n" + chosen,
                             f"    max-session-srv-conns {count}\n" if count else "")

    def test_full_server_is_left(self):
        """One request keeps the server busy; `max-keep-alive-queue` says whether the next one waits for it."""
        def script(side, a, b):
            arrived, opened = threading.Event(), threading.Event()

            def slowly(request, connection):
                if request.target == "/slow":
                    arrived.set()
                    opened.wait(5)
                return answer("a")
            a.respond = slowly
            with side.client() as client:
                first = client.request("/first").text[:1]
                # The other server's turn, and then the first one's again.
                with side.client(waits=False) as other:
                    other.request("/other")
                with side.client(waits=False) as busy:
                    busy.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n")
                    arrived.wait(5)
                    client.send("GET /next HTTP/1.1\r\nHost: test\r\n\r\n")
                    if limit:
                        side.wait_stat("app", "a", "qcur", "1")
                        opened.set()
                    next_one = client.response().text[:1]
                    opened.set()
                    busy.response()
            return first, next_one
        for limit in 0, 1:
            with self.subTest(limit):
                self.compare(
                    script, "    http-reuse never\n    option prefer-last-server\n    timeout queue 5s\n"
                    f"    timeout server 5s\n    max-keep-alive-queue {limit}\n    default-server maxconn 1\n")

    def test_authenticated_connections_are_not_shared(self):
        """NTLM and Negotiate authenticate a connection: nobody else gets it, and the client stays there."""
        for status, field in [("401 No", "WWW-Authenticate: NTLM"), ("407 No", "Proxy-Authenticate: negotiate x"),
                              ("401 No", "WWW-Authenticate: Basic realm=x, Nego2"), ("401 No", "WWW-Authenticate: Basic")]:
            def script(side, *origins):
                for origin in origins:
                    origin.respond = lambda request, connection: answer(
                        str(connection.fileno()), status if request.target == "/login" else "200 OK",
                        [field] if request.target == "/login" else [])
                with side.client() as first, side.client(waits=False) as second:
                    first.request("/warm")
                    for _ in range(2):
                        second.request("/warm")
                    first.request("/login")
                    mine = {first.request("/mine").text for _ in range(4)}
                    others = {second.request("/others").text for _ in range(4)}
                    return len(mine), len(mine & others) > 0
            with self.subTest(field):
                self.compare(script, "    http-reuse always\n")
