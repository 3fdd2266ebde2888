"""What scripts and named pipes hear of changes, compared with Debian's keepalived."""
import os
import signal

from lab import wait_for
from support.pair import PairScenario, router_half

SCRIPT = """#!/bin/sh
echo "$(basename "$0") $*" >> /run/heard
"""
READER = """#!/bin/sh
cat "$1" >> /run/read
"""
EVENTS = ("master", "backup", "fault", "stop")


class Notify(PairScenario):
    def script(self, name, text=SCRIPT):
        path = self.network.file(name, text)
        os.chmod(path, 0o755)
        os.chmod(os.path.dirname(path), 0o755)
        return path

    def configuration(self):
        lines = [f'notify_{event} "{self.script(event)} one"' for event in EVENTS]
        lines.append(f'notify "{self.script("any")} word"')
        lines.append("notify_priority_changes on")
        chk = self.network.file("chk", "0\n")
        reader = self.script("reader", READER)
        return (
            f'global_defs {{\n script_user root\n vrrp_notify_fifo /run/fifo\n'
            f' vrrp_notify_fifo_script "{reader}"\n}}\n'
            f"track_file chk {{\n file {chk}\n weight 1\n}}\n"
            + router_half(100, extra="\n".join(lines) + "\ntrack_file {\n chk\n }\n")
            + "vrrp_sync_group G {\n group {\n VI_1\n }\n sync_group_tracking_weight\n"
            + "\n".join(lines[:-1]) + "\n}\n"), chk

    def history(self, name, start):
        """From backup to master, another priority, FAULT, back, and the end; what was heard of it."""
        configuration, chk = self.configuration()
        node = self.network[name]
        start(name, configuration)
        self.wait_holder(name, 15)
        with open(chk, "w") as file:
            file.write("7\n")
        self.wait_text(node, "/run/read", "MASTER_PRIORITY 107")
        node.run("ip", "link", "set", "eth0", "down")
        self.wait_text(node, "/run/read", 'INSTANCE "VI_1" FAULT')
        node.run("ip", "link", "set", "eth0", "up")
        wait_for(
            lambda: all(
                self.text(node, "/run/read").count(line) == 2
                for line in ('INSTANCE "VI_1" MASTER ', 'GROUP "G" MASTER ')), 15,
            lambda: f"master again: {self.text(node, '/run/read')}\n{self.said[name].text}")
        os.kill(self.guard(name), signal.SIGTERM)
        self.said[name].process.wait(15)
        wait_for(
            lambda: "stop one" in self.text(node, "/run/heard"), 5,
            lambda: f"the last script: {self.text(node, '/run/heard')}")
        return self.text(node, "/run/heard"), self.text(node, "/run/read")

    def text(self, node, path):
        return node.run("cat", path, check=False)

    def wait_text(self, node, path, part):
        wait_for(
            lambda: part in self.text(node, path), 10,
            lambda: f"{part} in {self.text(node, path)}; {[o.text for o in self.said.values()]}")

    def test_scripts_and_pipes_hear_what_keepalived_tells(self):
        heard, read = self.history("lb1", self.start)
        del self.said["lb1"]
        theirs, their_read = self.history("lb2", self.start_keepalived)
        # Scripts run side by side, in no order.
        self.assertEqual(sorted(heard.splitlines()), sorted(theirs.splitlines()))
        ours, theirs = (
            [line for line in text.splitlines() if " STOP " not in line] for text in (read, their_read))
        # At its start keepalived tells of the group first; at its end it kills the reader before the last lines.
        self.assertEqual(sorted(ours[:2]) + ours[2:], sorted(theirs[:2]) + theirs[2:])
        self.assertEqual(read.splitlines()[-2:], ['INSTANCE "VI_1" STOP 107', 'GROUP "G" STOP 0'])

    def test_deleted_instance_is_told(self):
        notify = self.script("any")
        deleted = router_half(100, extra=f"notify {notify}\nnotify_deleted {self.script('deleted')}")
        plain = router_half(100, extra=f"notify {notify}").replace("VI_1", "VI_2").replace(
            " 51", " 52").replace(".50", ".51")
        kept = router_half(100).replace("VI_1", "VI_3").replace(" 51", " 53").replace(".50", ".52")
        head = "global_defs {\n script_user root\n}\n"
        self.start("lb1", head + deleted + plain + kept)
        self.wait_holder("lb1")
        self.write("lb1", head + kept)
        os.kill(self.guard("lb1"), signal.SIGHUP)
        node = self.network["lb1"]
        for line in ("deleted ", "any INSTANCE VI_1 DELETED 100", "any INSTANCE VI_2 FAULT 100"):
            self.wait_text(node, "/run/heard", line)

    def test_pipe_and_its_reader_go_on_through_a_reload(self):
        head = "global_defs {\n notify_fifo /run/fifo\n}\n"
        self.start("lb1", head + router_half(100))
        self.wait_holder("lb1")
        node = self.network["lb1"]
        node.start("sh", "-c", "cat /run/fifo >> /run/read")
        self.wait_text(node, "/run/read", 'INSTANCE "VI_1" MASTER 100')
        number = node.run("stat", "-c", "%i", "/run/fifo")
        self.write("lb1", head + router_half(90))
        os.kill(self.guard("lb1"), signal.SIGHUP)
        self.said["lb1"].wait_line("from 100 to 90", 10)
        node.run("ip", "link", "set", "eth0", "down")
        # The same reader, which sees no end of the pipe.
        self.wait_text(node, "/run/read", 'INSTANCE "VI_1" FAULT 90')
        self.assertEqual(node.run("stat", "-c", "%i", "/run/fifo"), number)

    def test_pipe_that_nobody_reads_holds_nothing_up(self):
        self.start(
            "lb1", "global_defs {\n notify_fifo /run/full\n vrrp_notify_priority_changes on\n}\n"
            f"track_file f {{\n file {self.network.file('f', '0')}\n}}\n"
            + router_half(100, extra="track_file {\n f\n}"))
        self.wait_holder("lb1")
        node = self.network["lb1"]
        node.run("python3", "-c", (
            "import os; f = os.open('/run/full', os.O_RDWR | os.O_NONBLOCK)\n"
            "for count in 4096, 1:\n try:\n  while True: os.write(f, b'x' * count)\n except BlockingIOError: pass"))
        self.network.file("f", "5")
        self.said["lb1"].wait_line("is full: nobody reads it")
        self.assertEqual(self.holders(), ["lb1"])
        os.kill(self.guard("lb1"), signal.SIGTERM)
        self.assertEqual(self.said["lb1"].process.wait(10), 0)
