"""`show servers state` and the file that it becomes: what servers were survives a restart, here as with haproxy."""
import os

from lab import wait_for
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario

CHANGES = """
set server app/maintained state maint
set server app/drained state drain
set server app/weighted weight 7
set server app/enabled state ready
set server app/down health down
disable health app/silent
"""


class ServerState(Scenario):
    maxDiff = None

    def configuration(self, origin, more=""):
        return f"""
global
    stats socket {{socket}} level admin
    server-state-file {self.directory}/states
    {more}
{DEFAULTS}
    load-server-state-from-file global
frontend www
    bind 127.0.0.1:{free_port()}
    default_backend app
backend app
    server plain 127.0.0.1:{origin.port}
    server maintained 127.0.0.1:{origin.port}
    server drained 127.0.0.1:{origin.port}
    server weighted 127.0.0.1:{origin.port} weight 10
    server enabled 127.0.0.1:{origin.port} disabled
    server disabled 127.0.0.1:{origin.port} disabled
    server down 127.0.0.1:{origin.port} check inter 1h
    server silent 127.0.0.1:{origin.port} check inter 1h
"""

    def setUp(self):
        self.web = self.origin("web")
        self.directory = "/tmp"

    def start(self, program, states):
        self.directory = f"/tmp/dy-states-{os.getpid()}"
        os.makedirs(self.directory, exist_ok=True)
        path = f"{self.directory}/states"
        with open(path, "w") as file:
            file.write(states)
        self.addCleanup(lambda: os.path.exists(path) and os.remove(path))
        self.addCleanup(lambda: os.path.isdir(self.directory) and not os.listdir(self.directory) and os.rmdir(self.directory))
        daemon = self.dyad(self.configuration(self.web), "-db", program=program, waits=True)
        return daemon

    @staticmethod
    def states(daemon):
        """Without the ids of the proxies and the seconds since the last change."""
        lines = daemon.ask("show servers state").strip().splitlines()
        rows = [line.split() for line in lines[2:]]
        # Operation, administration and weights, and whether the check is on. How near to the next state the checks are is
        # not compared: haproxy makes it up for servers without running checks.
        return {row[3]: (row[5:9], int(row[13]) & 6) for row in rows}

    def test_round_trip(self):
        for program in (None, "haproxy"):
            with self.subTest(program or "dyad"):
                first = self.start(program, "1\n")
                for line in CHANGES.strip().splitlines():
                    self.assertEqual(first.ask(line).strip(), "", line)
                wait_for(lambda: first.ask("show servers state").count("\n") > 8, 5, "the table is whole")
                states, before = first.ask("show servers state").strip(), self.states(first)
                first.end()
                results = {}
                for other in (None, "haproxy"):
                    daemon = self.start(other, states + "\n")
                    results[other] = self.states(daemon)
                    self.assertEqual(daemon.ask("get weight app/weighted"), "7 (initial 10)\n\n")
                    daemon.end()
                self.assertEqual(results[None], results["haproxy"])
                self.assertEqual(results[None], before)

    def test_what_is_no_file_of_states(self):
        daemon = self.start(None, "2\nx\n")
        daemon.wait_line("states' ignored")
        for junk in ("1\n# x\n4 app 1 plain 127.0.0.1 9 99 999 -1 x x x x x x x\n", "1\n" + "a " * 5000 + "\n", "1"):
            daemon = self.start(None, junk)
            self.assertEqual(self.states(daemon)["plain"][0], ["2", "0", "1", "1"])

    def test_a_missing_file_is_told(self):
        daemon = self.dyad(self.configuration(self.web), "-db", waits=True)
        daemon.wait_line("Can't open global server state file '/tmp/states': No such file or directory")
