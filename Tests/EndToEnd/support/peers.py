"""The two ends between which the proxy stands, and a listener for log lines."""
import contextlib
import os
import socket
import threading
import time

from .messages import Ended, Reader, answer
from .ports import free_port

PATIENCE = 5


class Origin:
    """A server on loopback. `respond(request, connection)` returns the bytes of the answer, or None when it has
    done everything by itself; the connection is closed then."""

    def __init__(self, name="origin", respond=None, raw=None, address="127.0.0.1", port=None):
        self.name = name
        self.address = address
        self.respond = respond or (lambda request, connection: answer(f"{name} {request.target}\n"))
        self.raw = raw
        self.requests = []
        self.connections = 0
        self.port = port
        self._open = set()
        self._lock = threading.Lock()
        self.start()

    def start(self):
        """Listens, again after `stop`, on the same port."""
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.port = self.port or free_port()
        self.listener.bind((self.address, self.port))
        self.listener.listen(512)
        threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def stop(self):
        """Refuses new connections and cuts those that are there."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(60)
        with self._lock:
            self._open.add(connection)
            self.connections += 1
        try:
            if self.raw:
                self.raw(connection)
                return
            reader = Reader(connection)
            while True:
                request = reader.head()
                if (request.field("expect") or "").lower() == "100-continue":
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                reader.body(request)
                with self._lock:
                    self.requests.append(request)
                response = self.respond(request, connection)
                if response is None:
                    return
                connection.sendall(response)
                if (request.field("connection") or "").lower() == "close":
                    return
        except (Ended, OSError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


class Client:
    """One connection to the proxy."""

    def __init__(self, port, host="127.0.0.1"):
        self.connection = socket.create_connection((host, port), PATIENCE)
        self.reader = Reader(self.connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, data):
        self.connection.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def finish_sending(self):
        self.connection.shutdown(socket.SHUT_WR)

    def request(self, target="/", method="GET", fields=(), body=b""):
        lines = [f"{method} {target} HTTP/1.1", "Host: test", *fields]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return self.response(method)

    def response(self, method="GET"):
        return self.reader.response(method)

    def rest(self):
        return self.reader.rest()


def get(port, target="/", fields=(), **options):
    """One request over a connection of its own."""
    with Client(port, **options) as client:
        return client.request(target, fields=[*fields, "Connection: close"])


class Load:
    """Requests without a pause from a few clients at once, until `stop`; half of them keep their connections."""

    def __init__(self, port, clients=4, host="127.0.0.1", target="/load"):
        self.host, self.port, self.target = host, port, target
        self.good = 0
        self.failures = []
        self.slowest = 0.0
        self._ends = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=[number % 2 == 0], daemon=True)
            for number in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, keeps):
        client = None
        while not self._ends.is_set():
            began = time.monotonic()
            reused = client is not None
            try:
                client = client or Client(self.port, self.host)
                response = client.request(self.target, fields=[] if keeps else ["Connection: close"])
                if response.status != 200:
                    raise ValueError(f"status {response.status}")
                closes = (response.field("connection") or "").lower() == "close"
                with self._lock:
                    self.good += 1
                    self.slowest = max(self.slowest, time.monotonic() - began)
                if closes or not keeps:
                    client.connection.close()
                    client = None
            except (Ended, ConnectionResetError, BrokenPipeError) as error:
                # A server may close an idle connection at any time; a client that reuses one asks again.
                if not (reused and (not isinstance(error, Ended) or error.args[0] == b"")):
                    self._failed(error)
                client = None
            except (OSError, ValueError) as error:
                self._failed(error)
                client = None

    def _failed(self, error):
        with self._lock:
            self.failures.append(f"{time.monotonic():.3f} {error!r}")

    def wait_good(self, count, seconds=10):
        """Until so many more requests were answered."""
        goal, end = self.good + count, time.monotonic() + seconds
        while self.good < goal:
            if time.monotonic() > end:
                raise AssertionError(f"{self.good} answered, {self.failures[:5]}")
            time.sleep(0.002)

    def stop(self):
        self._ends.set()
        for thread in self._threads:
            thread.join(PATIENCE + 1)


class LogListener:
    """Receives syslog datagrams."""

    def __init__(self):
        self.socket = self.open()
        self.socket.settimeout(PATIENCE)
        self.seen = []

    def open(self):
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = free_port(socket.SOCK_DGRAM)
        opened.bind(("127.0.0.1", self.port))
        return opened

    def wait_line(self, part):
        while True:
            try:
                line = self.socket.recv(65536).decode("utf-8", "replace").rstrip("\n")
            except TimeoutError:
                raise AssertionError(f"no log line with {part!r}, but: {self.seen}") from None
            self.seen.append(line)
            if part in line:
                return line

    def has_line(self, part):
        """Whether such a line has come by now."""
        self.socket.setblocking(False)
        try:
            while True:
                self.seen.append(self.socket.recv(65536).decode("utf-8", "replace").rstrip("\n"))
        except BlockingIOError:
            return any(part in line for line in self.seen)

    def close(self):
        self.socket.close()


class UnixLogListener(LogListener):
    """The same at a path, as a syslog daemon's /dev/log."""

    def __init__(self, path):
        self.path = path
        super().__init__()

    def open(self):
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        opened.bind(self.path)
        os.chmod(self.path, 0o666)
        return opened

    def close(self):
        super().close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
