"""Words that change little, but what they say: their effect, beside Debian's haproxy where it knows them."""
import itertools
import os
import shutil
import signal
import socket
import tempfile
import time
import unittest

from lab import wait_for

from support.daemon import binary
from support.differential import Differential
from support.messages import answer
from support.peers import PATIENCE, Client, get
from support.scenario import Scenario
from support.sides import HAPROXY, Side, differences, play

WWW = """
frontend www
    bind 127.0.0.1:$www
    no log
    log 127.0.0.1:$syslog len 8000 local0
    capture cookie id len 80
    default_backend app
backend app
    server s1 127.0.0.1:$s1
"""


def bound_below_1024(test):
    """A socket with a privileged port of its own."""
    for port in range(1023, 600, -1):
        connection = socket.socket()
        try:
            connection.bind(("127.0.0.1", port))
            return connection
        except PermissionError:
            connection.close()
            test.skipTest("needs root")
        except OSError:
            connection.close()
    raise AssertionError("all privileged ports are taken")


@unittest.skipUnless(HAPROXY, "needs haproxy to compare with")
class SideBySide(Scenario):
    def compare(self, script, *texts):
        self.assertEqual(differences(play(HAPROXY, script, *texts), play(binary(), script, *texts)), [])

    def test_lengths_in_log_lines(self):
        def script(side):
            side.start(s1=side.origin().port, syslog=side.log.port)
            for length in [10, 90, 99, 100, 1008, 1009, 1010, 1011, 2491, 3000]:
                with side.client() as client:
                    client.request("/" + "x" * length, fields=["Cookie: id=" + "y" * length])
        for words in ["", "tune.http.logurilen 100\n    tune.http.cookielen 20", "tune.http.logurilen 2500"]:
            with self.subTest(words):
                self.compare(script, WWW, words)

    def test_pretended_keep_alive(self):
        for option in ["", "option http-pretend-keepalive"]:
            asked = []
            for program in [HAPROXY, binary()]:
                side = Side(program, WWW + f"    option http-server-close\n    {option}\n")
                try:
                    origin = side.origin()
                    side.start(s1=origin.port, syslog=side.log.port)
                    with side.client() as client:
                        client.request()
                        client.request()
                    asked.append([request.field("connection") for request in origin.requests])
                    self.assertEqual(origin.connections, 2)
                finally:
                    side.close()
            self.assertEqual(*asked)

    def test_clients_with_privileged_ports(self):
        for words, is_served in [("", True), ("harden.reject-privileged-ports.tcp on", False)]:
            daemon = self.proxy(self.origin(), extra_global=words)
            connection = bound_below_1024(self)
            with connection:
                connection.settimeout(PATIENCE)
                connection.connect(("127.0.0.1", daemon.port))
                try:
                    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    reply = connection.recv(1000)
                except OSError:
                    reply = b""
                self.assertEqual(b" 200 " in reply, is_served)
            self.assertEqual(get(daemon.port, "/").status, 200)

    def test_a_body_that_old_servers_do_not_look_for(self):
        def script(side):
            side.start(s1=side.origin().port, syslog=side.log.port)
            for method, version, length in itertools.product(
                    ["GET", "HEAD", "DELETE", "POST", "OPTIONS"], ["1.0", "1.1"], [None, 0, 3]):
                with side.client() as client:
                    fields = "" if length is None else f"Content-Length: {length}\r\n"
                    client.send(f"{method} /{length} HTTP/{version}\r\nHost: x\r\n{fields}\r\n{'abc' if length else ''}")
                    client.response(method)
        for words in ["", "h1-accept-payload-with-any-method"]:
            with self.subTest(words):
                self.compare(script, WWW, words)


def ask(path, line):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(path)
        connection.sendall(line.encode() + b"\n")
        reply = b""
        while piece := connection.recv(65536):
            reply += piece
    return reply.decode()


class Stick(Differential):
    carries_traffic = True

    def test_non_stick_is_never_remembered(self):
        web = self.origin(respond=lambda request, _: answer("", fields=["X-Key: r" + request.target]))
        ports = self.both(f"""
frontend fe
    mode http
    bind @
    default_backend app
backend app
    mode http
    stick-table type string size 100
    stick on url
    stick store-response res.hdr(x-key)
    default-server non-stick
    server s1 127.0.0.1:{web.port} weight 1
    server s2 127.0.0.1:{web.port} weight 1 stick
""")
        for port in ports:
            for number in range(4):
                get(port, f"/{number}")
        for table in [self.daemon.ask("show table app"), ask(self.peer_socket, "show table app")]:
            # Two of the four requests went there: their targets, and what their answers say.
            self.assertEqual(table.count("server_id=2"), 4, table)
            self.assertNotIn("server_id=1", table)


