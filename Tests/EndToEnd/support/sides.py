"""Two programs side by side: the same configuration and events, and what each of them says about it."""
import csv
import difflib
import io
import re
import shutil
import socket
import threading

from lab import wait_for

from .daemon import Daemon, PATIENCE, binary
from .peers import Client, LogListener, Origin
from .ports import free_port

HAPROXY = shutil.which("haproxy")

CONFIGURATION = """
global
    stats socket {socket} level admin
    log 127.0.0.1:%(syslog)d local0
    nbthread 1
    maxconn 500
    %(extra_global)s
defaults
    mode http
    log global
    option httplog
    retries 1
    timeout connect 300ms
    timeout client 600ms
    timeout server 600ms
    timeout queue 300ms
    timeout http-request 400ms
    timeout http-keep-alive 2s
    %(defaults)s
frontend marker
    bind 127.0.0.1:%(marker)d
    no option dontlog-normal
    http-request return status 200
%(sections)s
"""

# Columns that tell times, rates of the last second, or what only one program has inside.
INTERNAL = set("""
    lastchg downtime check_duration lastsess qtime ctime rtime ttime qtime_max ctime_max rtime_max ttime_max
    agent_duration rate rate_max req_rate req_rate_max conn_rate conn_rate_max pid addr
    srv_icur src_ilim idle_conn_cur safe_conn_cur used_conn_cur need_conn_est connect reuse
""".split())
STATE = ["srv_op_state", "srv_admin_state", "srv_uweight", "srv_check_status", "srv_check_result",
         "srv_check_health", "srv_agent_state"]


def plain(line):
    """A log line without what differs from run to run."""
    line = re.sub(r"^<(\d+)>\w{3} [ \d]\d [\d:]{8} (haproxy|dyad)\[\d+\]: ", r"<\1> ", line)
    # What `format`, `log-tag` and `log-send-hostname` make of it.
    line = re.sub(r"^(<\d+>1? ?)?\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}[+-]\d\d:\d\d ", r"\1ISO ", line)
    line = re.sub(r"^(<\d+>)\w{3} [ \d]\d [\d:]{8} ", r"\1BSD ", line)
    line = re.sub(r"(haproxy|dyad)\[\d+\]:", "TAG", line)
    line = re.sub(r"(?<=tool)(\[\d+\]:| \d+) ", " PID ", line)
    line = re.sub(r"\[\d\d/\w{3}/\d{4}:[\d:.]+\]", "[DATE]", line)
    line = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", line)
    # Words of HAProxy 3.x, which we use.
    line = line.replace("ECONNREFUSED returned by OS (Connection refused)", "Connection refused")
    line = re.sub(r"check duration: \d+ms", "check duration: Nms", line)
    times = re.search(r"(?<= )\+?-?\d+(?:/\+?-?\d+){2,4}(?= )", line)
    # The format `clf` has its own order and ports.
    line = re.sub(r'\[\d\d/\w{3}/\d{4}:[\d:]+ [+]\d{4}\] ("[^"]*" \d+) \d+ ("" "") \d+ \d+ ((?:"\S+" ){3})[-\d ]+ (?=\S{4} )',
                  r"[DATE] \1 BYTES \2 PORT MS \3TIMES ", line)
    if times and "]" in line[:times.start()]:
        text = re.sub(r"(?<![\d-])\d+", "T", times[0])
        # All connections of the process: those of the runtime socket among them.
        rest = re.sub(r"(?<= )\d+(/\d+/\d+/\d+/\+?\d+ \d+/\d+)", r"ALL\1", line[times.end():])
        if text.count("/") == 4:
            # HAProxy counts HTTP's bytes in a form of its own, so only some or none can be compared.
            rest = re.sub(r"^( \d{3}| -1) (\+?)[1-9]\d* ", r"\1 \2BYTES ", rest)
        line = line[:times.start()] + text + rest
    return line


