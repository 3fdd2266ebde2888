"""Servers that follow their names: `resolvers`, `server-template`, service records."""
from lab import wait_for
from support.nameserver import A, SRV, NameServer
from support.peers import get
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario, server_rows


class Names(Scenario):
    def setUp(self):
        self.names = NameServer()
        self.addCleanup(self.names.close)
        self.log = self.log_listener()
        self.port = free_port()

    def origins(self, count, port):
        return [
            self.origin(f"web{number}", address=f"127.0.0.{number}", port=port)
            for number in range(1, count + 1)]

    def start(self, servers, section="", server="nameserver n1 127.0.0.1:{}"):
        daemon = self.dyad(f"""
global
    stats socket {{socket}} level admin
    log 127.0.0.1:{self.log.port} local0
{DEFAULTS}
resolvers dns
    {server.format(self.names.port)}
    timeout retry 200ms
    timeout resolve 100ms
    hold valid 100ms
    hold nx 300ms
    {section}

frontend www
    bind 127.0.0.1:{self.port}
    default_backend app

backend app
    log global
    http-reuse always
    {servers}
""", waits=True)
        return daemon

    def served_by(self):
        """The origins that answer, by six requests."""
        answers = [get(self.port) for _ in range(6)]
        return {each.body.decode().split()[0] if each.status == 200 else each.status for each in answers}

    def await_served_by(self, expected):
        wait_for(lambda: self.served_by() == expected, 10, f"requests are served by {expected}")

    def test_a_server_follows_its_name(self):
        port = free_port()
        self.origins(2, port)
        self.names.records[("app.test", A)] = ["127.0.0.1"]
        daemon = self.start(
            f"server s1 app.test:{port} resolvers dns resolve-prefer ipv4 init-addr none")
        self.await_served_by({"web1"})
        self.assertIn(
            "app/s1 changed its IP from (none) to 127.0.0.1 by dns/n1.",
            self.log.wait_line("changed its IP"))
        self.log.wait_line("Server app/s1 ('app.test') is UP/READY (resolves again).")
        self.log.wait_line("Server app/s1 administratively READY thanks to valid DNS answer.")
        # What was connected to the old address is not used again.
        self.names.records[("app.test", A)] = ["127.0.0.2"]
        self.await_served_by({"web2"})
        self.log.wait_line("app/s1 changed its IP from 127.0.0.1 to 127.0.0.2 by dns/n1.")
        # The name goes away: the address holds for 300 ms, then nobody is sent there.
        self.names.code = 3
        self.log.wait_line("Server app/s1 is going DOWN for maintenance (DNS NX status).")
        self.await_served_by({503})
        self.names.code = 0
        self.await_served_by({"web2"})
        report = daemon.ask("show resolvers dns")
        self.assertRegex(report, r"(?m)^Resolvers section dns\n nameserver n1:\n  sent:        [1-9]")
        self.assertRegex(report, r"(?m)^  nx:          [1-9]")
        # A reload keeps where the server is, and asks on.
        self.assertIn("in force", daemon.ask("reload"))
        self.assertEqual(self.served_by(), {"web2"})
        self.names.records[("app.test", A)] = ["127.0.0.1"]
        self.await_served_by({"web1"})

    def test_a_template_takes_the_addresses_one_by_one(self):
        port = free_port()
        self.origins(3, port)
        self.names.records[("app.test", A)] = ["127.0.0.1", "127.0.0.2"]
        daemon = self.start(
            f"server-template web 3 app.test:{port} resolvers dns resolve-prefer ipv4 init-addr none")
        self.await_served_by({"web1", "web2"})
        self.assertEqual(
            [row["addr"] for row in server_rows(daemon)],
            [f"127.0.0.1:{port}", f"127.0.0.2:{port}", ""])
        self.names.records[("app.test", A)] = ["127.0.0.2", "127.0.0.3"]
        self.await_served_by({"web2", "web3"})
        addresses = {row["svname"]: row["addr"] for row in server_rows(daemon)}
        self.assertEqual(addresses["web2"], f"127.0.0.2:{port}")

    def test_service_records_give_address_port_and_weight(self):
        ports = [free_port(), free_port()]
        for number, port in enumerate(ports, 1):
            self.origin(f"web{number}", port=port)
        self.names.records = {
            ("_http._tcp.test", SRV): [(0, 512, ports[0], "a.test"), (0, 0, ports[1], "a.test")],
            ("a.test", A): ["127.0.0.1"]}
        daemon = self.start(
            "server-template web 3 _http._tcp.test resolvers dns resolve-prefer ipv4 init-addr none")
        self.await_served_by({"web1", "web2"})
        weights = {row["svname"]: row["weight"] for row in server_rows(daemon)}
        self.assertEqual((weights["web1"], weights["web2"]), ("3", "1"))
        self.names.records[("_http._tcp.test", SRV)].pop(0)
        self.await_served_by({"web2"})
        self.log.wait_line("is going DOWN for maintenance (entry removed from SRV record).")

    def test_connections_where_datagrams_do_not_do(self):
        port = free_port()
        self.origins(1, port)
        self.names.records[("app.test", A)] = ["127.0.0.1"]
        server = f"server s1 app.test:{port} resolvers dns resolve-prefer ipv4 init-addr none"
        for transport, truncates in (("nameserver n1 127.0.0.1:{}", True), ("nameserver n1 tcp@127.0.0.1:{}", False)):
            with self.subTest(transport):
                self.names.truncates = truncates
                self.names.questions.clear()
                daemon = self.start(server, server=transport)
                self.await_served_by({"web1"})
                self.assertIn(("app.test", A, "tcp"), self.names.questions)
                daemon.close()

    def test_silence_is_a_timeout(self):
        self.names.silent = True
        daemon = self.start(
            f"server s1 app.test:{free_port()} resolvers dns init-addr none", section="resolve_retries 2")
        wait_for(
            lambda: "timeout:     0" not in daemon.ask("show resolvers"), 10, "timeouts are counted")
        self.assertEqual(self.served_by(), {503})
