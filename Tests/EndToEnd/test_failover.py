"""A pair on a network of its own: elections, deaths, hangs, reloads."""
import os
import signal
import subprocess
import sys
import time

from lab import HERE_LAB, children, wait_for
from support.daemon import binary
from support.pair import PairScenario, SHARED, proxy_half, router_half
from support.peers import PATIENCE
from support.scenario import Scenario, needs_root


class Failover(PairScenario):
    def start_pair(self, bind="*", extra="", extra_global=""):
        self.configurations = {
            name: proxy_half(bind, extra_global) + router_half(priority, extra=extra)
            for name, priority in (("lb1", 150), ("lb2", 100))
        }
        for name, configuration in self.configurations.items():
            self.start(name, configuration)
        self.wait_holder("lb1")

    def process(self, name):
        return wait_for(lambda: children(self.guard(name)), PATIENCE, f"a process on {name}")[0]

    def test_higher_priority_is_master(self):
        self.start_pair()
        client = self.client()
        self.wait_requests(client, 20)
        self.assertEqual({request.balancer for request in client.requests()}, {"10.77.0.11"})

    def test_power_off_and_return(self):
        self.start_pair()
        client = self.client()
        since = time.monotonic()
        self.network["lb1"].power_off()
        del self.said["lb1"]
        self.wait_holder("lb2")
        client.wait_answered_by("10.77.0.12", since, PATIENCE)
        self.assertOutage(client, since, 1.5)
        since = time.monotonic()
        self.network["lb1"].power_on()
        self.start("lb1", self.configurations["lb1"])
        self.wait_holder("lb1")
        client.wait_answered_by("10.77.0.11", since, PATIENCE)
        self.assertOutage(client, since, 0.2)

    def test_graceful_stop_hands_over(self):
        self.start_pair()
        client = self.client()
        since = time.monotonic()
        os.kill(self.guard("lb1"), signal.SIGTERM)
        self.wait_holder("lb2")
        client.wait_answered_by("10.77.0.12", since, PATIENCE)
        self.wait_requests(client, 20)
        self.assertOutage(client, since, 0.2)
        self.assertEqual(self.said["lb1"].process.wait(PATIENCE), 0)

    def test_restart_says_that_it_was_master(self):
        """Hosts may still believe in a node that ended as master; its successor hears that, and announces again."""
        self.start_pair(extra_global="user nobody\n    group nogroup\n    chroot /run/dyad/empty")
        node = self.network["lb1"]
        os.kill(self.guard("lb1"), signal.SIGINT)
        self.wait_holder("lb2")
        self.said["lb1"].process.wait(PATIENCE)
        self.assertEqual(node.run("cat", "/run/dyad/farewells").split(), ["VI_1"])
        self.start("lb1", self.configurations["lb1"].replace("priority 150", "priority 50"))
        wait_for(
            lambda: "with lower priority 1, ours 100" in self.said["lb2"].text, PATIENCE,
            lambda: f"lb2 hears it: {self.said['lb2'].text}")
        wait_for(
            lambda: not node.run("cat", "/run/dyad/farewells").split(), PATIENCE, "it was answered")

    def test_killed_process_keeps_the_address(self):
        self.start_pair()
        client = self.client()
        first, since = self.process("lb1"), time.monotonic()
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: self.process("lb1") != first, PATIENCE, "another process")
        self.wait_requests(client, 50)
        self.assertOutage(client, since, 0.5)
        self.assertEqual({request.balancer for request in client.requests(since) if request.balancer},
                         {"10.77.0.11"})
        self.assertEqual(self.holders(), ["lb1"])

    def test_hanging_process_loses_the_address_until_it_is_replaced(self):
        self.start_pair()
        client = self.client()
        since = time.monotonic()
        os.kill(self.process("lb1"), signal.SIGSTOP)
        self.said["lb1"].wait_line("no progress", PATIENCE)
        self.wait_requests(client, 50)
        self.wait_holder("lb1")
        self.assertOutage(client, since, 2.5)

    def test_dead_guard_takes_the_address_down(self):
        self.start_pair()
        client = self.client()
        since = time.monotonic()
        os.kill(self.guard("lb1"), signal.SIGKILL)
        self.wait_holder("lb2")
        client.wait_answered_by("10.77.0.12", since, PATIENCE)
        self.assertOutage(client, since, 1)

    def test_reload_moves_nothing(self):
        self.start_pair()
        client = self.client()
        since = time.monotonic()
        for round_ in range(5):
            self.write("lb1", self.configurations["lb1"] + f"\nbackend unused{round_}\n    retries 1\n")
            os.kill(self.guard("lb1"), signal.SIGHUP)
            wait_for(
                lambda name=f"unused{round_}": name in self.ask("lb1", "show stat"), PATIENCE,
                lambda: f"the new file is in force:\n{self.said['lb1'].text}")
        self.wait_requests(client, 50)
        self.assertOutage(client, since, 0)
        self.assertEqual({request.balancer for request in client.requests(since)}, {"10.77.0.11"})

    def test_reload_changes_the_priority(self):
        self.start_pair()
        self.write("lb1", proxy_half() + router_half(50))
        os.kill(self.guard("lb1"), signal.SIGHUP)
        self.wait_holder("lb2")

    def test_cut_cable(self):
        self.start_pair()
        self.network.switch.run("ip", "link", "set", "lb1", "down")
        wait_for(lambda: self.network["lb2"].holds(SHARED), PATIENCE, "lb2 holds the address")
        wait_for(lambda: not self.network["lb1"].holds(SHARED), PATIENCE, "lb1 gives the address up")
        self.network.switch.run("ip", "link", "set", "lb1", "up")
        self.wait_holder("lb1")

    def test_split_brain_heals(self):
        self.start_pair()
        for port in ("lb1", "lb2"):
            self.network.switch.run("bridge", "link", "set", "dev", port, "isolated", "on")
        wait_for(lambda: self.holders() == ["lb1", "lb2"], PATIENCE, "both hold the address")
        for port in ("lb1", "lb2"):
            self.network.switch.run("bridge", "link", "set", "dev", port, "isolated", "off")
        self.wait_holder("lb1")
        client, since = self.client(), time.monotonic()
        self.wait_requests(client, 20)
        self.assertEqual({request.balancer for request in client.requests(since)}, {"10.77.0.11"})

    def test_binds_the_shared_address_that_it_does_not_have(self):
        self.start_pair(bind=SHARED)
        client = self.client()
        since = time.monotonic()
        os.kill(self.guard("lb1"), signal.SIGTERM)
        self.wait_holder("lb2")
        client.wait_answered_by("10.77.0.12", since, PATIENCE)

    def test_without_privileges(self):
        self.start_pair(
            extra_global="user nobody\n    group nogroup\n    chroot /run/dyad/empty")
        client = self.client()
        since = time.monotonic()
        os.kill(self.guard("lb1"), signal.SIGTERM)
        self.wait_holder("lb2")
        client.wait_answered_by("10.77.0.12", since, PATIENCE)
        with open(f"/proc/{self.process('lb2')}/status") as file:
            self.assertIn("Uid:\t65534\t65534\t65534\t65534\n", file.read())

    def test_interface_that_comes_later(self):
        node = self.network["lb1"]
        self.start("lb1", proxy_half() + router_half(150).replace("eth0", "late0"))
        self.said["lb1"].wait_line("late0", PATIENCE)
        node.run("ip", "link", "add", "late0", "type", "veth", "peer", "name", "late1")
        node.run("ip", "link", "set", "late1", "up")
        node.run("ip", "addr", "add", "10.88.0.1/24", "dev", "late0")
        node.run("ip", "link", "set", "late0", "up")
        wait_for(
            lambda: f" {SHARED}/" in node.run("ip", "-o", "addr", "show", "dev", "late0"), PATIENCE,
            lambda: f"the address on the new interface:\n{self.said['lb1'].text}")

    def test_notify_script(self):
        script = self.network.file("notify.sh", "#!/bin/sh\necho \"$@\" >> /run/notified\n")
        os.chmod(script, 0o755)
        os.chmod(os.path.dirname(script), 0o755)
        self.start_pair(extra=f"notify {script}")
        node = self.network["lb1"]
        wait_for(
            lambda: "INSTANCE VI_1 MASTER 150" in node.run("cat", "/run/notified", check=False),
            PATIENCE, lambda: f"the script is called:\n{self.said['lb1'].text}")
        self.assertTrue(node.run("cat", "/run/notified").startswith("INSTANCE VI_1 BACKUP 150"))

    def test_question_whether_haproxy_runs_is_answered_without_a_script(self):
        script = 'vrrp_script chk_haproxy {\n script "pgrep haproxy"\n interval 1\n weight 100\n}\n'
        self.start("lb1", proxy_half() + router_half(150))
        self.start(
            "lb2", proxy_half() + script + router_half(100, extra="track_script {\n chk_haproxy\n }"))
        # 100 + 100 beats 150, although no process of that name exists.
        self.wait_holder("lb2")

    def test_states_on_the_socket(self):
        self.start_pair()
        self.assertRegex(self.ask("lb1", "show vrrp"), r"VI_1.*(?i:master)")
        self.assertRegex(self.ask("lb2", "show vrrp"), r"VI_1.*(?i:backup)")
        self.assertIn('"VI_1"', self.ask("lb1", "show vrrp json"))

    def test_wrong_password_is_not_obeyed(self):
        password = "authentication {\n auth_type PASS\n auth_pass {}\n }"
        halves = {
            "lb1": router_half(150, version=2, interval=1, extra=password.replace("{}", "one")),
            "lb2": router_half(100, version=2, interval=1, extra=password.replace("{}", "two")),
        }
        for name, half in halves.items():
            self.start(name, proxy_half() + half)
        # They do not hear each other; both say so and both hold the address.
        wait_for(lambda: self.holders() == ["lb1", "lb2"], 15, "both hold the address")
        for name in halves:
            self.said[name].wait_line("auth_pass is another one", 20)


@needs_root
class Demo(Scenario):
    def test_it_tells_its_story(self):
        done = subprocess.run(
            [sys.executable, f"{HERE_LAB}/demo.py", "--binary", binary()], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=50)
        self.assertEqual(done.returncode, 0, done.stdout)
        for line in ("lb1 loses its power", "lb2 holds", "lb1 comes back", "everything is taken down"):
            self.assertIn(line, done.stdout)
