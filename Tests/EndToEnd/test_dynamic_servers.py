"""Servers that commands add and remove while the service runs."""
import contextlib
import csv
import io
import threading

from lab import wait_for
from support.messages import answer
from support.peers import Client
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

    def test_a_new_server_serves_those_who_wait(self):
        opened = threading.Event()
        self.addCleanup(opened.set)

        def slowly(request, connection):
            opened.wait(10)
            return answer("slow")

        other = self.origin("other")
        proxy = self.proxy(
            self.origin("web", respond=slowly), backend="timeout queue 8s", options="maxconn 1")
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(Client(proxy.port)) for _ in range(6)]
            for number, client in enumerate(clients):
                client.send(f"GET /{number} HTTP/1.1\r\nHost: test\r\n\r\n")
                wait_for(
                    lambda: self.waiting(proxy) == number, 5, f"{number} requests wait behind the first one")
            self.assertIn("registered", proxy.ask(f"add server app/new 127.0.0.1:{other.port}"))
            proxy.ask("enable server app/new")
            bodies = [client.response().body.decode() for client in clients[1:]]
            self.assertEqual([body.split()[0] for body in bodies], ["other"] * 5)
            opened.set()
            self.assertEqual(clients[0].response().body, b"slow")
        self.assertEqual(self.waiting(proxy), 0)

    def waiting(self, proxy):
        text = proxy.ask("show stat").removeprefix("# ")
        return sum(int(row["qcur"] or 0) for row in csv.DictReader(io.StringIO(text)) if row["svname"] == "BACKEND")

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
