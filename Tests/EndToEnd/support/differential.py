"""The same configuration in Dyad and in Debian's haproxy."""
import collections
import os
import shutil
import subprocess
import tempfile

from lab import wait_for

from .daemon import answers
from .ports import free_port
from .scenario import Scenario

PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"

Ports = collections.namedtuple("Ports", "dyad haproxy")

DEFAULTS = """
defaults
    timeout connect 5s
    timeout client 10s
    timeout server 10s
"""


class Differential(Scenario):
    def setUp(self):
        self.haproxy = shutil.which("haproxy", path=PATH)
        if self.haproxy is None:
            self.skipTest("no haproxy; scripts/setup installs it")

    def both(self, text, extra_global="", waits=True):
        """Starts both programs; `@` in the text is the address of the listener, of which there is one. The processes
        are in `.daemon` and `.peer`, haproxy's runtime socket is `.peer_socket`."""
        directory = tempfile.mkdtemp(prefix="dy-", dir="/tmp")
        self.addCleanup(shutil.rmtree, directory)
        ports = Ports(free_port(), free_port())

        def whole(port, path):
            head = f"global\n    stats socket {path} level admin\n    {extra_global}\n{DEFAULTS}\n"
            return head + text.replace("@", f"127.0.0.1:{port}")
        path = os.path.join(directory, "haproxy.cfg")
        self.peer_socket = os.path.join(directory, "h")
        with open(path, "w") as file:
            file.write(whole(ports.haproxy, self.peer_socket))
        said = os.path.join(directory, "said")
        with open(said, "w") as file:
            peer = subprocess.Popen(
                [self.haproxy, "-db", "-f", path], stdout=file, stderr=subprocess.STDOUT)
        self.peer = peer

        def stop():
            peer.kill()
            peer.wait()
        self.addCleanup(stop)
        self.daemon = self.dyad(whole(ports.dyad, "{socket}"), waits=True)

        def listens():
            if self.peer.poll() is not None:
                with open(said) as file:
                    raise AssertionError(file.read())
            # Its runtime socket gets its name after the ports listen.
            return os.path.exists(self.peer_socket) and answers(ports.haproxy)
        wait_for(listens, 20, "haproxy listens")
        # Both have seen one connection without a byte.
        answers(ports.dyad)
        return ports
