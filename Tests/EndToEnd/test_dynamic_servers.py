"""Servers that commands add and remove while the service runs."""
from lab import wait_for
from support.scenario import Scenario, server_rows


class DynamicServers(Scenario):
    def test_servers_come_and_go(self):
        web, other = self.origin("web"), self.origin("other")
        proxy = self.proxy(web, backend="use-server web1 if { path /web }", options="check inter 100ms")
        load = self.load(proxy.port)

        def say(line, expected):
            self.assertIn(expected, proxy.ask(line), line)

        say(f"add server app/new 127.0.0.1:{other.port} check inter 100ms rise 1 weight 3", "New server registered.")
        say(f"add server app/new 127.0.0.1:{other.port}", "Already exists a server with the same name in backend.")
        row = next(row for row in server_rows(proxy) if row["svname"] == "new")
        self.assertEqual((row["status"], row["weight"]), ("MAINT", "3"))
        self.assertEqual(other.connections, 0)
        say("enable health app/new", "")
        say("enable server app/new", "")
        wait_for(lambda: other.connections > 0, 5, "the new server serves")
        wait_for(
            lambda: next(row for row in server_rows(proxy) if row["svname"] == "new")["check_status"] == "L4OK",
            5, "the new server is checked")
        say("del server app/new", "Only servers in maintenance mode can be deleted.")
        say("disable server app/new", "")
        wait_for(lambda: "Server deleted." in proxy.ask("del server app/new"), 5, "its last connection ends")
        self.assertEqual([row["svname"] for row in server_rows(proxy)], ["web1"])
        load.stop()
        self.assertNoFailures(load)
        say("disable server app/web1", "")
        say("del server app/web1", "other configuration elements pointing to it")

    def test_what_cannot_be_added(self):
        proxy = self.proxy(self.origin("web"))
        for words, expected in (
                ("", "Require 'backend/server'."), ("app", "Require 'backend/server'."),
                ("app/new", "'server' expects <name> and <addr>[:<port>] as arguments."),
                ("nope/new 127.0.0.1:80", "No such backend."),
                ("app/new 127.0.0.1:80 chek", "unknown keyword 'chek'; did you mean 'check' maybe ?"),
                ("app/new 127.0.0.1:80 track app/web1", "'track' option is not accepted for dynamic server"),
                ("app/n! 127.0.0.1:80", "character '!' is not permitted in server name 'n!'."),
                ("app/new 127.0.0.1:80 ssl ca-file /etc/ca.pem", "cannot be read while the service runs")):
            self.assertIn(expected, proxy.ask(f"add server {words}"), words)
        self.assertEqual([row["svname"] for row in server_rows(proxy)], ["web1"])