class Side:
    """One program, running."""

    def __init__(self, program, sections, extra_global="", defaults=""):
        self.log = LogListener()
        self.origins = []
        self.ports = {}
        self.marker = free_port()
        self.texts = (sections, extra_global, defaults)
        self.program = program
        self.daemon = None

    # MARK: What a script uses

    def origin(self, *arguments, **options):
        origin = Origin(*arguments, **options)
        self.origins.append(origin)
        return origin

    def port(self, name):
        """A port of the side's own for each name."""
        return self.ports.setdefault(name, free_port())

    def refusing(self, name="refusing"):
        """A port on which nobody listens."""
        return self.port(name)

    def deaf(self):
        """A listener whose queue is full: connecting to it takes for ever."""
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        self.held = getattr(self, "held", []) + [listener]
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            self.held.append(filler)
        return listener.getsockname()[1]

    def start(self, **values):
        """Starts the program; `$name` in its sections is one of `values`, or a port of that name."""
        sections, extra_global, defaults = self.texts

        def value(match):
            return str(values.get(match[1]) or self.port(match[1]))
        text = CONFIGURATION % {
            "syslog": self.log.port, "marker": self.marker, "extra_global": extra_global,
            "defaults": defaults, "sections": re.sub(r"\$(\w+)", value, sections)}
        self.daemon = Daemon(text, "-db", program=self.program, waits=True)

    def client(self, name="www", waits=True, **options):
        """A connection to a frontend; `waits`: until the one before is gone there, too."""
        if waits:
            self.wait_stat(name, "FRONTEND", "scur", "0")
        return Client(self.port(name), **options)

    def ask(self, command):
        return self.daemon.ask(command)

    def during(self, act, events):
        """Does something while events happen."""
        thread = threading.Thread(target=events, daemon=True)
        thread.start()
        act()
        thread.join(PATIENCE)

    def wait_log(self, part):
        return self.log.wait_line(part)

    def wait_stat(self, proxy, server, column, value):
        """Until a column of `show stat` has a value, given as text."""
        wait_for(
            lambda: self.rows().get((proxy, server), {}).get(column) == value, 5,
            lambda: f"{proxy}/{server} has {column} {value}: {self.rows().get((proxy, server))}")

    def rows(self):
        text = self.ask("show stat").lstrip("# ")
        rows = {}
        for row in csv.DictReader(io.StringIO(text)):
            # Behind the column `-` are those of HAProxy's inner layers.
            names = list(row)
            common = names[:names.index("-")] if "-" in names else names
            rows[row["pxname"], row["svname"]] = {name: row[name] for name in common}
        return rows

    # MARK: What is compared

    def lines(self):
        """All log lines so far, plain."""
        with Client(self.marker) as client:
            client.request("/end-of-script")
        self.log.wait_line("/end-of-script")
        lines = [plain(line) for line in self.log.seen[:-1]]
        # Starting and stopping have words of their own.
        return [line for line in lines if " started." not in line]

    def statistics(self):
        rows = self.rows()
        def value(row, name):
            text = re.sub(r"\d+ms", "Nms", row[name] or "")
            is_size = name in ("bin", "bout") and row["mode"] != "tcp" and text.isdigit()
            return ("some" if int(text) else "none") if is_size else text
        return {
            "/".join(key): {name: value(row, name) for name in row if name not in INTERNAL}
            for key, row in rows.items() if key[0] != "marker"}

    def states(self):
        lines = self.ask("show servers state").splitlines()
        names = lines[1].lstrip("# ").split()
        rows = [dict(zip(names, line.split())) for line in lines[2:] if line.strip()]
        return {
            f"{row['be_name']}/{row['srv_name']}": {name: row[name] for name in STATE}
            for row in rows}

    def close(self):
        for origin in self.origins:
            origin.stop()
        for held in getattr(self, "held", []):
            held.close()
        if self.daemon:
            self.daemon.close()
        self.log.close()


def play(program, script, *texts):
    """Runs a script against a program; returns what it had to say."""
    side = Side(program or binary(), *texts)
    try:
        script(side)
        return {"log": side.lines(), "statistics": side.statistics(), "states": side.states()}
    finally:
        side.close()


def differences(theirs, ours, ignore=()):
    """What differs between two such results, a line each."""
    found = [
        line for line in difflib.unified_diff(theirs["log"], ours["log"], n=0, lineterm="")
        if line[0] in "-+" and line[:3] not in ("---", "+++")]
    for table in ("statistics", "states"):
        for row in sorted({*theirs[table], *ours[table]}):
            left, right = (side[table].get(row, {}) for side in (theirs, ours))
            found += [
                f"{row} {column}: -{left.get(column)!r} +{right.get(column)!r}"
                for column in {**left, **right}
                if column not in ignore and left.get(column) != right.get(column)]
    return found
