"""The demo: a pair of load balancers loses its master and gets it back. Started by scripts/demo."""
import argparse
import collections
import contextlib
import os
import signal
import socket
import sys
import time

sys.dont_write_bytecode = True

from lab import LabError, Network, children, wait_for  # noqa: E402
from traffic import Client  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = "10.77.0.50"
ADDRESSES = {
    "lb1": "10.77.0.11", "lb2": "10.77.0.12", "web1": "10.77.0.21", "web2": "10.77.0.22",
    "client": "10.77.0.100",
}
BETWEEN_REQUESTS = 0.02
START_LIMIT = 20
FAIL_OVER_LIMIT = 30
# Of what a daemon prints, the lines that tell the story.
TELLING = ("STATE", "Server app/", "ALERT", "WARNING", "priority")


class Demo:
    def __init__(self, network, binary):
        self.network, self.binary = network, binary
        self.begun = time.monotonic()
        self.daemons = {}
        self.shown = collections.Counter()

    # The timeline

    def say(self, text):
        self.say_what_daemons_said()
        self._write(text, time.monotonic())

    def _write(self, text, at):
        print(f"{at - self.begun:7.2f} s  {text}", flush=True)

    def say_what_daemons_said(self):
        said = []
        for name, daemon in self.daemons.items():
            lines = list(daemon.lines)
            for at, line in lines[self.shown[name]:]:
                if any(word in line for word in TELLING):
                    said.append((at, f"    {name}: {line}"))
            self.shown[name] = len(lines)
        for at, line in sorted(said):
            self._write(line, at)

    # The parts

    def start_web_servers(self):
        for name in ("web1", "web2"):
            self.network[name].start(sys.executable, f"{HERE}/web.py", name, "80")
        for name in ("web1", "web2"):
            wait_for(lambda name=name: self.answers(name, 80), START_LIMIT, f"{name} answers")

    def start_daemon(self, name):
        node = self.network[name]
        node.run("mkdir", "-p", "/run/dyad/empty")
        self.daemons[name] = node.start(
            self.binary, "-W", "-f", f"{HERE}/haproxy.cfg", "-f", f"{HERE}/keepalived.{name}.conf")
        self.shown[name] = 0
        wait_for(
            lambda: self.daemons[name].process.poll() is not None or self.answers(name),
            START_LIMIT, lambda: f"{name} answers; it said:\n{self.daemons[name].text}")
        if self.daemons[name].process.poll() is not None:
            raise LabError(f"{name} ended:\n{self.daemons[name].text}")

    def answers(self, name, port=8080):
        return "200" in self.network[name].run(
            "curl", "-s", "-m", "1", "-o", "/dev/null", "-w", "%{http_code}",
            f"http://{ADDRESSES[name]}:{port}/", check=False)

    def start_client(self):
        self.client = Client(self.network["client"], SHARED, 8080, BETWEEN_REQUESTS)

    def wait_for_holder(self, name, limit):
        wait_for(
            lambda: self.network[name].holds(SHARED), limit,
            lambda: f"{name} holds {SHARED}; it said:\n{self.daemons[name].text}")
        self.say(f"{name} holds {SHARED}")

    def processes(self, name):
        """Guard and process of a node, in words."""
        guard = self.network[name].process_of(self.daemons[name])
        return f"guard {guard}, process {', '.join(map(str, children(guard))) or 'none'}"

    # What the client saw

    def say_requests(self, since):
        """One line on what was answered by whom, and one on each outage."""
        requests = self.client.requests(since)
        by = collections.Counter()
        for request in requests:
            if request.result == "ok":
                name = next((n for n, a in ADDRESSES.items() if a == request.balancer), "?")
                by[f"{name} to {request.server}"] += 1
        ways = ", ".join(f"{count} by {way}" for way, count in sorted(by.items()))
        self.say(f"client: {len(requests)} requests, {by.total()} answered ({ways or 'none'})")
        for outage in self.client.outages(since):
            reasons = collections.Counter(request.result for request in outage.requests)
            words = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
            self.say(f"client: no answer for {outage.seconds:.2f} s ({words})")

    def watch(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.say_what_daemons_said()
            time.sleep(0.1)

    # The story

    def run(self):
        self.say("two web servers, two load balancers and a client, each in a namespace of its own")
        self.start_web_servers()
        for name in ("lb1", "lb2"):
            self.start_daemon(name)
            self.say(f"{name} runs: {self.processes(name)}")
        self.wait_for_holder("lb1", START_LIMIT)

        self.say(f"client: one request every {BETWEEN_REQUESTS * 1000:.0f} ms to http://{SHARED}:8080/")
        self.start_client()
        since = time.monotonic()
        self.watch(3)
        self.say_requests(since)

        self.say("lb1 loses its power: guard and process die, its cable is dead")
        since = time.monotonic()
        self.network["lb1"].power_off()
        del self.daemons["lb1"]
        self.wait_for_holder("lb2", FAIL_OVER_LIMIT)
        self.client.wait_answered_by(ADDRESSES["lb2"], since, FAIL_OVER_LIMIT)
        self.watch(2)
        self.say_requests(since)

        self.say("lb1 comes back")
        since = time.monotonic()
        self.network["lb1"].power_on()
        self.start_daemon("lb1")
        self.say(f"lb1 runs: {self.processes('lb1')}")
        self.wait_for_holder("lb1", FAIL_OVER_LIMIT)
        self.client.wait_answered_by(ADDRESSES["lb1"], since, FAIL_OVER_LIMIT)
        self.watch(2)
        self.say_requests(since)

    def hold(self):
        """Stays until Ctrl-C; one loopback port leads to the statistics page."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        client, master = self.network["client"], self.network["lb1"]
        inside = f"nsenter -t {client.pid} -n -m -p --"
        forward = self.network.start_outside(
            "socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork",
            f"EXEC:nsenter -t {client.pid} -n socat STDIO TCP\\:{SHARED}\\:8090")
        print(f"""
It stays up until you press Ctrl-C.
  statistics   http://127.0.0.1:{port}/haproxy/stats   user demo, password demo
  a request    {inside} curl http://{SHARED}:8080/
  the socket   nsenter -t {master.pid} -n -m -p -- socat - /run/dyad/admin.sock <<< 'show vrrp'
  a shell      nsenter -t {master.pid} -n -m -p -- bash      (lb1; lb2: {self.network['lb2'].pid})
""", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                self.say_what_daemons_said()
                time.sleep(0.2)
        forward.end(signal.SIGTERM)


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--binary", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--hold", action="store_true", help="stay up at the end until Ctrl-C")
    options = parser.parse_args()

    def interrupted(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    try:
        with Network(ADDRESSES) as network:
            demo = Demo(network, os.path.abspath(options.binary))
            demo.run()
            if options.hold:
                demo.hold()
            demo.say("everything is taken down")
    except KeyboardInterrupt:
        print("\nstopped; everything is taken down")
        return 130
    except (LabError, AssertionError) as failure:
        print(f"scripts/demo: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
