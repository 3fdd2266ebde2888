"""Every pair of termination flags that the manual lists (HAProxy manual, section 8.5) and that traffic can bring about:
the same events in Debian's haproxy and here, and the same pair in the log lines of both."""
import queue
import re
import socket
import struct
import unittest
from dataclasses import dataclass
from typing import Callable

from support.messages import answer
from support.scenario import Scenario
from support.sides import HAPROXY, differences, play

HTTP = """
frontend www
    bind 127.0.0.1:$www
    {rules}
    default_backend app
backend app
    {backend}
    server s1 127.0.0.1:$s1 {server}
    {more}
"""
TCP = HTTP.replace("{rules}", "mode tcp\n    option tcplog\n    {rules}").replace(
    "{backend}", "mode tcp\n    {backend}")
GET = "GET / HTTP/1.1\r\nHost: test\r\n\r\n"
LONG = f"GET / HTTP/1.1\r\nHost: test\r\nX: {'x' * 9000}\r\n\r\n"
CHUNKS = "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
HALF_POST = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nbeginning"
BEGINNING = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning"

# What the manual lists, and for those that are no case below, why.
LISTED = "-- CC CD cD CH cH CQ CR cR CT LC LR LH SC sC SD sD SH sH sQ PC PD PH PR PT RC".split()
ELSEWHERE = {
    "PC": "a process that runs out of descriptors says RC: socket() fails before a limit is looked at",
    "PD": "HAProxy blames the server for the wrong chunk of an answer that has begun (SD), and so do we",
    "CT": "who leaves the tarpit gets the answer that nobody reads (PT)",
    "RC": "HAProxy says SC: its code for the cause does not survive the attempts; see test_source_port_is_taken",
    "LC": "`redir` of a server line: the log line of HAProxy says LR there",
    "cH": "a client that stops inside a body is cD with the answer 408 here (TerminationTests); HAProxy waits for the"
    " server's time, which does not have the request yet",
}


# What a client tells its server beside the connection.
HAS_READ = queue.SimpleQueue()


# MARK: What servers do

def hang(request, connection):
    """Never answers."""
    connection.settimeout(10)
    try:
        while connection.recv(65536):
            pass
    except OSError:
        pass


def silent(connection):
    """Takes all and says nothing."""
    hang(None, connection)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def says(*parts, then=None):
    """Sends bytes whatever was asked, and does something then; the end without it."""
    def respond(request, connection):
        for part in parts:
            connection.sendall(part)
        if then:
            then(request, connection)
    return respond


def floods(request, connection):
    """More of an answer than fits on the way to somebody who does not read."""
    connection.settimeout(10)
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\nbeginning")
        for _ in range(1000):
            connection.sendall(bytes(100_000))
    except OSError:
        pass


def wrong_chunk_later(request, connection):
    """An answer whose second chunk is none; it comes when the client has the first."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    HAS_READ.get(timeout=10)
    connection.sendall(b"nonsense\r\n")
    hang(request, connection)


# MARK: What clients do

def reads(side, client):
    """Takes what comes, to the end."""
    try:
        client.connection.settimeout(5)
        while client.connection.recv(65536):
            pass
    except OSError:
        pass


def sends(text, then=reads):
    def act(side, client):
        client.send(text)
        then(side, client)
    return act


def asks(side, client):
    """One request and its answer."""
    client.request()


def leaves(side, client):
    """Closes once the server has been asked."""
    side.wait_stat("app", "s1", "scur", "1")
    client.connection.close()


def leaves_by_reset(side, client):
    side.wait_stat("app", "s1", "scur", "1")
    reset(client.connection)


def leaves_at_once(side, client):
    client.connection.close()


def leaves_inside_the_answer(side, client):
    client.reader.until(b"beginning")
    reset(client.connection)


def leaves_when_held(side, client):
    """Closes once its request is being looked at."""
    side.wait_stat("www", "FRONTEND", "req_tot", "1")
    client.connection.close()


def sends_a_wrong_chunk(side, client):
    side.wait_stat("app", "s1", "scur", "1")
    client.send("nonsense\r\n")
    reads(side, client)


def reads_the_beginning(side, client):
    client.reader.until(b"beginning")
    HAS_READ.put(None)
    reads(side, client)


def reads_a_chunk(side, client):
    client.reader.until(b"hello")
    HAS_READ.put(None)
    reads(side, client)


def waits(side, client):
    """Neither reads nor leaves until the line is there."""


@dataclass
class Case:
    """One way to a pair of flags."""
    name: str
    flags: str
    client: Callable
    # None: nobody listens. "deaf": connecting takes for ever.
    server: object = staticmethod(lambda request, connection: answer("x"))
    raw: bool = False
    tcp: bool = False
    rules: str = ""
    backend: str = ""
    on_server: str = ""
    more: str = ""
    defaults: str = ""
    # Something else that goes on, around the client.
    beside: Callable = None
    ignore: tuple = ()

    def sections(self):
        return (TCP if self.tcp else HTTP).format(
            rules=self.rules, backend=self.backend, server=self.on_server, more=self.more)


def with_the_place_taken(side, act):
    """Another request has the server's only place."""
    with side.client() as first:
        first.send(GET.replace("/ ", "/first "))
        side.wait_stat("app", "s1", "scur", "1")
        act()
        reads(side, first)


