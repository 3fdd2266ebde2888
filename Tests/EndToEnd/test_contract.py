"""Dyad and Debian's haproxy with one configuration: the same commands, the same shape of answers."""
import json
import re
import shutil
import socket
import subprocess
import sys

from lab import wait_for
from support.commands import COMMANDS, DIFFERENT, INSIDE
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
    option socket-stats
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
    server g 127.0.0.1:{origin} agent-check agent-port {closed} agent-inter 1h

backend tunnel
    mode tcp
    balance source
    server a 127.0.0.1:{origin}
"""


def shape(command, answer):
    """The answer without what differs from one moment, port or machine to another, and without the columns that only
    HAProxy's modules have."""
    last = command.split(";")[-1].strip()
    answer = re.sub(r"2\.6\.12-[\w.+-]+", "VERSION", answer)
    # Ours makes one socket by itself.
    answer = answer.replace("unix@/run/dyad/dyad.sock admin all\n", "")
    if command == "show stat;show info":
        return [part.splitlines()[0].split(",-,")[0] for part in answer.split("\n\n") if part]
    if last.startswith("show stat"):
        return stat_shape(last, answer)
    if last.startswith("show info"):
        return info_shape(last, answer)
    if "Unknown command" in answer or "valid at this level" in answer or last.startswith("help"):
        return [line for line in answer.splitlines() if not line.startswith("  ")], answer.splitlines()[-4:]
    if last == "show schema json":
        return sorted(json.loads(answer)["definitions"])
    if last.startswith(INSIDE):
        return "Permission denied" in answer
    answer = re.sub(r"0x[0-9a-f]+", "ADDRESS", answer)
    answer = re.sub(r"epoch=ADDRESS|epoch=0", "epoch", answer)
    answer = re.sub(r"\[[^]]*\]", "[]", answer)
    answer = re.sub(r"(rate|exp)=\w*", r"\1", answer)
    answer = re.sub(r"/tmp/dy-[^ /]+/s", "SOCKET", answer)
    if last.startswith("show servers state"):
        # Without the seconds since the last change, and what checks say, one of which may be running.
        return [row.split()[:9] + row.split()[14:] for row in answer.splitlines()]
    if last.startswith("show servers conn"):
        # What connections were needed, and which ones may be shared, is each program's own guess.
        return [row.split()[:7] + [len(row.split())] for row in answer.splitlines()]
    return answer


# Filled or empty from one check to the next.
CHANGING = {"check_status", "check_code", "check_duration", "last_chk", "throttle"}
LAST_COLUMN = 102


def is_stable(position, name):
    return position <= LAST_COLUMN and not name.startswith("agent_") and name not in CHANGING


def stat_shape(command, answer):
    if "json" in command and answer.startswith("["):
        return [
            [
                (f["objType"], f["id"], f["field"], f["tags"], f["value"]["type"]) for f in row
                if is_stable(f["field"]["pos"], f["field"]["name"])]
            for row in json.loads(answer)]
    if "typed" in command:
        fields = [line.split(":")[:3] for line in answer.splitlines() if line]
        return [
            field for field in fields if is_stable(int(field[0].split(".")[3]), field[0].split(".")[4])]
    lines = answer.splitlines()
    if not lines or not lines[0].startswith("# pxname"):
        return answer
    names = lines[0][2:].split(",")[:LAST_COLUMN]
    rows = [dict(zip(names, row.split(","))) for row in lines[1:] if row]
    return names, [
        (row["pxname"], row["svname"], row["status"], {name for name in names if is_stable(0, name) and row.get(name)}) for row in rows]


def info_shape(command, answer):
    if "json" in command:
        return [(f["field"], f["tags"], f["value"]["type"]) for f in json.loads(answer)]
    return [line.split(":")[:3 if "typed" in command else 1] for line in answer.splitlines()]


# First words of the commands whose level is compared.
LEVELLED = sorted({" ".join(command.split(";")[0].split()[:2]) for command in COMMANDS if ";" not in command} - {
    "prompt", "quit", "help", "show nonsense", "set timeout", "set severity-output"})


def ask(path, command):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(path)
        connection.sendall(command.encode() + b"\n")
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer.decode()


def checked(daemon):
    return re.search(r"(?m)^app,a,.*,UP,.*L7OK,200,", daemon.ask("show stat app 4 -1"))


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
        for daemon in both:
            wait_for(lambda: checked(daemon), 5, "the checks have been made")
        return both


    def test_commands(self):
        ours, theirs = self.start()
        for command in COMMANDS:
            with self.subTest(command):
                answer, wanted = ours.ask(command), theirs.ask(command)
                if command in DIFFERENT:
                    self.assertIn(DIFFERENT[command], (None, answer.strip()))
                else:
                    self.assertEqual(shape(command, answer), shape(command, wanted))

    def test_levels(self):
        """Each command at each level: refused where HAProxy refuses it."""
        ours, theirs = self.start()
        for level in ("user", "operator"):
            for command in LEVELLED:
                with self.subTest(f"{level}: {command}"):
                    answers = [ask(f"{daemon.socket_path}.{level}", command) for daemon in (ours, theirs)]
                    self.assertEqual(*("Permission denied" in answer for answer in answers))

    def test_metrics(self):
        """The names, labels and types of the Prometheus service, and a parser that reads them."""
        ours, theirs = self.start()
        self.assertEqual(series(get(theirs.port, "/metrics").text) - series(get(ours.port, "/metrics").text), set())
        added = series(get(ours.port, "/metrics").text) - series(get(theirs.port, "/metrics").text)
        self.assertEqual(added, set())
        for query, name in (
                ("?scope=global", "process"), ("?scope=frontend", "frontend"), ("?scope=listener", "listener"),
                ("?scope=backend", "backend"), ("?scope=server", "server")):
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
