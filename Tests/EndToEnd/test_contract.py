"""Dyad and Debian's haproxy with one configuration: the same commands, the same shape of answers."""
import re
import shutil
import subprocess
import sys

from lab import wait_for
from support.peers import get
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario

CONFIGURATION = """
global
    stats socket {{socket}} level admin
    stats socket {{socket}}.operator level operator
    stats socket {{socket}}.user level user
    maxconn 500
    presetenv DYAD_TEST value
{defaults}
frontend www
    bind 127.0.0.1:{www}
    rate-limit sessions 50
    http-request use-service prometheus-exporter if {{ path /metrics }}
    default_backend app

frontend tcp
    bind 127.0.0.1:{tcp}
    mode tcp
    default_backend tunnel

backend app
    balance roundrobin
    option httpchk GET /
    server a 127.0.0.1:{origin} check inter 100ms weight 10
    server b 127.0.0.1:{origin} weight 20 maxconn 100
    server c 127.0.0.1:{origin} disabled backup
    server t 127.0.0.1:{origin} track app/a
    server g 127.0.0.1:{origin} check agent-check agent-port {closed} agent-inter 1h inter 1h

backend tunnel
    mode tcp
    balance source
    server a 127.0.0.1:{origin}
"""

# Each is sent to both, in this order; what they change stays.
COMMANDS = """
show version
show cli level
show cli sockets
show backend
show env DYAD_TEST
show env NOBODY
show errors
show errors nobody
show errors -1
show errors www request
show servers conn
show servers conn app
show servers conn nobody
show servers state
show servers state app
show servers state nobody
show stat
show stat typed
show stat json
show stat -1 4 -1
show stat app 2 -1
show stat nobody 1 1
show stat up
show stat no-maint
show stat typed desc
show info
show info typed
show info json
show info desc
show info float
show schema json
show sess
show sess 0x1
show sess nonsense
show sess all
show sess help
show activity
show threads
show pools
show fd
show table
show resolvers
show peers
disable server
disable server app
disable server app/
disable server app/nobody
disable server nobody/a
disable server app/a
disable server app/a
enable server app/a
enable server #4/#1
disable health app/a
enable health app/a
enable health app/b
disable agent app/g
enable agent app/g
enable agent app/a
disable frontend
disable frontend nobody
disable frontend app
disable frontend tcp
disable frontend tcp
enable frontend tcp
enable frontend tcp
enable frontend nobody
get weight app/a
get weight app/nobody
get weight app
get weight
set weight app/a 20
set weight app/a 200%
set weight app/a 257
set weight app/a -1
set weight app/a x
set weight app/a
set weight app/a 10x
set weight app/nobody 1
set weight tunnel/a 50%
set weight tunnel/a 0%
set weight tunnel/a 100%
set maxconn
set maxconn frontend
set maxconn frontend nobody 10
set maxconn frontend www
set maxconn frontend www x
set maxconn frontend www -1
set maxconn frontend www 400
set maxconn server
set maxconn server app/a
set maxconn server app/a x
set maxconn server app/a -3
set maxconn server app/a 30
set maxconn global
set maxconn global x
set maxconn global 100000000
set maxconn global 450
set rate-limit
set rate-limit nonsense
set rate-limit connections
set rate-limit connections nonsense
set rate-limit connections global
set rate-limit connections global x
set rate-limit connections global -1
set rate-limit connections global 1000
set rate-limit sessions global 1000
set rate-limit ssl-sessions global 1000
set rate-limit http-compression global 1000
set rate-limit http-compression nonsense
set rate-limit connections global 0
set rate-limit sessions global 0
set rate-limit ssl-sessions global 0
set server
set server app
set server app/a
set server app/nobody state ready
set server nobody/a state ready
set server app/a nonsense
set server app/a state
set server app/a state nonsense
set server app/a state drain
set server app/a state maint
set server app/a state ready
set server app/a health
set server app/a health nonsense
set server app/a health stopping
set server app/a health down
set server app/a health up
set server app/b health up
set server app/t health up
set server app/t state drain
set server app/t state ready
set server app/a agent up
set server app/g agent nonsense
set server app/g agent down
set server app/g agent up
set server app/a weight 10
set server app/a weight
set server app/a weight x
set server app/a weight 300
set server app/a addr
set server app/a addr 127.0.0.1
set server app/a addr nonsense
set server app/a addr 127.0.0.2
set server app/a addr 127.0.0.1 port 80x
set server app/a addr 127.0.0.1 port
set server app/a addr 127.0.0.1 port 70000
set server app/a addr 127.0.0.1 port 0
set server app/a addr 127.0.0.1 port 8
set server app/a addr ::1 port 8
set server app/a addr 127.0.0.1 port +1
set server app/a check-port
set server app/a check-port x
set server app/a check-port 0
set server app/a check-port 70000
set server app/a check-port 81
set server app/b check-port 81
set server app/a check-addr
set server app/a check-addr nonsense
set server app/a check-addr 127.0.0.1
set server app/a check-addr 127.0.0.1 port 82
set server app/b check-addr 127.0.0.1
set server app/g agent-addr 127.0.0.1
set server app/g agent-addr nonsense
set server app/a agent-addr 127.0.0.1
set server app/g agent-port 83
set server app/g agent-port x
set server app/a agent-port 83
set server app/g agent-send hello
set server app/a agent-send hello
set server app/a fqdn
set server app/a fqdn example.org
set server app/a ssl
set server app/a ssl on
shutdown sessions server app/a
shutdown sessions server app/nobody
shutdown sessions server
shutdown session
shutdown session 0x12345
shutdown session nonsense
shutdown frontend
shutdown frontend nobody
shutdown frontend tcp
shutdown frontend tcp
enable frontend tcp
disable frontend tcp
clear counters
clear counters all
clear counters nonsense
clear table
set timeout
set timeout cli
set timeout cli x
set timeout cli 30
set timeout other 30
set severity-output
set severity-output nonsense
set severity-output number
set severity-output string; disable server nobody/a
show stat;show info
show version;show version
;
; show version ;
show version; bogus
bogus
bogus command
show
show nonsense
set
disable
help
help show
help set server
help nonsense
operator; show cli level
user; show cli level
user; disable server app/a
user; clear counters
user; show env DYAD_TEST
operator; clear counters
operator; clear counters all
operator; show env DYAD_TEST
operator; set weight app/a 3
operator; show sess
user; show sess
user; show info
user; show errors
user; operator
user; show activity
user; show fd
user; show cli sockets
user; set rate-limit connections global 1
user; show threads
user; show servers state
user; shutdown frontend www
user; get weight app/a
user; show pools
user; set timeout cli 30
user; set maxconn global 100
user; set severity-output number
prompt
quit
""".strip().splitlines()


