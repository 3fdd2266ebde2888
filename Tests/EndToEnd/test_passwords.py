"""Passwords that take long to hash: right ones are remembered, and those who try many slow nobody else."""
import base64
import contextlib
import time

from lab import wait_for

from support.peers import Client
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario

# `secret` with 20,000 rounds of SHA-512: some 10 ms.
SLOW = "$6$rounds=20000$abcdefgh$y0G/BDQHO.jY7VjD9./AAFQmNb1Ovdf17iiMzLKbvrzipJpL63kWQVUpkzEScr8D.45iKzhY./gHQ79P3Xexr."
CONFIGURATION = """
global
    stats socket {socket} level admin
    nbthread 1
%(defaults)s
userlist people
    group writers
    user ann password %(hash)s groups writers
    user bob insecure-password other
userlist others
    user ann password %(other_hash)s
userlist more
    user ann password %(third_hash)s
backend counts
    stick-table type string size 1000 expire 1m store gpc0
frontend www
    bind 127.0.0.1:%(port)d
    http-request track-sc0 hdr(x-key) table counts
    http-request deny if { path /three } !{ http_auth(people) } !{ http_auth(others) } !{ http_auth(more) }
    http-request return status 204 if { path /open }
    http-request set-var(txn.seen) str(x) if { path /count } { sc_inc_gpc0(0) gt 0 } { http_auth(people) } { sc_inc_gpc0(0) gt 0 }
    http-request return status 200 hdr X-Count %%[sc_get_gpc0(0)] if { path /count }
    http-request set-var(txn.times) int(1) if !{ var(txn.times) -m found }
    http-request auth unless { http_auth(people) }
    http-request deny unless { http_auth_group(people) writers } || { http_auth(people) } { path /any }
    http-request return status 200 hdr X-Times %%[var(txn.times)]
"""


def request(path, user, password):
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"GET {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Basic {token}\r\n\r\n"


class PasswordScenario(Scenario):
    carries_traffic = True

    def setUp(self):
        self.port = free_port()
        text = CONFIGURATION % {
            "defaults": DEFAULTS, "port": self.port, "hash": SLOW,
            "other_hash": SLOW.replace("abcdefgh", "hgfedcba"), "third_hash": SLOW.replace("abcdefgh", "another1")}
        self.daemon = self.dyad(text, waits=True)

    def clients(self, count):
        clients = []
        for _ in range(count):
            client = Client(self.port)
            self.addCleanup(client.connection.close)
            clients.append(client)
        return clients


class Passwords(PasswordScenario):
    def test_one_condition_asks_for_three(self):
        """A wrong password is hashed once for each list, in turns, and not for ever."""
        clients = self.clients(8)
        for number, client in enumerate(clients):
            client.send(request("/three", "ann", f"wrong{number}"))
        for client in clients:
            self.assertEqual(client.response().status, 403)
        with Client(self.port) as client:
            client.send(request("/three", "ann", "secret"))
            self.assertEqual(client.response().status, 200)

    def test_answers_are_right(self):
        with Client(self.port) as client:
            for path, user, password, status in (
                    ("/", "ann", "secret", 200), ("/", "ann", "secret", 200), ("/", "ann", "wrong", 401),
                    ("/", "ann", "secret", 200), ("/", "bob", "other", 403), ("/any", "bob", "other", 200),
                    ("/", "nobody", "secret", 401), ("/", "ann", "", 401), ("/", "ann", "x" * 600, 401)):
                with self.subTest(path=path, user=user, password=password):
                    client.send(request(path, user, password))
                    self.assertEqual(client.response().status, status)

    def test_many_at_once(self):
        """They wait for their turns, and each gets its own answer; rules before the password have run once."""
        clients = self.clients(60)
        for number, client in enumerate(clients):
            client.send(request("/", "ann", "secret" if number % 3 == 0 else f"wrong{number}"))
        for number, client in enumerate(clients):
            response = client.response()
            self.assertEqual(response.status, 200 if number % 3 == 0 else 401)
            if number % 3 == 0:
                self.assertEqual(response.field("x-times"), "1")

    def test_conditions_that_wait_count_once(self):
        """What stands before the password in a condition has run when the condition goes on; what stands behind has not."""
        clients = self.clients(40)
        for number, client in enumerate(clients):
            fits = number % 2 == 0
            client.send(request("/count", "ann", "secret" if fits else f"wrong{number}").replace(
                "Host:", f"X-Key: k{number}\r\nHost:"))
        for number, client in enumerate(clients):
            response = client.response()
            self.assertEqual((number, response.field("x-count")), (number, "2" if number % 2 == 0 else "1"))

    def test_some_leave_and_a_reload_comes(self):
        clients = self.clients(40)
        for number, client in enumerate(clients):
            client.send(request("/", "ann", f"wrong{number}"))
        for client in clients[::2]:
            client.connection.close()
        self.daemon.ask("reload")
        for client in clients[1::2]:
            self.assertEqual(client.response().status, 401)
        with Client(self.port) as client:
            client.send(request("/", "ann", "secret"))
            self.assertEqual(client.response().status, 200)

    def test_nobody_else_waits_for_all_of_them(self):
        """Two hundred wrong passwords are two seconds of work; what needs none is answered in between."""
        clients = self.clients(200)
        for number, client in enumerate(clients):
            client.send(request("/", "ann", f"wrong{number}"))
        began = time.monotonic()
        with Client(self.port) as other:
            self.assertEqual(other.request("/open").status, 204)
            first = time.monotonic() - began
        for client in clients:
            self.assertEqual(client.response().status, 401)
        # However slow the machine is: it was not the last one.
        self.assertLess(first, (time.monotonic() - began) / 2)

    def test_too_many(self):
        """More than may wait get 503 at once."""
        clients = self.clients(1200)
        statuses = []
        for number, client in enumerate(clients):
            client.send(request("/", "ann", f"wrong{number}"))
            client.connection.settimeout(0)

        def answers():
            for client in list(clients):
                with contextlib.suppress(BlockingIOError):
                    statuses.append(client.connection.recv(65536).split()[1])
                    clients.remove(client)
            return b"503" in statuses
        wait_for(answers, 20, lambda: f"a refusal, got {statuses}")
        self.assertEqual(set(statuses) - {b"401", b"503"}, set())
        for client in clients:
            client.connection.close()
        with Client(self.port) as other:
            self.assertEqual(other.request("/open").status, 204)
