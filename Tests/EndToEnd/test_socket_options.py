"""What the kernel is asked for connections: read from the sockets of the process, in Debian's haproxy and here."""
import contextlib
import ctypes
import os
import re
import socket
import unittest

from lab import wait_for

from support.daemon import binary
from support.messages import Ended
from support.peers import Client
from support.scenario import Scenario, needs_root
from support.sides import HAPROXY, Side

SECTIONS = """
frontend www
    bind 127.0.0.1:$www tcp-ut 31s
    option clitcpka
    clitcpka-cnt 4
    clitcpka-idle 41s
    clitcpka-intvl 11s
    default_backend app
backend app
    option srvtcpka
    srvtcpka-cnt 5
    srvtcpka-idle 42s
    srvtcpka-intvl 12s
    server s1 127.0.0.1:$s1 tcp-ut 32s
"""
PROCESS = "tune.rcvbuf.client 70000\n    tune.sndbuf.client 71000\n    " \
          "tune.rcvbuf.server 72000\n    tune.sndbuf.server 73000"
OPTIONS = {
    "keep-alive": (socket.SOL_SOCKET, socket.SO_KEEPALIVE), "count": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
    "idle": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE), "interval": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    "user timeout": (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT), "receive": (socket.SOL_SOCKET, socket.SO_RCVBUF),
    "send": (socket.SOL_SOCKET, socket.SO_SNDBUF), "unsent": (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT)}


def copies(process):
    """The sockets of another process, as our own."""
    call = ctypes.CDLL(None, use_errno=True).syscall
    handle = os.pidfd_open(process)
    try:
        for name in os.listdir(f"/proc/{process}/fd"):
            with contextlib.suppress(OSError):
                if not os.readlink(f"/proc/{process}/fd/{name}").startswith("socket:"):
                    continue
                # pidfd_getfd
                number = call(438, handle, int(name), 0)
                if number >= 0:
                    with socket.socket(fileno=number) as copy:
                        yield copy
    finally:
        os.close(handle)


def children(process):
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def facts(processes, *, local=None, remote=None):
    """What the kernel says of the connection with this port at our end, or at the other."""
    for process in processes:
        for copy in copies(process):
            with contextlib.suppress(OSError):
                if copy.family != socket.AF_INET or copy.type != socket.SOCK_STREAM:
                    continue
                ends = copy.getsockname()[1], copy.getpeername()[1]
                if ends[0] == local or ends[1] == remote:
                    found = {name: copy.getsockopt(*option) for name, option in OPTIONS.items()}
                    name = copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
                    return found | {"cc": name.rstrip(b"\0").decode()}
    return None


@needs_root
class SocketOptions(Scenario):
    def connections(self, daemon, port, origin):
        """The options of a client's connection and of the one to the server that its request took."""
        with Client(port) as client:
            self.assertEqual(client.request().status, 200)
            processes = [daemon.pid, *children(daemon.pid)]
            client_side = facts(processes, local=port)
            server_side = facts(processes, remote=origin)
            self.assertIsNotNone(client_side)
            self.assertIsNotNone(server_side)
            return client_side, server_side

    @unittest.skipUnless(HAPROXY, "needs haproxy to compare with")
    def test_they_are_those_of_haproxy(self):
        found = []
        for program in [HAPROXY, binary()]:
            side = Side(program, SECTIONS, extra_global=PROCESS)
            try:
                origin = side.origin()
                side.start(s1=origin.port)
                found.append(self.connections(side.daemon, side.port("www"), origin.port))
            finally:
                side.close()
        self.assertEqual(*found)
        self.assertEqual(found[1][0]["user timeout"], 31000)
        self.assertEqual(found[1][1]["idle"], 42)

    def test_what_haproxy_26_does_not_know(self):
        origin = self.origin("one")
        daemon = self.proxy(
            origin, extra_global="tune.notsent-lowat.client 50000\n    tune.notsent-lowat.server 60000",
            options="cc reno")
        client_side, server_side = self.connections(daemon, daemon.port, origin.port)
        self.assertEqual((client_side["unsent"], server_side["unsent"]), (50000, 60000))
        self.assertEqual(server_side["cc"], "reno")

    def test_a_reload_changes_them_and_takes_them_back(self):
        origin = self.origin("one")
        daemon = self.proxy(origin)
        usual = self.connections(daemon, daemon.port, origin.port)
        with open(daemon.file, encoding="utf-8") as file:
            old = file.read()
        for wanted, replacement in [(12000, r"\g<0> tcp-ut 12s cc reno"), (0, r"\g<0>")]:
            text = re.sub(rf"127.0.0.1:{daemon.port}\b", replacement, old)
            daemon.write(re.sub(rf"127.0.0.1:{origin.port}\b", replacement, text))
            self.assertIn("in force", daemon.ask("reload"))
            algorithm = "reno" if wanted else usual[0]["cc"]

            def has_changed():
                # The old socket takes who waits there already, and the kernel resets who comes while it closes.
                try:
                    found = self.connections(daemon, daemon.port, origin.port)
                except (OSError, Ended):
                    return False
                # The server's side is the one of before while it is idle: nobody takes it first.
                origin.stop()
                origin.start()
                return all(
                    (options["user timeout"], options["cc"]) == (wanted, algorithm)
                    for options in found)
            wait_for(has_changed, 5, lambda: f"options {wanted} and {algorithm}")


if __name__ == "__main__":
    unittest.main()
