"""Addresses that move by an operator's command wait for the connections that use them."""
import os
import signal
import sys

from lab import HERE_LAB, wait_for
from support.pair import PORT, PairScenario, SHARED, proxy_half, router_half
from support.peers import PATIENCE


class Drain(PairScenario):
    def setUp(self):
        super().setUp()
        self.configurations = {
            name: proxy_half() + router_half(priority) for name, priority in (("lb1", 150), ("lb2", 100))
        }
        for name, configuration in self.configurations.items():
            self.start(name, configuration)
        self.wait_holder("lb1")
        self.go = os.path.join(os.path.dirname(self.network.file("go", "")), "go.now")

    def upload(self):
        """A request that ends when `finish` is called."""
        running = self.network["client"].start(
            sys.executable, f"{HERE_LAB}/upload.py", SHARED, str(PORT), self.go)
        running.wait_line("begun", PATIENCE)
        wait_for(lambda: "CurrConns: 1\n" in self.ask("lb1", "show info"), PATIENCE, "lb1 has it")
        return running

    def finish(self):
        with open(self.go, "w"):
            pass

    def command(self, line):
        """A command that takes its time; its reply as it comes."""
        return self.network["lb1"].start(
            "sh", "-c", f"echo '{line}' | socat -t60 - UNIX-CONNECT:/run/dyad/admin.sock")

    def head(self):
        return self.network["client"].run("curl", "-s", "-m", "5", "-i", f"http://{SHARED}:{PORT}/")

    def assertMoved(self, command, *lines):
        """The command has ended, and its reply has these lines."""
        command.wait(PATIENCE)
        for line in lines:
            self.assertIn(line, command.text)
        self.wait_holder("lb2")

    def test_failover_waits_for_a_transfer(self):
        upload, command = self.upload(), self.command("vrrp failover")
        command.wait_line("draining: connections left: 1, at most 30 s more", PATIENCE)
        self.said["lb1"].wait_line("failover: draining, connections left: 1", PATIENCE)
        self.assertIn("draining for failover: connections left: 1, at most", self.ask("lb1", "show vrrp"))
        self.assertIn('"draining":"failover","draining_connections":1', self.ask("lb1", "show vrrp json"))
        # New ones are served here meanwhile, and asked to come back by another connection.
        self.assertIn("connection: close", self.head().lower())
        self.assertEqual(self.holders(), ["lb1"])
        self.finish()
        upload.wait_line("200 close", PATIENCE)
        self.assertMoved(command, "drained: no connection is left", "VI_1: backup")
        self.assertNotIn("draining", self.ask("lb1", "show vrrp"))
        # Back again, connections are kept open again.
        self.ask("lb1", "vrrp takeover")
        self.wait_holder("lb1")
        wait_for(lambda: "connection: close" not in self.head().lower(), PATIENCE, "connections stay open")

    def test_grace_is_over(self):
        self.upload()
        command = self.command("vrrp maintenance on VI_1 drain 600ms")
        self.assertMoved(
            command, "draining: connections left: 1",
            "drained: the grace is over, connections that end with the move: 1", "VI_1: fault")
        self.said["lb1"].wait_line("connections that end with the move: 1", PATIENCE)

    def test_hard_stop_after_is_the_grace(self):
        self.write("lb1", proxy_half(extra_global="hard-stop-after 700ms") + router_half(150))
        os.kill(self.guard("lb1"), signal.SIGHUP)
        self.said["lb1"].wait_line("configuration 2 is in force", PATIENCE)
        self.upload()
        self.assertMoved(self.command("vrrp failover"), "at most 1 s more", "the grace is over")

    def test_without_drain_nobody_is_waited_for(self):
        self.upload()
        command = self.command("vrrp failover drain 0")
        self.assertMoved(command, "VI_1: backup")
        self.assertNotIn("drain", command.text)

    def test_end_of_maintenance_interrupts(self):
        upload, command = self.upload(), self.command("vrrp maintenance on")
        command.wait_line("draining: connections left: 1", PATIENCE)
        self.assertIn("VI_1: master", self.ask("lb1", "vrrp maintenance off"))
        command.wait(PATIENCE)
        self.assertIn("Not done.\nanother command came", command.text)
        self.assertNotIn("draining", self.ask("lb1", "show vrrp"))
        self.assertNotIn("connection: close", self.head().lower())
        self.finish()
        upload.wait_line("200 open", PATIENCE)
        self.assertEqual(self.holders(), ["lb1"])

    def test_peer_that_is_gone_meanwhile(self):
        upload, command = self.upload(), self.command("vrrp failover drain 1s")
        command.wait_line("draining: connections left: 1", PATIENCE)
        self.network["lb2"].power_off()
        del self.said["lb2"]
        command.wait(PATIENCE)
        self.assertIn("no peer took over, still master", command.text)
        # It is served on, and to its end.
        self.finish()
        upload.wait_line("200", PATIENCE)

    def test_reload_meanwhile(self):
        upload, command = self.upload(), self.command("vrrp failover")
        command.wait_line("draining: connections left: 1", PATIENCE)
        self.write("lb1", self.configurations["lb1"] + "\nbackend unused\n    retries 1\n")
        os.kill(self.guard("lb1"), signal.SIGHUP)
        wait_for(lambda: "unused" in self.ask("lb1", "show stat"), PATIENCE, "the new file is in force")
        self.assertIn("connection: close", self.head().lower())
        self.assertIn("draining for failover", self.ask("lb1", "show vrrp"))
        self.finish()
        upload.wait_line("200 close", PATIENCE)
        self.assertMoved(command, "drained: no connection is left", "VI_1: backup")

    def test_fault_meanwhile(self):
        self.upload()
        command = self.command("vrrp maintenance on")
        command.wait_line("draining: connections left: 1", PATIENCE)
        self.network.switch.run("ip", "link", "set", "lb1", "down")
        self.assertMoved(command, "VI_1: fault")
        # Maintenance lasts, although the link is back.
        self.network.switch.run("ip", "link", "set", "lb1", "up")
        wait_for(lambda: "tracks interface eth0: up" in self.ask("lb1", "show vrrp"), PATIENCE, "the link is back")
        self.assertIn("FAULT", self.ask("lb1", "show vrrp"))

    def test_stop_meanwhile(self):
        self.upload()
        command = self.command("vrrp failover")
        command.wait_line("draining: connections left: 1", PATIENCE)
        os.kill(self.guard("lb1"), signal.SIGTERM)
        self.assertMoved(command)
        self.said["lb1"].process.wait(PATIENCE)
        self.assertNotIn("VI_1: ", command.text)