def with_the_server_taken_out(side, act):
    def events():
        side.wait_stat("app", "s1", "scur", "1")
        side.ask("disable server app/s1")
    side.during(act, events)


def with_streams_shut_down(side, act):
    def events():
        side.wait_stat("app", "s1", "scur", "1")
        side.ask("shutdown sessions server app/s1")
    side.during(act, events)


def with_streams_shut_down_in_the_answer(side, act):
    def events():
        HAS_READ.get(timeout=10)
        side.ask("shutdown sessions server app/s1")
    side.during(act, events)


def with_the_main_server_coming_back(side, act):
    side.ask("disable server app/s1")

    def events():
        side.wait_stat("app", "s2", "scur", "1")
        side.ask("enable server app/s1")
    side.during(act, events)


CASES = [
    # Nobody's fault.
    Case("an answer", "----", sends(GET + GET)),
    Case("a session", "--", sends("hello", lambda side, client: (client.finish_sending(), reads(side, client))),
         lambda connection: connection.sendall(connection.recv(5)), raw=True, tcp=True),
    # The client leaves.
    Case("client leaves while connecting", "CC--", sends(GET, lambda side, client: (
        side.wait_stat("app", "BACKEND", "scur", "1"), client.connection.close())), "deaf",
        defaults="option abortonclose"),
    Case("client resets inside the answer", "CD--", sends(GET, leaves_inside_the_answer),
         floods),
    Case("client leaves inside its body", "CD--", sends(HALF_POST, leaves), hang),
    Case("client resets a session", "CD", sends("x", leaves_by_reset), silent, raw=True, tcp=True),
    Case("client leaves before the answer", "CH--", sends(GET, leaves), hang, defaults="option abortonclose"),
    Case("client leaves the queue", "CQ--", sends(GET, lambda side, client: (
        side.wait_stat("app", "BACKEND", "qcur", "1"), client.connection.close())), hang,
        on_server="maxconn 1", defaults="option abortonclose\n    timeout server 1s\n    timeout queue 2s",
        beside=with_the_place_taken),
    Case("client says nothing and leaves", "CR--", leaves_at_once),
    Case("client leaves inside its head", "CR--", sends("GET / HT", leaves_at_once)),
    Case("client leaves the tarpit", "PT--", sends(GET, leaves_when_held), rules="http-request tarpit",
         defaults="timeout tarpit 5s\n    option abortonclose"),
    # The client is slow.
    Case("client does not read", "cD--", sends(GET, waits), floods, defaults="timeout server 5s"),
    Case("client of a session is silent", "cD", reads, silent, raw=True, tcp=True, defaults="timeout server 5s"),
    Case("client says nothing", "cR--", reads),
    Case("client stops inside its head", "cR--", sends("GET / HTTP/1.1\r\nHo")),
    Case("body that rules wait for", "cR--", sends(HALF_POST), rules="option http-buffer-request"),
    # Answered here.
    Case("redirect", "LR--", asks, rules="http-request redirect location /"),
    Case("answer of a rule", "LR--", asks, rules="http-request return status 200"),
    Case("statistics page", "LR--", lambda side, client: client.request("/s?x"), rules="stats uri /s\n    stats enable"),
    Case("metrics", "LR--", asks, rules="http-request use-service prometheus-exporter"),
    Case("answer replaced", "LH--", asks, backend="http-response return status 201"),
    Case("answer redirected", "LH--", asks, backend="http-response redirect location /"),
    Case("refused after a server's answer", "PH--", asks, backend="http-response deny"),
    # Refused by the proxy.
    Case("nonsense", "PR--", sends("nonsense\r\n\r\n")),
    Case("denied", "PR--", asks, rules="http-request deny"),
    Case("rejected", "PR--", sends(GET), rules="http-request reject"),
    Case("dropped", "PR--", sends(GET, waits), rules="http-request silent-drop"),
    Case("unauthorised", "LR--", asks, rules="http-request auth"),
    Case("session refused for its content", "PR", sends("x"), silent, raw=True, tcp=True,
         rules="tcp-request inspect-delay 1s\n    tcp-request content reject if { req.len gt 0 }"),
    Case("request refused for its content", "PR--", sends(GET), rules="tcp-request content reject"),
    Case("session refused for its answer", "PD", sends("x"),
         lambda connection: connection.sendall(connection.recv(1)), raw=True, tcp=True,
         # Whether the request's byte was sent before counts in HAProxy.
         backend="tcp-response content reject", ignore=("bin",)),
    Case("change of the request does not fit", "PR--", sends(LONG), rules="http-request set-header X-A %[req.hdr(x)]%[req.hdr(x)]"),
    Case("change that does not fit is left out", "----", lambda side, client: (client.send(LONG), client.response()),
         rules="http-request strict-mode off\n    http-request set-header X-A %[req.hdr(x)]%[req.hdr(x)]"),
    Case("change of the answer does not fit", "PH--", sends(LONG), rules="http-request set-var(txn.x) req.hdr(x)",
         backend="http-response set-header X-A %[var(txn.x)]%[var(txn.x)]"),
    Case("tarpit", "PT--", asks, rules="http-request tarpit", defaults="timeout tarpit 200ms"),
    Case("chunk of the answer is wrong", "SD--", sends(GET, reads_a_chunk), wrong_chunk_later),
    Case("answer is nonsense", "PH--", asks, says(b"nonsense\r\n\r\n")),
    Case("chunk of the request is wrong", "PH--", sends(CHUNKS, sends_a_wrong_chunk), hang),
    # The server fails.
    Case("server refuses", "SC--", asks, None),
    Case("server refuses a session", "SC", reads, None, tcp=True),
    Case("no server", "SC--", asks, on_server="disabled"),
    Case("server cuts its answer", "SD--", sends(GET), says(BEGINNING)),
    Case("server resets a session", "SD", sends("x"), lambda connection: (connection.recv(1), reset(connection)),
         raw=True, tcp=True),
    Case("server closes before its answer", "SH--", asks, says()),
    Case("server closes inside its head", "SH--", asks, says(b"HTTP/1.1 200 OK\r\nContent-")),
    # HAProxy counts one reset as two errors.
    Case("server resets before its answer", "SH--", asks, lambda request, connection: reset(connection),
         ignore=("eresp",)),
    # The server is slow.
    Case("server does not take connections", "sC--", asks, "deaf"),
    Case("server stops inside its answer", "sD--", sends(GET), says(BEGINNING, then=hang), defaults="timeout client 5s"),
    Case("server of a session is silent", "sD", reads, silent, raw=True, tcp=True, defaults="timeout client 5s"),
    Case("server never answers", "sH--", asks, hang),
    Case("queue times out", "sQ--", asks, hang, on_server="maxconn 1",
         defaults="timeout server 1s", beside=with_the_place_taken),
    # Ended by what happens to servers, or by the operator.
    Case("server goes down", "DH--", asks, hang, on_server="on-marked-down shutdown-sessions",
         defaults="timeout server 5s", beside=with_the_server_taken_out, ignore=("srv_check_health",)),
    Case("session whose server goes down", "D-", reads, silent, raw=True, tcp=True,
         on_server="on-marked-down shutdown-sessions", defaults="timeout server 5s\n    timeout client 5s",
         beside=with_the_server_taken_out, ignore=("srv_check_health",)),
    Case("main server comes back", "UH--", asks, hang, on_server="on-marked-up shutdown-backup-sessions",
         more="server s2 127.0.0.1:$s1 backup", defaults="timeout server 5s",
         beside=with_the_main_server_coming_back, ignore=("srv_check_health",)),
    Case("operator ends it", "KH--", asks, hang, defaults="timeout server 5s", beside=with_streams_shut_down),
    Case("operator ends an answer", "KD--", sends(GET, reads_the_beginning), says(BEGINNING, then=hang),
         defaults="timeout server 5s", beside=with_streams_shut_down_in_the_answer),
    Case("operator ends a session", "K-", reads, silent, raw=True, tcp=True,
         defaults="timeout server 5s\n    timeout client 5s", beside=with_streams_shut_down),
]


