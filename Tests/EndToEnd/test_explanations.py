"""What the log and `show vrrp` say to an operator whose pair is broken."""
from lab import wait_for
from support.pair import ADDRESSES, PairScenario, proxy_half, router_half

# A node believes that it is alone for ten seconds before it says so.
DOUBTS = 30


def unicast(me, peer):
    return f"unicast_src_ip {me}\n unicast_peer {{\n {peer}\n }}"


class Explanations(PairScenario):
    def test_packets_that_go_one_way(self):
        first, second = ADDRESSES["lb1"], ADDRESSES["lb2"]
        # What lb1 sends to lb2 reaches nobody.
        self.network["lb1"].run(
            "ip", "neigh", "replace", second, "lladdr", "02:00:00:00:00:99", "dev", "eth0", "nud", "permanent")
        self.start("lb1", proxy_half() + router_half(150, extra=unicast(first, second)))
        self.start("lb2", proxy_half() + router_half(100, extra=unicast(second, first)))
        self.said["lb1"].wait_line(f"two masters: {second} (priority 100) has advertised", DOUBTS)
        said = self.said["lb2"].wait_line("has the address, too, and in", DOUBTS)
        self.assertIn("meta l4proto vrrp accept", said)
        for name in ("lb1", "lb2"):
            wait_for(
                lambda: "warning: two masters" in self.ask(name, "show vrrp"), DOUBTS, "the doubt in show vrrp")
        self.network["lb1"].run("ip", "neigh", "del", second, "dev", "eth0")
        self.wait_holder("lb1")
        wait_for(lambda: "warning:" not in self.ask("lb1", "show vrrp"), DOUBTS, "no doubt any more")

    def test_source_that_is_not_here(self):
        second = ADDRESSES["lb2"]
        self.start("lb1", proxy_half() + router_half(150, extra=unicast("10.77.0.77", second)))
        self.said["lb1"].wait_line("10.77.0.77, from which it is to speak", DOUBTS)
        self.said["lb1"].wait_line("Entering FAULT STATE", DOUBTS)
        self.network["lb1"].run("ip", "addr", "add", "10.77.0.77/24", "dev", "eth0")
        self.wait_holder("lb1")

    def test_missing_interface_is_the_reason_and_not_its_address(self):
        self.start("lb1", proxy_half() + router_half(150).replace("interface eth0", "interface eth7"))
        self.said["lb1"].wait_line("Entering FAULT STATE", DOUBTS)
        wait_for(
            lambda: "(entering FAULT state (interface eth7 down))" in self.ask("lb1", "show vrrp"), DOUBTS,
            "the first reason")
