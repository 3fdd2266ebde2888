"""Debian's keepalived as the other node of the pair."""
import concurrent.futures

from support.interop import ADDRESSES, ADDRESSES_6, Interop
from support.pair import PairScenario, router_half
from support.scenario import Scenario, needs_root

PASSWORD = "authentication {\n auth_type PASS\n auth_pass %s\n }"


def unicast(addresses):
    return lambda node, other: (
        f"unicast_src_ip {addresses[node]}\nunicast_peer {{\n {addresses[other]}\n}}")


@needs_root
class Interoperation(Scenario):
    """Each form of the protocol in a network of its own, all at once."""
    cases = {
        "version 2": dict(version=2, interval="1"),
        "version 2 with a password": dict(version=2, interval="1", extra=PASSWORD % "secret"),
        "version 2, unicast": dict(version=2, interval="1", extra=unicast(ADDRESSES)),
        "version 3": dict(),
        "version 3, unicast": dict(extra=unicast(ADDRESSES)),
        "version 3 with virtual MACs": dict(extra="use_vmac"),
        "IPv6": dict(family=6),
        "IPv6, unicast": dict(family=6, extra=unicast(ADDRESSES_6)),
    }

    def run_case(self, name):
        with Interop(**self.cases[name]) as pair:
            pair.story()

    def test_elections_preemption_and_priority_0(self):
        # A node ends with the thread that started it: one thread for the whole of each case.
        with concurrent.futures.ThreadPoolExecutor(len(self.cases)) as pool:
            running = {name: pool.submit(self.run_case, name) for name in self.cases}
        for name, case in running.items():
            with self.subTest(name):
                case.result()

    def test_different_passwords_make_two_masters_that_say_so(self):
        extra = lambda node, _: PASSWORD % node
        with Interop(version=2, interval="1", extra=extra) as pair:
            pair.start("lb1", 150)
            pair.start("lb2", 100)
            pair.wait_holders("lb1", "lb2")
            for node in ADDRESSES:
                pair.said[node].wait_line("received an invalid passwd", 10)


class Keepalived(PairScenario):
    def test_power_off_of_either(self):
        self.start("lb1", router_half(150))
        self.start_keepalived("lb2", router_half(100))
        self.wait_holder("lb1")
        self.network["lb1"].power_off()
        del self.said["lb1"]
        self.wait_holder("lb2")
        self.network["lb1"].power_on()
        self.start("lb1", router_half(50))
        self.said["lb1"].wait_line("BACKUP")
        self.network["lb2"].power_off()
        del self.said["lb2"]
        self.wait_holder("lb1")

    def test_lower_priority_stays_backup(self):
        self.start("lb1", router_half(150, extra="nopreempt"))
        self.wait_holder("lb1")
        self.start_keepalived("lb2", router_half(100))
        self.said["lb2"].wait_line("Entering BACKUP STATE")
        self.assertEqual(self.holders(), ["lb1"])
