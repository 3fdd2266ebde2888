"""A small network for tests and for the demo: nodes in namespaces of their own, joined by one switch.

Each node has its own network, processes, mounts and /run. Nothing outside is touched, and nothing has a name that
could stay behind: namespaces live as long as the first process of the node, and that one dies with this program.
Needs root and iproute2, util-linux.
"""
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

# Waits for nothing and never ends by itself; the kernel reaps what is left to it, because it ignores SIGCHLD.
FIRST_PROCESS = (
    "import signal\n"
    "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
    "print('up', flush=True)\n"
    "while True: signal.pause()\n"
)
PR_SET_PDEATHSIG = 1
COMMAND_LIMIT = 20
HERE_LAB = os.path.dirname(os.path.abspath(__file__))


class LabError(Exception):
    """The network could not be made as asked."""


def run(*command, check=True):
    """Runs a command to its end; returns what it printed."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=COMMAND_LIMIT)
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(command)}: {done.stdout.strip()}")
    return done.stdout


def die_with_parent():
    """In a child: SIGKILL when the thread that started it ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def children(pid):
    """Process ids of the living children of a process."""
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        pass
    return sorted(found)


def wait_for(condition, seconds, what):
    """Asks `condition` until it holds, and returns its value; a named failure when it never does."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.005)


class Output:
    """A running process; its lines with the time at which each came."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment, preexec_fn=die_with_parent, start_new_session=True)
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), line.decode("utf-8", "replace").rstrip("\n")))

    @property
    def text(self):
        return "\n".join(line for _, line in self.lines)

    def wait_line(self, part, seconds=5):
        """The first line that has `part` in it."""
        def found():
            return next((line for _, line in list(self.lines) if part in line), None)
        return wait_for(found, seconds, lambda: f"a line with {part!r} in:\n{self.text}")

    def wait(self, seconds):
        """Until it has ended by itself and all of its lines are here; raises as subprocess does when it does not."""
        self.process.wait(seconds)
        # Something that it started may hold the pipe open.
        self._reader.join(1)
        return self.process.returncode

    def end(self, signal_number=signal.SIGKILL, seconds=5):
        """Sends a signal and waits; kills what does not end by it, and what it started. Returns the status as
        subprocess does."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(seconds)
        self._reader.join(seconds)
        if not self._reader.is_alive():
            self.process.stdout.close()
        return self.process.returncode


class Node:
    """One machine of the network."""

    def __init__(self, network, name, address):
        self.network, self.name, self.address = network, name, address
        self.started = []
        self._holder = None
        self.pid = None

    def power_on(self):
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--pid", "--fork", "--mount", "--mount-proc", "--kill-child",
             "--propagation", "private", "--", sys.executable, "-c", FIRST_PROCESS],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent, start_new_session=True)
        if self._holder.stdout.readline() != b"up\n":
            raise LabError(f"{self.name} does not start; does this user have the right to make namespaces?")
        self.pid = children(self._holder.pid)[0]
        self.run("mount", "-t", "tmpfs", "tmpfs", "/run")
        self.run("mkdir", "-p", "/run/dyad", "/run/keepalived", "/run/haproxy")
        self.run("mount", "--bind", self.network.hosts_file, "/etc/hosts")
        self.run("ip", "link", "set", "lo", "up")
        if self is not self.network.switch:
            self.network.plug(self)

    def power_off(self):
        """Everything on the node stops at once, as when its power goes; its cable is dead from the same moment on."""
        if self._holder is None:
            return
        if self is not self.network.switch:
            self.network.unplug(self)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._holder.wait(COMMAND_LIMIT)
        self._holder.stdout.close()
        for output in self.started:
            output.end()
        self._holder, self.pid, self.started = None, None, []

    def inside(self, *command):
        """The command line that runs `command` on this node."""
        return ["nsenter", "-t", str(self.pid), "-n", "-m", "-p", "--", *command]

    def run(self, *command, check=True):
        return run(*self.inside(*command), check=check)

    def start(self, *command, environment=None):
        """Starts a command on this node; it ends with the node at the latest."""
        output = Output(self.inside(*command), environment)
        self.started.append(output)
        return output

    def process_of(self, output):
        """The process id, as seen from here, of what `start` started."""
        found = wait_for(
            lambda: output.process.poll() is not None or children(output.process.pid), 5,
            f"{self.name}: a process")
        if found is True:
            raise LabError(f"{self.name}: ended at once:\n{output.text}")
        return found[0]

    def holds(self, address):
        if self.pid is None:
            return False
        return f" {address}/" in run(
            "nsenter", "-t", str(self.pid), "-n", "ip", "-o", "addr", "show", "dev", "eth0", check=False)


class Network:
    """Use with `with`: everything is gone afterwards, whatever happened."""

    def __init__(self, addresses):
        self.directory = tempfile.mkdtemp(prefix="dyad-lab-")
        self.hosts_file = os.path.join(self.directory, "hosts")
        with open(self.hosts_file, "w") as file:
            file.write("127.0.0.1 localhost\n")
            file.writelines(f"{address} {name}\n" for name, address in addresses.items())
        self.switch = Node(self, "switch", None)
        self.nodes = {name: Node(self, name, address) for name, address in addresses.items()}

    def __enter__(self):
        try:
            self.switch.power_on()
            self.switch.run(
                "ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "stp_state", "0",
                "forward_delay", "0")
            self.switch.run("ip", "link", "set", "br0", "up")
            for node in self.nodes.values():
                node.power_on()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def __getitem__(self, name):
        return self.nodes[name]

    def start_outside(self, *command):
        """Starts a command in the namespaces of this program; it ends with the network at the latest."""
        output = Output(list(command))
        self.switch.started.append(output)
        return output

    def close(self):
        for node in [*self.nodes.values(), self.switch]:
            node.power_off()
        shutil.rmtree(self.directory, ignore_errors=True)

    def plug(self, node):
        """A cable from the node's eth0 to the switch; there it has the node's name."""
        run("ip", "link", "add", "eth0", "netns", str(node.pid), "type", "veth",
            "peer", "name", node.name, "netns", str(self.switch.pid))
        self.switch.run("ip", "link", "set", node.name, "master", "br0", "up")
        node.run("ip", "addr", "add", f"{node.address}/24", "dev", "eth0")
        node.run("ip", "link", "set", "eth0", "up")

    def unplug(self, node):
        self.switch.run("ip", "link", "del", node.name, check=False)

    def file(self, name, text):
        """Writes a file that every node sees; returns its path."""
        path = os.path.join(self.directory, name)
        with open(path, "w") as file:
            file.write(text)
        return path
