"""Debian's keepalived as the other node of the pair."""
import os
import signal

from support.pair import PairScenario, router_half

PASSWORD = "authentication {\n auth_type PASS\n auth_pass secret\n }"


def unicast(source, peer):
    return f"unicast_src_ip {source}\nunicast_peer {{\n {peer}\n}}"


class Keepalived(PairScenario):
    def both_ways(self, extra="", extra_lb2=None, **options):
        """We are master, hand over, come back, and preempt; then the same with the roles changed."""
        extra_lb2 = extra if extra_lb2 is None else extra_lb2
        self.start("lb1", router_half(150, extra=extra, **options))
        self.start_keepalived("lb2", router_half(100, extra=extra_lb2, **options))
        self.wait_holder("lb1", 15)
        os.kill(self.guard("lb1"), signal.SIGTERM)
        self.wait_holder("lb2", 15)
        self.start("lb1", router_half(150, extra=extra, **options))
        self.wait_holder("lb1", 15)
        # keepalived with the higher priority takes over from us, and we from it when it stops.
        os.kill(self.guard("lb2"), signal.SIGTERM)
        self.said["lb2"].process.wait(10)
        self.start_keepalived("lb2", router_half(200, extra=extra_lb2, **options))
        self.wait_holder("lb2", 15)
        os.kill(self.guard("lb2"), signal.SIGTERM)
        self.wait_holder("lb1", 15)

    def test_version_3(self):
        self.both_ways(version=3, interval="0.1")

    def test_version_2(self):
        self.both_ways(version=2, interval="1")

    def test_version_2_with_a_password(self):
        self.both_ways(version=2, interval="1", extra=PASSWORD)

    def test_unicast(self):
        one, other = self.network["lb1"].address, self.network["lb2"].address
        self.both_ways(
            version=3, interval="0.1", extra=unicast(one, other), extra_lb2=unicast(other, one))

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
