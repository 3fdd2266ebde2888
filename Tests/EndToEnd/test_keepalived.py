"""Debian's keepalived as the other node of the pair."""
import concurrent.futures

from lab import wait_for
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

    def farewell(self, **form):
        """A node that has just booted starts as backup beside two keepalived, one of them with `nopreempt`."""
        extra = form.pop("extra", "")
        self.start_keepalived("lb1", router_half(150, extra=extra, **form))
        self.wait_holder("lb1")
        self.start_keepalived("client", router_half(100, extra=extra + "\nnopreempt", **form))
        self.said["client"].wait_line("Entering BACKUP STATE", 10)
        self.start("lb2", router_half(50, extra=extra, **form))
        self.said["lb1"].wait_line("with lower priority 1, ours 150", 10)
        # It was answered, and so is said once; nobody else minds.
        self.said["lb2"].wait_line("Entering BACKUP STATE")
        wait_for(
            lambda: not self.network["lb2"].run("cat", "/run/dyad/farewells").split(), 15,
            lambda: f"it is answered:\n{self.said['lb2'].text}")
        told = self.said["lb1"].text.count("with lower priority 1")
        self.assertLessEqual(told, 2)
        self.assertNotIn("Entering BACKUP", self.said["lb1"].text.split("Entering MASTER")[1])
        self.assertNotIn("Entering MASTER", self.said["client"].text)
        self.assertEqual(self.holders(), ["lb1"])
        # And the one that waits without preempting still takes over. On a busy machine the other one may be faster.
        self.network["lb2"].power_off()
        self.network["lb1"].power_off()
        del self.said["lb1"], self.said["lb2"]
        self.said["client"].wait_line("Entering MASTER STATE", 15)

    def test_farewell_disturbs_nobody_version_3(self):
        self.farewell()

    def test_farewell_disturbs_nobody_version_2_with_a_password(self):
        self.farewell(version=2, interval="1", extra=PASSWORD % "secret")