def shape(answer):
    """The answer without what differs from one moment or machine to another."""
    answer = re.sub(r"0x[0-9a-f]+", "ADDRESS", answer)
    answer = re.sub(r"/tmp/dy-[^ /]+/s", "SOCKET", answer)
    answer = re.sub(r"\d\d/\w{3}/\d{4}:[\d:.]+", "TIME", answer)
    return answer


class Pair(Scenario):
    def start(self):
        ports = dict(www=free_port(), tcp=free_port(), closed=free_port(), origin=self.origin("web").port)
        both = []
        for program in (None, "haproxy"):
            ports["www"], ports["tcp"] = free_port(), free_port()
            text = CONFIGURATION.format(defaults=DEFAULTS, **ports)
            daemon = self.dyad(text, "-db", program=program, waits=True)
            daemon.port = ports["www"]
            both.append(daemon)
        return both


    def test_metrics(self):
        """The names, labels and types of the Prometheus service, and a parser that reads them."""
        ours, theirs = self.start()
        for daemon in (ours, theirs):
            wait_for(lambda: "app,a,0" in daemon.ask("show stat") and "L7OK" in daemon.ask("show stat"), 5, "a check")
        self.assertEqual(series(get(theirs.port, "/metrics").text) - series(get(ours.port, "/metrics").text), set())
        added = series(get(ours.port, "/metrics").text) - series(get(theirs.port, "/metrics").text)
        self.assertEqual(added, set())
        for query, name in (
                ("?scope=global", "process"), ("?scope=frontend", "frontend"), ("?scope=backend", "backend"),
                ("?scope=server", "server")):
            text = get(ours.port, "/metrics" + query).text
            self.assertEqual({line.split("_")[1] for line in series(text)}, {name}, query)
        self.assertNotIn('server="c"', get(ours.port, "/metrics?no-maint").text)
        self.assertEqual(get(ours.port, "/metrics?scope=").text, "")
        self.assertEqual(get(ours.port, "/metrics?scope=nonsense").status, 400)

    def test_metrics_are_parsed(self):
        python = next((each for each in (sys.executable, "/usr/bin/python3") if parses(each)), None)
        if python is None:
            self.skipTest("needs python3-prometheus-client")
        ours, _ = self.start()
        read = subprocess.run(
            [python, "-c", PARSER], input=get(ours.port, "/metrics").text, stdout=subprocess.PIPE, text=True,
            timeout=20, check=True).stdout
        self.assertGreater(int(read), 180)


PARSER = (
    "import sys; from prometheus_client.parser import text_string_to_metric_families as parse;"
    "print(len([family for family in parse(sys.stdin.read()) if family.samples]))")


def parses(python):
    return shutil.which(python) and subprocess.run(
        [python, "-c", "import prometheus_client"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def series(text):
    """Names and labels of the samples, and the lines that give types."""
    lines = [line for line in text.splitlines() if not line.startswith("# HELP")]
    return {
        line if line.startswith("#") else re.sub(r'version="[^"]*"', "", line.rsplit(" ", 1)[0]) for line in lines}
