"""Counts what a keep-alive request costs: instructions, allocations, system calls, and allocations where rules run.
Started by scripts/bench.

Two runs that differ only in the number of requests; the difference leaves start and stop out.
"""
import argparse
import os
import pathlib
import re
import signal
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Lab")]

from lab import children  # noqa: E402
from support.daemon import Daemon  # noqa: E402
from support.peers import Client, Origin  # noqa: E402
from support.ports import free_port  # noqa: E402
from support.scenario import configuration  # noqa: E402

FEW, MANY = 300, 1800
# After warm-up a request allocates nothing; tables that still grow are worth less than this.
ALLOCATIONS = 0.01
# Two reads, two writes, two waits, and a few timers among many requests.
SYSTEM_CALLS = 7
PLAIN = "option forwardfor"
# Twelve rules, and five conditions for the backend: what configurations are mostly made of; and digests.
RULES = """option forwardfor
    acl static path_end .css .js .png .jpg
    acl api path_beg /api/
    acl admin path_reg ^/admin(/|$)
    acl elsewhere hdr(host) -i x.example.org
    http-request deny if admin !{ src 10.0.0.0/8 }
    http-request set-header X-Forwarded-Proto https if { ssl_fc }
    http-request set-header X-Forwarded-Proto http if !{ ssl_fc }
    http-request add-header X-Request-Start t=%[date()]
    http-request del-header X-Secret
    http-request set-header X-Host %[req.hdr(Host),lower]
    http-request replace-header Cookie (.*)debug=[^;]*(.*) \\1\\2
    http-request set-var(txn.path) path
    http-request set-var(txn.digest) path,sha2(256),hex
    http-request set-var(txn.code) "path,hmac(sha1,a2V5),base64"
    http-request set-var(txn.hash) path,xxh64
    http-request redirect scheme https if { hdr(X-Force) -m found }
    http-response set-header Strict-Transport-Security max-age=31536000
    http-response del-header Server
    http-response set-header X-Path %[var(txn.path)]
    use_backend app if static
    use_backend app if api
    use_backend app if elsewhere
    use_backend app if { method POST }
    use_backend app if { req.cook(session) -m len 16 } { path -m str /page }"""
FIELDS = [
    "User-Agent: counts/1", "Accept: */*", "Accept-Encoding: gzip", "Cookie: session=0123456789abcdef",
]


class Counter:
    """A program that runs the daemon and counts, and how its total is read."""

    def __init__(self, name, program, arguments, pattern, limit, digits, frontend=PLAIN):
        self.name, self.program, self.arguments = name, program, arguments
        self.pattern, self.limit, self.digits = pattern, limit, digits
        self.frontend = frontend

    def total(self, binary, origin, requests, directory):
        port = free_port()
        report = pathlib.Path(directory, "report")
        daemon = Daemon(
            configuration(port, [origin], extra_global="nbthread 1", frontend=self.frontend),
            *(argument.format(report=report) for argument in self.arguments), binary, "-db",
            waits=True, program=self.program)
        try:
            with Client(port) as client:
                for _ in range(requests):
                    if client.request("/page", fields=FIELDS).status != 200:
                        raise SystemExit(f"scripts/bench: a request failed:\n{daemon.text}")
            # strace keeps signals for itself, valgrind is the process.
            for pid in children(daemon.pid) or [daemon.pid]:
                os.kill(pid, signal.SIGTERM)
            daemon.wait_end()
            said = daemon.text + (report.read_text(errors="replace") if report.exists() else "")
            return max(int(number.replace(",", "")) for number in re.findall(self.pattern, said))
        finally:
            daemon.close()

    def measure(self, binary, origin):
        """Prints the count; whether it is within its limit."""
        with tempfile.TemporaryDirectory() as directory:
            few, many = (self.total(binary, origin, count, directory) for count in (FEW, MANY))
        each = (many - few) / (MANY - FEW)
        is_good = each <= self.limit
        print(
            f"{self.name} per keep-alive request: {each:.{self.digits}f}, "
            f"{'within' if is_good else 'ABOVE'} the limit of {self.limit}", flush=True)
        return is_good


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--limit", required=True, type=int, help="of instructions")
    options = parser.parse_args()
    memory = ["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"]
    allocated = r"total heap usage: ([\d,]+) allocs"
    counters = [
        Counter(
            "instructions", "valgrind", ["--tool=callgrind", "--callgrind-out-file={report}.callgrind"],
            r"Collected : (\d+)", options.limit, 0),
        Counter("allocations", "valgrind", memory, allocated, ALLOCATIONS, 3),
        Counter("allocations with rules", "valgrind", memory, allocated, ALLOCATIONS, 3, RULES),
        Counter(
            "system calls", "strace", ["-f", "-c", "-U", "calls,name", "-o", "{report}"],
            r"(\d+) total", SYSTEM_CALLS, 2),
    ]
    origin = Origin()
    return 0 if all([counter.measure(options.binary, origin) for counter in counters]) else 1


sys.exit(main())
