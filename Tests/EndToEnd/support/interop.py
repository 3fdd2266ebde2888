"""Dyad on lb1 and Debian's keepalived on lb2, each case in a network of its own."""
import os
import signal

from lab import Network, wait_for

from .daemon import binary

ADDRESSES = {"lb1": "10.77.0.11", "lb2": "10.77.0.12"}
ADDRESSES_6 = {"lb1": "2001:db8:77::11", "lb2": "2001:db8:77::12"}
SHARED = "10.77.0.50"
SHARED_6 = "2001:db8:77::50"
# Eight pairs at once, with version 2's whole seconds, on a machine that may be building.
SETTLES = 20
# What either program says when it refuses a packet of the other.
COMPLAINTS = ("invalid", "Invalid", "mismatch", "wrong", "expected", "not present")


class Interop:
    """One pair. `extra` is a text for both, or a function of the node's and the other one's name."""

    def __init__(self, version=3, interval="0.1", family=4, extra=""):
        self.version, self.interval, self.family = version, interval, family
        self.extra = extra if callable(extra) else lambda node, other: extra
        self.shared = SHARED if family == 4 else SHARED_6
        self.said, self.everything = {}, []
        self.network = Network(ADDRESSES)

    def __enter__(self):
        self.network.__enter__()
        for node in ADDRESSES:
            self.network[node].run("ip", "addr", "add", f"{ADDRESSES_6[node]}/64", "dev", "eth0", "nodad")
        return self

    def __exit__(self, *_):
        self.network.close()

    def configuration(self, node, priority):
        other = "lb2" if node == "lb1" else "lb1"
        shared = f"{SHARED}/24" if self.family == 4 else f"fe80::50\n{SHARED_6}/64"
        return f"""
vrrp_instance VI_1 {{
    version {self.version}
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority {priority}
    advert_int {self.interval}
    {self.extra(node, other)}
    virtual_ipaddress {{
        {shared}
    }}
}}
"""

    def start(self, node, priority):
        """Dyad on lb1, keepalived on lb2, when the interface has a link-local address that may be used."""
        machine = self.network[node]
        wait_for(
            lambda: "fe80" in machine.run("ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "link",
                                          "-tentative"),
            SETTLES, f"{node}: a link-local address")
        file = self.network.file(f"{node}.conf", self.configuration(node, priority))
        command = ([binary(), "-W", "-f", file] if node == "lb1" else
                   ["keepalived", "--dont-fork", "--log-console", "--log-detail", "--vrrp", "-f", file])
        self.said[node] = machine.start(*command)
        self.everything.append((node, self.said[node]))

    def stop(self, node):
        os.kill(self.network[node].process_of(self.said[node]), signal.SIGTERM)

    def ended(self, node):
        self.said[node].process.wait(SETTLES)

    def holds(self, node):
        return f" {self.shared}/" in self.network[node].run("ip", "-o", "addr", check=False)

    def holders(self):
        return [node for node in ADDRESSES if self.holds(node)]

    def transcript(self):
        return "\n".join(f"{node} said:\n{output.text}" for node, output in self.everything)

    def wait_holders(self, *nodes):
        wait_for(
            lambda: self.holders() == list(nodes), SETTLES,
            lambda: f"{nodes} hold the address, but: {self.holders()}\n{self.transcript()}")

    def complaints(self):
        return [line for _, output in self.everything for line in output.text.splitlines()
                if any(word in line for word in COMPLAINTS)]

    def story(self):
        """Elections, preemption and priority 0 with either one as master. Fails, or returns nothing."""
        self.start("lb1", 150)
        self.wait_holders("lb1")
        self.start("lb2", 100)
        self.said["lb2"].wait_line("Entering BACKUP STATE", SETTLES)
        # We give up: it hears priority 0 and does not wait.
        self.stop("lb1")
        self.wait_holders("lb2")
        self.said["lb2"].wait_line("Backup received priority 0 advertisement", SETTLES)
        self.ended("lb1")
        # We come back, and it yields to the higher priority.
        self.start("lb1", 150)
        self.wait_holders("lb1")
        self.said["lb2"].wait_line("Master received advert", SETTLES)
        self.stop("lb2")
        self.ended("lb2")
        # It comes back with the higher priority, and we yield.
        self.start("lb2", 200)
        self.wait_holders("lb2")
        self.said["lb1"].wait_line("with higher priority 200, ours 150", SETTLES)
        # It gives up, and we hear it.
        self.stop("lb2")
        self.wait_holders("lb1")
        self.said["lb1"].wait_line("Backup received priority 0 advertisement", SETTLES)
        complaints = self.complaints()
        assert not complaints, f"{complaints}\n{self.transcript()}"