class HashKeys(Scenario):
    carries_traffic = True

    def served(self, daemon, count=60):
        return [get(daemon.port, f"/{number}").body.split()[0] for number in range(count)]

    def test_places_follow_addresses_and_not_the_order(self):
        origins = [self.origin(f"o{number}") for number in range(4)]
        found = {}
        for key in ["id", "addr-port"]:
            for order in [origins, origins[::-1]]:
                daemon = self.proxy(
                    *order, backend="balance uri\n    hash-type consistent", options=f"hash-key {key}")
                found.setdefault(key, []).append(self.served(daemon))
        self.assertNotEqual(*found["id"])
        self.assertEqual(*found["addr-port"])
        # An address that changes takes its share along.
        backend, port = "app", origins[0].port
        daemon = self.proxy(
            *origins, backend="balance uri\n    hash-type consistent", options="hash-key addr-port")
        names = [f"{origin.name}{number}" for number, origin in enumerate(origins, 1)]
        daemon.ask(f"set server {backend}/{names[0]} addr 127.0.0.1 port {origins[1].port}")
        daemon.ask(f"set server {backend}/{names[1]} addr 127.0.0.1 port {port}")
        self.assertEqual(self.served(daemon), found["addr-port"][0])


class SocketFiles(Scenario):
    def test_unix_bind(self):
        directory = tempfile.mkdtemp(prefix="dy-", dir="/tmp")
        self.addCleanup(shutil.rmtree, directory)
        self.proxy(
            self.origin(), extra_global=f"unix-bind prefix {directory} mode 640",
            frontend="bind unix@/one\n    bind unix@/two mode 600")
        modes = [os.stat(f"{directory}/{name}").st_mode & 0o777 for name in ["one", "two"]]
        self.assertEqual(modes, [0o640, 0o600])

    def test_runtime_sockets_are_no_bind_lines(self):
        """As in HAProxy: what opens the files of `bind` lines must not open the runtime socket."""
        directory = tempfile.mkdtemp(prefix="dy-", dir="/tmp")
        self.addCleanup(shutil.rmtree, directory)
        daemon = self.proxy(
            self.origin(), extra_global=f"unix-bind mode 666\n    stats socket {directory}/later level admin")
        modes = [os.stat(path).st_mode & 0o777 for path in (daemon.socket_path, f"{directory}/later")]
        self.assertEqual(modes[0], modes[1])
        self.assertNotEqual(modes[1], 0o666)


class Commands(Scenario):
    carries_traffic = True

    def test_payloads_of_commands(self):
        for limit, is_taken in [("1k", False), ("256k", True)]:
            daemon = self.proxy(self.origin(), extra_global=f"tune.cli.max-payload-size {limit}")
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(PATIENCE)
                connection.connect(daemon.socket_path)
                reply = b""
                try:
                    connection.sendall(b"set ssl cert none.pem <<\n" + (b"x" * 99 + b"\n") * 1500 + b"\n")
                    while piece := connection.recv(65536):
                        reply += piece
                except OSError:
                    pass
                self.assertEqual(b"too long" not in reply.lower() and b"too large" not in reply.lower(), is_taken, reply)


class Grace(Scenario):
    carries_traffic = True

    def test_serves_on_and_tells_who_asks(self):
        daemon = self.proxy(
            self.origin(), extra_global="grace 700ms",
            frontend="http-request return status 404 if { path /ready } { stopping }")
        self.assertEqual(get(daemon.port, "/ready").status, 200)
        with Client(daemon.port) as client:
            client.request()
            begun = time.monotonic()
            os.kill(daemon.pid, signal.SIGUSR1)
            daemon.wait_line("Scheduling a soft-stop in 700 ms.")
            wait_for(lambda: get(daemon.port, "/ready").status == 404, PATIENCE, "it says that it will stop")
            self.assertIn("Stopping: 1", daemon.ask("show info"))
            # Connections stay open, and new ones come in.
            self.assertNotEqual(client.request().field("connection"), "close")
        self.assertEqual(daemon.wait_end(), 0)
        self.assertGreaterEqual(time.monotonic() - begun, 0.6)

    def test_termination_does_not_wait(self):
        daemon = self.proxy(self.origin(), extra_global="grace 1h")
        os.kill(daemon.pid, signal.SIGUSR1)
        daemon.wait_line("Scheduling a soft-stop")
        self.assertEqual(daemon.end(), 0)


if __name__ == "__main__":
    unittest.main()
