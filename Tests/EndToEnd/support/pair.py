"""Two load balancers that share an address, on a network of their own."""
import sys

from lab import HERE_LAB, Network, wait_for
from traffic import Client

from .daemon import binary
from .scenario import DEFAULTS, Scenario, needs_root

SHARED = "10.77.0.50"
ADDRESSES = {
    "lb1": "10.77.0.11", "lb2": "10.77.0.12", "web1": "10.77.0.21", "client": "10.77.0.100",
}
PORT = 8080
# With advertisements every 0.1 s a backup waits 0.3 s and its skew. Machines that build at the same time are slow.
SETTLES = 10


def proxy_half(bind="*", extra_global=""):
    return f"""
global
    stats socket /run/dyad/admin.sock level admin
    {extra_global}
{DEFAULTS}
frontend www
    bind {bind}:{PORT}
    default_backend app
backend app
    server web1 {ADDRESSES['web1']}:80
"""


def router_half(priority, version=3, interval="0.1", extra="", state="BACKUP"):
    return f"""
vrrp_instance VI_1 {{
    version {version}
    state {state}
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int {interval}
    virtual_ipaddress {{
        {SHARED}/24
    }}
    {extra}
}}
"""


@needs_root
class PairScenario(Scenario):
    def setUp(self):
        self.network = Network(ADDRESSES)
        self.addCleanup(self.network.close)
        self.network.__enter__()
        self.web = self.network["web1"].start(sys.executable, f"{HERE_LAB}/web.py", "web1", "80")
        self.said = {}

    def start(self, name, configuration, *arguments):
        """Starts dyad on a node; the file can be written again with `write`."""
        node = self.network[name]
        node.run("mkdir", "-p", "/run/dyad/empty")
        file = self.write(name, configuration)
        self.said[name] = node.start(binary(), *(arguments or ["-W"]), "-f", file)
        return self.said[name]

    def write(self, name, configuration):
        return self.network.file(f"{name}.cfg", configuration)

    def start_keepalived(self, name, configuration):
        file = self.network.file(f"{name}.keepalived.conf", configuration)
        self.said[name] = self.network[name].start(
            "keepalived", "--dont-fork", "--log-console", "--log-detail", "--vrrp", "-f", file)
        return self.said[name]

    def guard(self, name):
        """Process id of what was started on a node, as seen from here."""
        return self.network[name].process_of(self.said[name])

    def holders(self):
        return [name for name in ("lb1", "lb2") if self.network[name].holds(SHARED)]

    def wait_holder(self, name, seconds=SETTLES):
        """Until this node, and no other, holds the address."""
        def everything():
            return "\n".join(f"{n} said:\n{output.text}" for n, output in self.said.items())
        wait_for(
            lambda: self.holders() == [name], seconds,
            lambda: f"{name} alone holds the address, but: {self.holders()}\n{everything()}")

    def client(self):
        """The client of the lab, once its first request was answered."""
        client = Client(self.network["client"], SHARED, PORT)
        wait_for(
            lambda: any(request.result == "ok" for request in client.requests()), SETTLES,
            lambda: f"the client is answered: {client.requests()[-3:]}")
        return client

    def wait_requests(self, client, count):
        """Until so many more requests have ended."""
        goal = len(client.requests()) + count
        wait_for(lambda: len(client.requests()) >= goal, SETTLES, f"{count} more requests")

    def assertOutage(self, client, since, limit):
        outages = client.outages(since)
        self.assertLessEqual(
            max((outage.seconds for outage in outages), default=0), limit,
            [(round(o.seconds, 3), {r.result for r in o.requests}) for o in outages])

    def ask(self, name, line):
        return self.network[name].run(
            "sh", "-c", f"echo '{line}' | socat -t5 - UNIX-CONNECT:/run/dyad/admin.sock")
