"""Scenarios that play the same events to Debian's haproxy and to this program, and compare what both say: log lines, rows
of `show stat` and states of servers are the same, up to times, ports and process numbers."""
import socket
import struct
import unittest

from .scenario import Scenario
from .sides import HAPROXY, differences, play

WWW = """
frontend www
    bind 127.0.0.1:$www
    default_backend app
backend app
    server s1 127.0.0.1:$s1
"""
# One request at a time: the second one waits.
QUEUE = WWW.replace("$s1", "$s1 maxconn 1")


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
