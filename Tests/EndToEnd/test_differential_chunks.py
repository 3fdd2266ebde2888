"""The same events beside Debian's haproxy (`support/events.py`): bodies whose chunks are none."""
import threading

from support.events import WWW, Events, hang

POST = "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
GET = "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# What is wrong, and where: a size, the end of a chunk's data, an extension, a trailer.
BAD = ["nonsense\r\n", "5\r\nhelloxx", "-1\r\n", "5 5\r\nhello\r\n", "12345678123456781\r\n"]


def received(client):
    """All that the client gets, without dates."""
    seen = b""
    try:
        client.connection.settimeout(3)
        while piece := client.connection.recv(65536):
            seen += piece
    except OSError:
        pass
    return seen


class Chunks(Events):
    carries_traffic = True

    def both(self, script, **options):
        """Plays a script that returns what the client got; both clients get the same status."""
        seen = []

        def noting(side):
            seen.append(script(side).split(b"\r\n")[0])
        self.compare(noting, WWW, **options)
        self.assertEqual(*seen)
        return seen[0]

    def test_a_request_that_is_bad_from_the_beginning(self):
        for bad in BAD:
            with self.subTest(bad):
                def script(side):
                    side.start(s1=side.origin(respond=hang).port)
                    with side.client() as client:
                        client.send(POST + bad)
                        return received(client)
                self.assertEqual(self.both(script), b"HTTP/1.1 400 Bad request")

    def test_a_request_that_turns_bad(self):
        for bad in BAD:
            with self.subTest(bad):
                def script(side):
                    side.start(s1=side.origin(respond=hang).port)
                    with side.client() as client:
                        client.send(POST + "5\r\nhello\r\n")
                        side.wait_stat("app", "s1", "scur", "1")
                        client.send(bad)
                        return received(client)
                self.assertEqual(self.both(script), b"HTTP/1.1 400 Bad request")

    def test_an_answer_that_is_bad_from_the_beginning(self):
        for bad in BAD:
            with self.subTest(bad):
                def script(side):
                    side.start(s1=side.origin(respond=lambda request, connection: connection.sendall(
                        HEAD + bad.encode()) or hang(request, connection)).port)
                    with side.client() as client:
                        client.send(GET)
                        return received(client)
                self.both(script)

    def test_an_answer_that_turns_bad(self):
        for bad in BAD:
            with self.subTest(bad):
                def script(side):
                    heard = threading.Event()

                    def respond(request, connection):
                        connection.sendall(HEAD + b"5\r\nhello\r\n")
                        heard.wait(10)
                        connection.sendall(bad.encode())
                        hang(request, connection)
                    side.start(s1=side.origin(respond=respond).port)
                    with side.client() as client:
                        client.send(GET)
                        client.reader.until(b"hello")
                        heard.set()
                        return received(client)
                self.both(script)

    def test_a_request_that_stops_while_its_answer_comes(self):
        """The client's time counts as long as its request is not whole, unless a rule holds the answer back."""
        def begins(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning")
            hang(None, connection)

        def script(side):
            side.start(s1=side.origin(raw=begins).port)
            with side.client() as client:
                client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nbeginning")
                received(client)
        held = WWW.replace("server s1", "http-response wait-for-body time 900ms\n    server s1")
        for sections in (WWW, held):
            for times in ("server 2s", "client 2s"):
                with self.subTest(sections + times):
                    self.compare(script, sections, defaults=f"timeout {times}")
