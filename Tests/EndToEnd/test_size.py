"""Large configurations and many connections."""
import resource
import socket
import time

from support.peers import get
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario


class Size(Scenario):
    # The design promises 2 s; a machine that builds at the same time may take twice as long.
    START_LIMIT = 4

    def test_ten_thousand_servers_start_at_once(self):
        web, port = self.origin(), free_port()
        servers = "\n".join(f"    server s{n} 127.0.0.1:{web.port} check inter 60s" for n in range(100))
        backends = "\n".join(f"backend b{n}\n    balance leastconn\n{servers}" for n in range(100))
        began = time.monotonic()
        daemon = self.dyad(f"""
global
    stats socket {{socket}} level admin
{DEFAULTS}
frontend www
    bind 127.0.0.1:{port}
    default_backend b7
{backends}
""", waits=True)
        self.assertEqual(get(port).status, 200)
        self.assertLess(time.monotonic() - began, self.START_LIMIT)
        self.assertEqual(daemon.ask("show stat -1 4 -1").count("\nb"), 10_000)

    def test_idle_connections_cost_little_and_disturb_nobody(self):
        count = 2000
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < count + 200:
            self.skipTest(f"no more than {hard} descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 200), hard))
        proxy = self.proxy(self.origin())
        get(proxy.port)
        before = self.resident_bytes(proxy.pid)
        held = [socket.create_connection(("127.0.0.1", proxy.port), 5) for _ in range(count)]
        self.addCleanup(lambda: [connection.close() for connection in held])
        self.assertEqual(get(proxy.port).status, 200)
        # HAProxy needs more than 1 KiB for each; buffers belong to connections that move bytes.
        self.assertLess((self.resident_bytes(proxy.pid) - before) / count, 1024)

    def resident_bytes(self, pid):
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
