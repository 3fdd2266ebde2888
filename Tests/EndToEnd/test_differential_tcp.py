"""The same events beside Debian's haproxy (`support/events.py`): TCP sessions."""
from support.events import WWW, Events, quiet, reset

TCP = WWW.replace("default_backend", "mode tcp\n    option tcplog\n    default_backend").replace(
    "backend app\n    server", "backend app\n    mode tcp\n    server")


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


class Sessions(Events):
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
