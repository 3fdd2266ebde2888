"""The steps of a usual introduction to such a pair, one after the other, on one node."""
import base64

from lab import wait_for
from support.messages import answer
from support.peers import Client, get
from support.ports import free_port
from support.scenario import Scenario

PASSWORD = base64.b64encode(b"haproxy:passw0rd").decode()


class Tutorial(Scenario):
    def start(self, text, port=None):
        """Sections without indentation, as introductions print them; waits until `port` answers."""
        daemon = self.dyad(f"global\nstats socket {{socket}} level admin\n{text}", waits=True)
        daemon.port = port
        return daemon

    def two_servers(self, **options):
        self.web = [self.origin(name, **options) for name in ("srv1", "srv2")]
        return [f"server srv{n} 127.0.0.1:{web.port}" for n, web in enumerate(self.web, 1)]

    def http_pair(self, backend, server_options, **options):
        port = free_port()
        servers = "\n".join(f"{line} {server_options}" for line in self.two_servers(**options))
        return self.start(f"""
defaults
mode http
timeout connect 5000
timeout client 50000
timeout server 50000
frontend http-in
bind *:{port}
default_backend app
backend app
balance roundrobin
{backend}
{servers}
""", port)

    def answers(self, daemon, count=6):
        return {get(daemon.port).text.split(" ")[0] for _ in range(count)}

    def test_frontend_and_backend(self):
        self.assertEqual(self.answers(self.http_pair("", "")), {"srv1", "srv2"})

    def test_statistics(self):
        port = free_port()
        self.start(f"""
defaults
timeout connect 10s
timeout client 1m
timeout server 1m
listen stats
bind 0.0.0.0:{port}
mode http
stats enable
stats refresh 10s
stats show-node
stats auth haproxy:passw0rd
stats uri /haproxy/stats
""")
        self.assertEqual(get(port, "/haproxy/stats").status, 401)
        self.assertEqual(
            get(port, "/haproxy/stats", fields=[f"Authorization: Basic {PASSWORD}"]).status, 200)

    def test_tcp_mode_passes_encrypted_bytes_through(self):
        port = free_port()
        servers = "\n".join(self.two_servers(raw=lambda connection: connection.sendall(connection.recv(100))))
        self.start(f"""
defaults
mode tcp
option tcplog
option dontlognull
timeout connect 10s
timeout client 1m
timeout server 1m
timeout check 10s
maxconn 3000
frontend https-in
bind *:{port}
default_backend app
backend app
balance roundrobin
{servers}
""")
        hello = b"\x16\x03\x01\x00\x05hello"
        with Client(port) as client:
            client.send(hello)
            self.assertEqual(client.rest(), hello)

    def test_plain_checks(self):
        daemon = self.http_pair("option log-health-checks", "check inter 100ms fall 3 rise 2")
        self.assertEqual(self.answers(daemon), {"srv1", "srv2"})
        self.web[0].stop()
        daemon.wait_line("Server app/srv1 is DOWN")
        wait_for(lambda: self.answers(daemon) == {"srv2"}, 5, "only srv2 is used")
        self.web[0].start()
        wait_for(lambda: self.answers(daemon) == {"srv1", "srv2"}, 5, "both are used")
        daemon.wait_line("Health check for server app/srv1 failed")

    def test_tcp_check_of_another_port(self):
        side = self.origin("side")
        daemon = self.http_pair(
            "option tcp-check", f"check port {side.port} inter 100ms fall 2 rise 1")
        wait_for(lambda: self.answers(daemon) == {"srv1", "srv2"}, 5, "both are used")
        side.stop()
        wait_for(lambda: get(daemon.port).status == 503, 5, "none is used: the other port is closed")

    def test_http_check(self):
        broken = set()

        def respond(request, connection):
            name = "srv1" if connection.getsockname()[1] == self.web[0].port else "srv2"
            if request.target == "/healthz" and name in broken:
                return answer("ill", "500 Internal Server Error")
            return answer(f"{name} {request.target}\n")
        daemon = self.http_pair(
            "option httpchk GET /healthz\nhttp-check expect rstatus (2|3)[0-9][0-9]",
            "check inter 100ms fall 2 rise 1", respond=respond)
        wait_for(lambda: self.answers(daemon) == {"srv1", "srv2"}, 5, "both are used")
        broken.add("srv2")
        wait_for(lambda: self.answers(daemon) == {"srv1"}, 5, "only srv1 is used")
        broken.clear()
        wait_for(lambda: self.answers(daemon) == {"srv1", "srv2"}, 5, "both are used again")
