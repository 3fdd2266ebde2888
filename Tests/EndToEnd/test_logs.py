"""Log lines whose form is our own business, or that Debian's haproxy does not know yet."""
import json
import os
import re
import signal

from lab import wait_for

from support.daemon import answers
from support.messages import answer
from support.peers import Client, LogListener, get
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario


class Logs(Scenario):
    carries_traffic = True

    def logged(self, *lines, target="", tail=""):
        """A proxy with these lines in its frontend; returns it and what its target hears."""
        listener = self.log_listener()
        origin = self.origin(respond=lambda request, _: answer("x", fields=["X-Kind: text/plain"]))
        port = free_port()
        daemon = self.dyad(f"""
global
    stats socket {{socket}} level admin
    log 127.0.0.1:{listener.port} {target} local0
    {tail}
{DEFAULTS}
    log global
frontend www
    bind 127.0.0.1:{port}
    {chr(10).join('    ' + line for line in lines)}
    default_backend app
backend app
    server s1 127.0.0.1:{origin.port}
""", waits=True)
        daemon.port = port
        return daemon, listener

    def line(self, *lines, fields=("User-Agent: a\"b",), wanted="", **options):
        daemon, listener = self.logged(*lines, **options)
        get(daemon.port, "/a?b=\"c\"", fields=list(fields))
        return listener.wait_line(wanted)

    def test_json(self):
        line = self.line(
            "capture request header User-Agent len 9", "option httplog json", target="format raw",
            wanted="{")
        value = json.loads(line)
        self.assertEqual(value["frontend"], "www")
        self.assertEqual(value["server"], "s1")
        self.assertEqual(value["status"], 200)
        self.assertIsInstance(value["time_active"], int)
        self.assertIsInstance(value["client_port"], int)
        self.assertEqual(value["request"], "GET /a?b=#22c#22 HTTP/1.1")
        self.assertEqual(value["termination_state"], "----")

    def test_body_that_never_comes(self):
        """A client leaves while rules wait for its body: the log names the backend that they chose, as HAProxy's."""
        for rule in ("option http-buffer-request", "http-request wait-for-body time 30s"):
            daemon, listener = self.logged("option httplog", rule)
            for fields, body in (("Transfer-Encoding: chunked", "1\r\n1\r\n1\r\n1\r\n0\r\n"),
                                 ("Content-Length: 10", "abc")):
                with self.subTest(rule=rule, fields=fields), Client(daemon.port) as client:
                    client.send(f"POST /cut HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}")
                    client.finish_sending()
                    self.assertEqual(client.response().status, 400)
                    self.assertRegex(
                        listener.wait_line("/cut"), r" www app/<NOSRV> \d+/-1/-1/-1/\d+ 400 \d+ - - CR-- ")

    def test_encoded_items(self):
        line = self.line(
            "http-request set-var(txn.a) req.hdr(x)",
            "log-format \"%{+json}o unnamed %(a)[var(txn.a)] %(n)[int(7)] %(s:str)[int(7)] "
                "%(b:bool)[int(7)] %(none)[var(txn.none)] %(st)ST %ci %(bad:sint)b\"",
            fields=["X: q\"\\n"], target="format raw", wanted="{")
        self.assertEqual(json.loads(line), {
            "a": "q\"\\n", "n": 7, "s": "7", "b": True, "none": "", "st": 200, "bad": None})

    def test_one_encoded_value(self):
        line = self.line("log-format \"%ci %{+json}[str(ab)] %ST\"", target="format raw", wanted="200")
        self.assertEqual(line, "127.0.0.1 \"ab\" 200")

    def test_cbor(self):
        line = self.line(
            "log-format \"%{+cbor}o %(st)ST %(f)f\"", target="format raw", wanted="FF")
        self.assertEqual(line, "BF" "627374" "18C8" "6166" "63777777" "FF")

    def test_structured_data(self):
        daemon, listener = self.logged(
            "log-format \"%ST\"", "log-format-sd \"%{+Q,+E}o[id@1 f=%f s=%s]\"",
            target="format rfc5424")
        get(daemon.port)
        line = listener.wait_line(" 200")
        self.assertRegex(line, r"^<134>1 \S+ - dyad \d+ - \[id@1 f=\"www\" s=\"s1\"\] 200$")

    def test_lines_never_hold_line_ends(self):
        line = self.line(
            "http-request set-var(txn.a) req.hdr(x),url_dec", "log-format \"<%[var(txn.a)]> %ST\"",
            target="format raw", fields=["X: a%0d%0ab%00"], wanted="<")
        self.assertEqual(line, "<a#0D#0Ab#00> 200")

    def test_identifier_reaches_servers_rules_and_lines(self):
        daemon, listener = self.logged(
            "unique-id-format \"%{+X}o %ci:%cp_%fi:%fp_%Ts_%rt:%pid\"", "unique-id-header X-ID",
            "http-response set-header X-Seen %[unique-id]", "log-format \"id=%ID\"")
        with Client(daemon.port) as client:
            seen = [client.request("/").field("x-seen") for _ in range(3)]
        lines = [listener.wait_line("id=").split("id=")[1] for _ in range(3)]
        self.assertEqual(lines, seen)
        self.assertEqual(len(set(seen)), 3)
        self.assertRegex(seen[0], r"^7F000001:[0-9A-F]{4}_7F000001:[0-9A-F]{4}_[0-9A-F]{8}_[0-9A-F]{4}:")

    def test_the_guard_logs_the_death_of_its_process(self):
        listener = self.log_listener()
        port = free_port()
        daemon = self.dyad(f"""
global
    stats socket {{socket}} level admin
    log 127.0.0.1:{listener.port} local0
{DEFAULTS}
frontend www
    bind 127.0.0.1:{port}
    http-request return status 200
""", "-W", "-db", waits=True)
        os.kill(daemon.process, signal.SIGKILL)
        line = listener.wait_line("killed")
        self.assertIn(f"dyad[{daemon.pid}]: process ", line)
        wait_for(lambda: answers(port), 5, "the new process answers")

    def test_lines_of_connections_without_a_request(self):
        daemon, listener = self.logged("error-log-format \"%OG %ci %f %ST\"")
        # A second listener that expects a PROXY header.
        other = free_port()
        daemon.write(open(daemon.file).read().replace(
            "    default_backend app\n", f"    bind 127.0.0.1:{other} accept-proxy\n    default_backend app\n"))
        daemon.ask("reload")
        with Client(other) as client:
            client.send("nonsense without a header\r\n\r\n")
            listener.wait_line("sess_error 127.0.0.1 www ")

    def test_lines_over_tcp(self):
        """A ring's server: frames with their lengths, nothing lost while it is away, nobody slowed by one that does not read."""
        received = []
        collector = self.origin(raw=lambda connection: read_frames(connection, received))
        collector.stop()
        daemon, _ = self.logged("log-format \"%HU\"", "log ring@far local0", tail=f"""
ring far
    format raw
    size 32768
    server far 127.0.0.1:{collector.port} log-proto octet-count
""")
        for number in range(5):
            get(daemon.port, f"/early{number}")
        collector.start()
        wait_for(lambda: len(received) == 5, 10, lambda: f"early lines, got {received}")
        get(daemon.port, "/late")
        wait_for(lambda: len(received) == 6, 5, "the late one")
        self.assertEqual(received, [f"/early{number}" for number in range(5)] + ["/late"])

    def test_each_server_of_a_ring_gets_all_lines(self):
        received = {"legacy": [], "octets": []}
        legacy = self.origin(raw=lambda connection: read_lines(connection, received["legacy"]))
        octets = self.origin(raw=lambda connection: read_frames(connection, received["octets"]))
        octets.stop()
        daemon, _ = self.logged("log-format \"%HU\"", "log ring@far local0", tail=f"""
ring far
    server legacy 127.0.0.1:{legacy.port}
    server octets 127.0.0.1:{octets.port} log-proto octet-count
""")
        for number in range(5):
            get(daemon.port, f"/{number}")
        wanted = [f"/{number}" for number in range(5)]
        wait_for(lambda: received["legacy"] == wanted, 5, lambda: f"lines, got {received}")
        octets.start()
        wait_for(lambda: received["octets"] == wanted, 10, lambda: f"frames, got {received}")

    def test_a_server_that_reads_nothing_slows_nobody(self):
        held = []
        collector = self.origin(raw=lambda connection: (held.append(connection), wait_for(
            lambda: daemon is None, 60, "the end")))
        daemon, listener = self.logged(
            "no log", f"log tcp@127.0.0.1:{collector.port} len 8000 format raw local0",
            "log-format \"%HU%HU%HU%HU\"")
        with Client(daemon.port) as client:
            for number in range(1200):
                client.request("/" + "x" * 900)
        wait_for(lambda: dropped(daemon) > 0, 5, "dropped lines are counted")
        listener.wait_line("dropped")
        daemon = None


def dropped(daemon):
    return int(re.search(r"^DroppedLogs: (\d+)", daemon.ask("show info"), re.M)[1])


def read_lines(connection, received):
    """Lines, each with its line feed."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
        while b"\n" in data:
            line, data = data.split(b"\n", 1)
            received.append(line.decode())


def read_frames(connection, received):
    """Frames of RFC 6587 section 3.4.1."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
        while (head := data.split(b" ", 1))[0].isdigit() and len(head) == 2 and len(head[1]) >= int(head[0]):
            length = int(head[0])
            received.append(head[1][:length].decode())
            data = head[1][length:]
