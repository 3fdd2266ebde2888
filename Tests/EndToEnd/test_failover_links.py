"""A pair over IPv6, and one with virtual MAC addresses: the whole daemon with its guard, and a client's requests."""
import os
import re
import signal

from lab import children, wait_for
from support.pair import PORT, PairScenario, SETTLES, SHARED, proxy_half, router_half

SHARED_6 = "2001:db8:77::50"
ADDRESSES_6 = {"lb1": "2001:db8:77::11", "lb2": "2001:db8:77::12", "client": "2001:db8:77::64"}


class Links(PairScenario):
    shared, url = SHARED, f"http://{SHARED}:{PORT}/"

    def holders(self):
        return [name for name in ("lb1", "lb2")
                if f" {self.shared}/" in self.network[name].run("ip", "-o", "addr", check=False)]

    def answered(self):
        """Whether a request of the client is answered, over a connection of its own."""
        status = self.network["client"].run(
            "curl", "-s", "-m", "2", "-o", "/dev/null", "-w", "%{http_code}", self.url, check=False)
        return status == "200"

    def wait_answered(self):
        wait_for(self.answered, SETTLES, lambda: f"the client is answered; {self.holders()} hold the address")

    def neighbor(self):
        """The MAC address that the client has for the shared address."""
        found = re.search(
            r"lladdr (\S+)", self.network["client"].run("ip", "neigh", "show", "to", self.shared))
        return found and found.group(1)

    def story(self, halves):
        for name, half in halves.items():
            self.start(name, half)
        self.wait_holder("lb1", 2 * SETTLES)
        self.wait_answered()
        # The process dies: the next one goes on with what it finds.
        first = children(self.guard("lb1"))[0]
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: children(self.guard("lb1")) not in ([], [first]), SETTLES, "another process")
        self.said["lb1"].wait_line("resuming as MASTER", SETTLES)
        self.assertEqual(self.holders(), ["lb1"])
        self.wait_answered()
        # A graceful stop, and the way back.
        os.kill(self.guard("lb1"), signal.SIGTERM)
        self.wait_holder("lb2")
        self.wait_answered()
        self.said["lb1"].process.wait(SETTLES)
        self.start("lb1", halves["lb1"])
        self.wait_holder("lb1")
        self.wait_answered()

    def test_ipv6(self):
        self.shared, self.url = SHARED_6, f"http://[{SHARED_6}]:{PORT}/"
        for name, address in ADDRESSES_6.items():
            self.network[name].run("ip", "addr", "add", f"{address}/64", "dev", "eth0", "nodad")
        self.story({
            name: proxy_half(f"[{SHARED_6}]") + router_half(priority).replace(
                f"{SHARED}/24", f"fe80::50\n{SHARED_6}/64")
            for name, priority in (("lb1", 150), ("lb2", 100))})

    def test_virtual_mac(self):
        halves = {name: proxy_half() + router_half(priority, extra="use_vmac")
                  for name, priority in (("lb1", 150), ("lb2", 100))}
        self.story(halves)
        self.assertEqual(self.neighbor(), "00:00:5e:00:01:33")
        # A backup sends nothing from that address: its interface is off, and away when it ends.
        self.assertIn("state DOWN", self.network["lb2"].run("ip", "link", "show", "dev", "vrrp.51"))
        os.kill(self.guard("lb2"), signal.SIGTERM)
        self.said["lb2"].process.wait(SETTLES)
        self.assertNotIn("vrrp.51", self.network["lb2"].run("ip", "link"))
