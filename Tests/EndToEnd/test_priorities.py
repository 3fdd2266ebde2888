"""Who comes first where requests wait, and how often they are tried: rules that set it. Beside Debian's haproxy."""
import contextlib
import threading
import unittest

from support.daemon import binary
from support.messages import answer
from support.peers import Client
from support.ports import free_port
from support.scenario import Scenario, configuration
from support.sides import HAPROXY, differences, play

QUEUE = """
frontend www
    bind 127.0.0.1:$www
%s    default_backend app
backend app
    timeout queue 20s
    timeout server 20s
%s    server s1 127.0.0.1:$s1 maxconn 1
"""
CLASS = "    http-request set-priority-class req.hdr_val(class)\n"
OFFSET = "    http-request set-priority-offset req.hdr_val(offset)\n"


class Priorities(Scenario):
    maxDiff = None

    def order(self, side, targets):
        """In what order requests come to the server that have waited together."""
        arrived, opened = threading.Event(), threading.Event()

        def slowly(request, connection):
            arrived.set()
            opened.wait(10)
            return answer("x")
        origin = side.origin(respond=slowly)
        side.start(s1=origin.port)
        with contextlib.ExitStack() as stack:
            clients = []
            for number, target in enumerate(["first", *targets]):
                client = stack.enter_context(side.client(waits=False))
                fields = dict(word.split("=") for word in target.split(",") if "=" in word)
                client.send(f"GET /{target} HTTP/1.1\r\nHost: test\r\n"
                            + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n")
                clients.append(client)
                if number == 0:
                    arrived.wait(5)
                else:
                    side.wait_stat("app", "BACKEND", "qcur", str(number))
            opened.set()
            for client in clients:
                client.response()
        return [request.target[1:] for request in origin.requests[1:]]

    def compare(self, sections, targets):
        results = []

        def script(side):
            results.append(self.order(side, targets))
        found = differences(play(HAPROXY, script, *sections), play(binary(), script, *sections))
        self.assertEqual(*results)
        # Log lines are compared, too: they tell how many were served before.
        self.assertFalse(found, "haproxy (-) and dyad (+) differ:\n" + "\n".join(found))
        return results[1]

    @unittest.skipUnless(HAPROXY, "needs haproxy to compare with")
    def test_order(self):
        classes = ["class=5,a", "class=5,b", "class=-3,c", "d", "class=5000,e", "class=2047,f", "class=-3,g", "class=-9999,h"]
        for rules, targets, wanted in [
                (("", ""), classes[:3], "abc"), ((CLASS, ""), classes, "hcgdabef"), (("", CLASS), classes, "hcgdabef"),
                ((OFFSET, ""), ["offset=20000,a", "b", "offset=-20000,c", "offset=20000,d", "offset=-90000,e"], "ecbad"),
                ((CLASS + OFFSET, ""), ["class=1,offset=-90000,a", "offset=90000,b", "offset=60000,c"], "cba")]:
            with self.subTest(wanted):
                got = self.compare([QUEUE % rules], targets)
                self.assertEqual("".join(target[-1] for target in got), wanted)

    def test_of_tcp_sessions_and_what_rules_read(self):
        rules = ("    tcp-request content set-priority-class int(-7)\n    http-request set-priority-offset int(9)\n"
                 "    http-request set-priority-class prio_class,add(-1)\n"
                 "    http-request set-header class %[prio_class] if { prio_offset 9 }\n")
        origin = self.origin()
        port = free_port()
        self.dyad(configuration(port, [origin], frontend=rules), waits=True)
        with Client(port) as client:
            client.request()
        self.assertEqual(origin.requests[-1].field("class"), "-8")

    def test_set_retries(self):
        """Debian's haproxy does not know it: the same numbers as `retries` gives there."""
        def script(side):
            side.start(s1=side.refusing())
            with side.client() as client:
                return client.request().status
        for theirs, ours in [("retries 0", "retries 3\n    http-request set-retries 0"),
                             ("retries 1", "retries 0\n    http-request set-retries int(1)"),
                             ("retries 0", "retries 0\n    http-request set-retries int(101)")]:
            with self.subTest(ours):
                text = "frontend www\n    bind 127.0.0.1:$www\n    default_backend app\nbackend app\n    %s\n    server s1 127.0.0.1:$s1\n"
                if HAPROXY:
                    self.assertEqual(differences(
                        play(HAPROXY, script, text % theirs), play(binary(), script, text % ours)), [])
