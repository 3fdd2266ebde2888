"""Streams as operators see and end them, limits they set, and clients of the runtime socket that mean no good."""
import contextlib
import os
import re
import socket
import threading
import time

from lab import wait_for
from support.peers import Client, answer, get
from support.scenario import Scenario


class Sessions(Scenario):
    def setUp(self):
        self.release = threading.Event()
        self.addCleanup(self.release.set)
        self.web = self.origin(respond=self.respond)
        self.proxy_ = self.proxy(self.web)

    def respond(self, request, _):
        if request.target == "/slow":
            self.release.wait(20)
        return answer("done\n")

    def shown(self):
        return [line for line in self.proxy_.ask("show sess").splitlines() if "fe=www" in line]

    def test_a_stream_is_shown_and_ended(self):
        with Client(self.proxy_.port) as client:
            client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            line = wait_for(lambda: (self.shown() or [None])[0], 5, "a stream is shown")
            self.assertRegex(line, (
                r"^0x[0-9a-f]+: proto=tcpv4 src=127\.0\.0\.1:\d+ fe=www be=app srv=origin1 ts=00 epoch=0 age=\d+s calls=1 "
                r"rate=0 cpu=0 lat=0 rq\[f=0h,i=\d+,an=00h,rx=\w*,wx=,ax=\] rp\[f=0h,i=0,an=00h,rx=\w*,wx=,ax=\] "
                r"scf=\[8,0h,fd=\d+\] scb=\[8,0h,fd=\d+\] exp=\w+ rc=0 c_exp=$"))
            name = line.split(":")[0]
            details = self.proxy_.ask(f"show sess {name}")
            for part in ("frontend=www (id=2 mode=http)", "backend=app (id=3 mode=http)", "server=origin1 (id=1)",
                         "meth=GET", "phase=response"):
                self.assertIn(part, details)
            self.assertIn(f"{name}: [", self.proxy_.ask("show sess all"))
            self.assertRegex(self.proxy_.ask("show fd"), r"(?m)^ +\d+ : thread=\d client fe=www src=127")
            self.assertRegex(self.proxy_.ask("show activity"), r"(?m)^streams: 1 \[ [01]( [01])* \]$")
            self.assertEqual(self.proxy_.ask(f"shutdown session {name}"), "\n")
            self.assertIn(client.response().status, (502, 503))
            self.assertEqual(self.shown(), [])
            self.assertIn("No such session", self.proxy_.ask(f"shutdown session {name}"))
            self.assertIn("Session not found.", self.proxy_.ask(f"show sess {name}"))
        self.assertEqual(get(self.proxy_.port).status, 200)

    def test_a_stale_name_ends_nobody(self):
        with Client(self.proxy_.port) as client:
            client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            name = wait_for(lambda: (self.shown() or [None])[0], 5, "a stream is shown").split(":")[0]
            self.release.set()
            self.assertEqual(client.response().status, 200)
            self.release.clear()
            client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_for(self.shown, 5, "the next stream is shown")
            self.assertIn("No such session", self.proxy_.ask(f"shutdown session {name}"))
            self.release.set()
            self.assertEqual(client.response().status, 200)

    def test_connections_a_second(self):
        self.assertEqual(self.proxy_.ask("set rate-limit connections global 10"), "\n")
        self.assertIn("ConnRateLimit: 10\n", self.proxy_.ask("show info"))
        begin = time.monotonic()
        for _ in range(30):
            get(self.proxy_.port)
        # The first ten come at once, or in the share of a second that is left.
        self.assertGreater(time.monotonic() - begin, 1)
        self.assertEqual(self.proxy_.ask("set rate-limit connections global 0"), "\n")


class Reload(Scenario):
    def test_the_reply_has_the_warnings(self):
        proxy = self.proxy(self.origin("web"), extra_global="setenv MODE http")
        with open(proxy.file) as file:
            text = file.read().replace("timeout client 10s", "")
        proxy.write(text)
        reply = proxy.ask("reload")
        self.assertTrue(reply.startswith("Success=1\n--\n"), reply)
        self.assertIn("[WARNING]", reply)
        self.assertIn("missing timeouts for frontend 'www'", reply)
        self.assertIn("configuration 2 is in force", reply)


class HostileClients(Scenario):
    """One that behaves is answered while others do not."""

    def setUp(self):
        self.proxy_ = self.proxy(self.origin("web"))
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)

    def client(self):
        connection = self.open.enter_context(socket.socket(socket.AF_UNIX))
        connection.settimeout(5)
        connection.connect(self.proxy_.socket_path)
        return connection

    def assertAnswers(self):
        def answers():
            # The queue of the socket may be full for another moment.
            with contextlib.suppress(BlockingIOError):
                return "Uptime_sec" in self.proxy_.ask("show info")

        wait_for(answers, 5, "the socket answers")
        self.assertEqual(get(self.proxy_.port).status, 200)

    def read(self, connection):
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                said += piece
        return said

    def test_a_line_without_end(self):
        connection = self.client()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
            for _ in range(64):
                connection.sendall(b"x" * 16384)
        self.assertIn(b"Command line too long", self.read(connection))
        self.assertAnswers()

    def test_a_payload_without_end(self):
        connection = self.client()
        connection.sendall(b"set map x <<\n")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
            for _ in range(64):
                connection.sendall(b"line of a payload\n" * 1000)
        self.assertIn(b"too long", self.read(connection))
        self.assertAnswers()

    def test_garbage(self):
        for data in (b"\0" * 4096, bytes(range(256)), os.urandom(4096), b"\xff\xfe show info", b"<<\n<<\n", b";" * 9000):
            connection = self.client()
            connection.sendall(data + b"\n")
            connection.shutdown(socket.SHUT_WR)
            self.read(connection)
        self.assertAnswers()

    def test_abandoned_sessions(self):
        for line in (b"", b"show inf", b"prompt\n", b"set map x <<\nhalf", b"show stat\n" * 50):
            connection = self.client()
            connection.sendall(line)
            if line.startswith(b"show stat"):
                connection.close()
        # Who reads nothing holds a reply back, and nothing else.
        for _ in range(8):
            self.client().sendall(b"show stat json;" * 500 + b"\n")
        self.assertAnswers()

    def test_all_places_are_taken(self):
        """More clients than there are places: those that end make room, and the proxy hears nothing of it."""
        held = [self.client() for _ in range(40)]
        self.assertEqual(get(self.proxy_.port).status, 200)
        for connection in held[:20]:
            connection.close()
        self.assertAnswers()

    def test_a_flood(self):
        end = time.monotonic() + 1
        while time.monotonic() < end:
            connection = socket.socket(socket.AF_UNIX)
            with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
                connection.settimeout(1)
                connection.connect(self.proxy_.socket_path)
                connection.sendall(b"show info\n")
            connection.close()
        self.assertAnswers()
        # Nothing of it is left: its own descriptors are as many as before.
        count = lambda: len(os.listdir(f"/proc/{self.proxy_.pid}/fd"))  # noqa: E731
        wait_for(lambda: count() < 60, 5, lambda: f"descriptors are given back: {count()}")
        self.assertFalse(re.search("stuck=1", self.proxy_.ask("show threads")))
