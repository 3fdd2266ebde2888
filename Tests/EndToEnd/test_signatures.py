"""Advertisements that are signed: `auth_hmac`."""
import os
import re
import signal
import sys
import time

from lab import HERE_LAB, children, wait_for
from support.pair import ADDRESSES, PairScenario, proxy_half, router_half
from support.peers import PATIENCE

KEY, OTHER = "0123456789abcdef" * 4, "fedcba9876543210" * 4


def signature(key=KEY, extra=""):
    return f"auth_hmac {{\n key 1 hex:{key}\n active_key 1\n {extra}\n }}"


class Signatures(PairScenario):
    def start_pair(self, first=signature(), second=signature()):
        for name, priority, extra in (("lb1", 150, first), ("lb2", 100, second)):
            self.start(name, proxy_half() + router_half(priority, extra=extra))

    def counter(self, name, counter):
        found = re.search(rf'"{counter}":(\d+)', self.ask(name, "show vrrp json"))
        return int(found.group(1))

    def forge(self, priority, key, count=1):
        self.network["client"].run(
            sys.executable, f"{HERE_LAB}/forge.py", ADDRESSES["client"], str(priority), key, str(count))

    def test_life_of_a_pair(self):
        self.start_pair()
        self.wait_holder("lb1")
        before = self.said["lb2"].text
        # What the guard says for a dead process is signed, too, and each time anew.
        process = wait_for(lambda: children(self.guard("lb1")), PATIENCE, "a process")[0]
        os.kill(process, signal.SIGKILL)
        self.said["lb1"].wait_line("resuming as MASTER", PATIENCE)
        wait_for(lambda: "MASTER" in self.ask("lb1", "show vrrp"), PATIENCE, "lb1 goes on")
        self.assertEqual(self.holders(), ["lb1"])
        self.assertNotIn("Entering MASTER STATE", self.said["lb2"].text[len(before):])
        # Priority 0 is believed.
        since = time.monotonic()
        os.kill(self.guard("lb1"), signal.SIGTERM)
        self.wait_holder("lb2")
        self.said["lb2"].wait_line("Backup received priority 0", PATIENCE)
        self.assertLess(time.monotonic() - since, 5)
        for kind in ("unsigned", "wrong_signature", "stale_signature", "replayed"):
            self.assertEqual(self.counter("lb2", f"refused_{kind}"), 0, kind)

    def test_what_the_guard_says_after_a_hang_is_new(self):
        for name, priority in (("lb1", 150), ("lb2", 100)):
            self.start(name, proxy_half() + router_half(priority, interval="1", extra=signature()))
        self.wait_holder("lb1", 20)
        before = self.said["lb2"].text
        process = wait_for(lambda: children(self.guard("lb1")), PATIENCE, "a process")[0]
        os.kill(process, signal.SIGSTOP)
        self.said["lb1"].wait_line("makes no progress, killing it", PATIENCE)
        self.said["lb1"].wait_line("resuming as MASTER", PATIENCE)
        # And the process after it goes on above what the guard said.
        sent = self.counter("lb1", "advertisements_sent")
        wait_for(lambda: self.counter("lb1", "advertisements_sent") > sent + 1, PATIENCE, "lb1 advertises")
        self.assertEqual(self.counter("lb2", "refused_replayed"), 0)
        self.assertEqual(self.counter("lb2", "refused_stale_signature"), 0)
        self.assertNotIn("Entering MASTER STATE", self.said["lb2"].text[len(before):])

    def test_a_start_is_believed_when_its_guard_died_too(self):
        self.start_pair()
        self.wait_holder("lb1")

        def process():
            return wait_for(lambda: children(self.guard("lb1")), PATIENCE, "a process")[0]
        # The second process signs above all that the guard had, seconds ahead of the clock.
        os.kill(process(), signal.SIGKILL)
        self.said["lb1"].wait_line("resuming as MASTER", PATIENCE)
        sent = self.counter("lb1", "advertisements_sent")
        wait_for(lambda: self.counter("lb1", "advertisements_sent") > sent, PATIENCE, "lb1 advertises")
        guard, last = self.guard("lb1"), process()
        os.kill(last, signal.SIGSTOP)
        os.kill(guard, signal.SIGKILL)
        os.kill(last, signal.SIGKILL)
        wait_for(lambda: not os.path.exists(f"/proc/{last}"), PATIENCE, "both are gone")
        self.start("lb1", proxy_half() + router_half(150, extra=signature()))
        self.said["lb1"].wait_line("Entering MASTER STATE", PATIENCE)
        self.wait_holder("lb1")
        self.assertEqual(self.counter("lb2", "refused_replayed"), 0)
        self.assertEqual(self.counter("lb2", "refused_stale_signature"), 0)

    def test_forged_and_recorded_packets(self):
        self.start_pair()
        self.wait_holder("lb1")
        self.forge(200, "-")
        self.said["lb1"].wait_line("is not signed, ignored", PATIENCE)
        self.forge(200, OTHER)
        self.said["lb1"].wait_line("has a wrong signature, ignored", PATIENCE)
        self.assertNotIn("Entering BACKUP", self.said["lb1"].text.split("Entering MASTER")[1])
        # Who has the key is believed, once for each packet.
        self.forge(200, KEY, 3)
        self.said["lb1"].wait_line("higher priority 200", PATIENCE)
        wait_for(lambda: self.counter("lb1", "refused_replayed") == 2, PATIENCE, "two were heard before")
        self.wait_holder("lb1")

    def test_other_keys_are_explained(self):
        self.start_pair(second=signature(OTHER))
        wait_for(lambda: self.holders() == ["lb1", "lb2"], PATIENCE, "they do not believe each other")
        for name in ("lb1", "lb2"):
            self.said[name].wait_line("auth_hmac has other keys there", 20)

    def test_modes_let_a_pair_migrate(self):
        first, second = "mode receive-only", "mode permissive"
        self.start_pair(signature(extra=first), signature(extra=second))
        self.wait_holder("lb1")
        # The other way round: the one that signs is master now.
        os.kill(self.guard("lb1"), signal.SIGTERM)
        self.wait_holder("lb2")
        self.said["lb1"].process.wait(PATIENCE)
        self.start("lb1", proxy_half() + router_half(50, extra=signature(extra=first)))
        self.said["lb1"].wait_line("Entering BACKUP STATE", PATIENCE)
        wait_for(lambda: "master is 10.77.0.12" in self.ask("lb1", "show vrrp"), PATIENCE, "lb1 hears it")
        self.write("lb1", proxy_half() + router_half(50, extra=signature()))
        os.kill(self.guard("lb1"), signal.SIGHUP)
        self.said["lb1"].wait_line("configuration 2 is in force", PATIENCE)
        self.assertEqual(self.holders(), ["lb2"])
        self.assertEqual(self.counter("lb1", "refused_unsigned"), 0)