@unittest.skipUnless(HAPROXY, "needs haproxy to compare with")
class Terminations(Scenario):
    maxDiff = None

    def check(self, case):
        theirs, ours = self.lines_of(HAPROXY, case), self.lines_of(None, case)
        found = differences(theirs, ours, case.ignore)
        self.assertFalse(found, "haproxy (-) and dyad (+) differ:\n" + "\n".join(found))

    def lines_of(self, program, case):
        """What one program has to say, once it has written a line with the flags."""
        def script(side):
            if case.server == "deaf":
                port = side.deaf()
            elif case.server is None:
                port = side.refusing()
            else:
                port = side.origin(**{"raw" if case.raw else "respond": case.server}).port
            side.start(s1=port)

            def act():
                with side.client(waits=case.beside is None) as client:
                    case.client(side, client)
                    side.wait_log(f" {case.flags} ")
            case.beside(side, act) if case.beside else act()
        return play(program, script, case.sections(), "", case.defaults)

    def test_source_port_is_taken(self):
        """RC, as the manual says: the only port from which to connect is in use."""
        self.lines_of(None, Case(
            "", "RC--", asks, hang, on_server="source 127.0.0.1:$source",
            defaults="timeout server 1s", beside=with_the_place_taken))

    def test_the_whole_list(self):
        """Each pair of the manual has a case, or a reason."""
        missing = set(LISTED) - {case.flags[:2] for case in CASES} - set(ELSEWHERE)
        self.assertFalse(missing)


def scenario(case):
    return lambda self: self.check(case)


for each in CASES:
    setattr(Terminations, f"test_{each.flags[:2]}_{re.sub(r'[^a-z]+', '_', each.name)}", scenario(each))
