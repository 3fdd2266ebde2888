"""`show errors`: what could not be parsed, as Debian's haproxy shows it, up to times, ports and the size of its buffers;
in the place of its flags stands the reason."""
import re
import socket
import unittest

from lab import wait_for
from support.peers import PATIENCE
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario
from support.sides import HAPROXY

CONFIGURATION = """
global
    stats socket {{socket}} level admin
{defaults}
frontend www
    bind 127.0.0.1:{www}
    default_backend app

frontend quiet
    bind 127.0.0.1:{quiet}

backend app
    server s1 127.0.0.1:{origin}
"""
GOOD = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"

# Refused by both.
REQUESTS = [
    b"GET /bad\x01 HTTP/1.1\r\n\r\n",
    b"G@T / HTTP/1.1\r\n\r\n",
    b"GET(x / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET \r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /caf\xe9 HTTP/1.1\r\n\r\n",
    b"GET / HTXP/1.1\r\n\r\n",
    b"GET / HTTP/1.x\r\n\r\n",
    b"GET / HTTP/1.1 x\r\nHost: a\r\n\r\n",
    b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\rX\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nNoColon\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: foo, chunked\r\n\r\n",
    b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    *(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk for chunk in (
        b"nonsense\r\n", b"5\r\nhelloxx")),
    # All that is escaped, and lines that are longer than one of the dump.
    b"GET /" + b"a\\b" * 60 + b"\x01 HTTP/1.1\r\nHost: \xe9\t\x1b\x7f\x00" + b"\xff" * 50
    + b"\\" * 30 + b"\r\n\n\r\r\nno end",
]
RESPONSES = [
    b"HTTP/1.1 2x0 OK\r\n\r\n",
    b"garbage\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nNoColon\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: a\r\n\r\n",
]


def shape(answer):
    """Without what differs from one moment to another, and without the inside of either program."""
    answer = re.sub(r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\]", "[time]", answer)
    answer = re.sub(r"src 127\.0\.0\.1:\d+", "src", answer)
    answer = re.sub(r"wraps at \d+", "wraps", answer)
    return re.sub(r"(?m)(?:^  H1 .*\n)+|^  [a-zA-Z/0-9 -]+ :\n", "REASON\n", answer)


@unittest.skipUnless(HAPROXY, "needs haproxy")
class ShowErrors(Scenario):
    def start(self, program):
        reply = {"bytes": b""}

        def answers(connection):
            connection.recv(65536)
            connection.sendall(reply["bytes"])
            # Until the proxy has had enough of it.
            connection.settimeout(PATIENCE)
            connection.recv(1)

        www, quiet = free_port(), free_port()
        text = CONFIGURATION.format(
            defaults=DEFAULTS, www=www, quiet=quiet, origin=self.origin(raw=answers).port)
        daemon = self.dyad(text, "-db", program=program, waits=True)
        daemon.port, daemon.reply = www, reply
        return daemon

    @staticmethod
    def exchange(daemon, data):
        """The status that the client gets. Its connection ends with the answer, or is not needed any more."""
        with socket.create_connection(("127.0.0.1", daemon.port), PATIENCE) as client:
            client.sendall(data)
            answer = b""
            while b"\r\n" not in answer and (piece := client.recv(65536)):
                answer += piece
        return answer.split(b"\r\n")[0].split()[1:2]

    def play(self, program):
        daemon = self.start(program)
        seen = [("nothing", shape(daemon.ask("show errors")))]
        for data in REQUESTS:
            status = self.exchange(daemon, data)
            seen.append((data, status, shape(daemon.ask("show errors"))))
        for data in RESPONSES:
            daemon.reply["bytes"] = data
            status = self.exchange(daemon, GOOD)
            seen.append((data, status, shape(daemon.ask("show errors -1 response"))))
        for arguments in (
                "", "-1", "-1 request", "-1 response", "www", "www request", "www response", "app",
                "app request", "app response", "quiet", "quiet request", "2", "nobody"):
            seen.append((arguments, shape(daemon.ask(f"show errors {arguments}"))))
        return seen

    def test_beside_haproxy(self):
        for ours, theirs in zip(self.play(None), self.play("haproxy"), strict=True):
            self.assertEqual(ours, theirs)

    def test_chunks(self):
        """What is no chunk is kept with what is still there of the body."""
        daemon = self.start(None)
        head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assertEqual(self.exchange(daemon, head + b"nonsense\r\n"), [b"400"])
        answer = daemon.ask("show errors request")
        self.assertIn("frontend www (#2): invalid request\n  backend <NONE> (#-1), server <NONE> (#-1), event #0,", answer)
        self.assertIn("error at position 56\n  malformed chunk size :\n", answer)
        with socket.create_connection(("127.0.0.1", daemon.port), PATIENCE) as client:
            client.sendall(head + b"5\r\nhello\r\n")
            wait_for(lambda: re.search(r",s1,0,0,1,", daemon.ask("show stat")), 5, "the server has the request")
            client.sendall(b"nonsense\r\n")
            self.assertIn(b" 400 ", client.recv(65536))
        answer = daemon.ask("show errors request")
        self.assertIn("frontend www (#2): invalid request\n  backend app (#4), server s1 (#1), event #1,", answer)
        self.assertIn("error at position 0\n  malformed chunk size :\n  \n  00000  nonsense\\r\\n\n", answer)
        daemon.reply["bytes"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n"
        self.exchange(daemon, GOOD)
        answer = daemon.ask("show errors response")
        self.assertIn("backend app (#4): invalid response\n  frontend www (#2), server s1 (#1), event #2,", answer)
        self.assertIn("error at position 10\n", answer)
        self.assertIn("  00000  5\\r\\n\n  00003  hello\\r\\n\n  00010  nonsense\\r\\n\n", answer)

    def test_reasons_and_limits(self):
        daemon = self.start(None)
        self.assertEqual(self.exchange(daemon, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), [b"400"])
        answer = daemon.ask("show errors request")
        self.assertIn("error at position 22\n  malformed Host field :\n  \n  00000  GET / HTTP/1.1\\r\\n\n", answer)
        # Never more than a buffer, however much comes.
        self.assertEqual(self.exchange(daemon, b"GET /" + b"x" * 100000), [b"400"])
        answer = daemon.ask("show errors")
        length = int(re.search(r"len (\d+), wraps at 16384, error at position \1\n  head too large :", answer)[1])
        self.assertLessEqual(length, 16384)
        self.assertEqual(len(re.findall("(?m)^  [0-9]{5}", answer)), -(-length // 70))
        # Requests that are fine leave it alone.
        daemon.reply["bytes"] = b"HTTP/1.1 204 N\r\n\r\n"
        self.assertEqual(self.exchange(daemon, GOOD), [b"204"])
        again = daemon.ask("show errors")
        self.assertEqual(again.split("\n", 1)[1], answer.split("\n", 1)[1])
        # What was kept survives a reload.
        daemon.ask("reload")
        self.assertEqual(daemon.ask("show errors").split("\n", 1)[1], answer.split("\n", 1)[1])


if __name__ == "__main__":
    unittest.main()
