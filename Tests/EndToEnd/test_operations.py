"""What operators and their tools read: log lines, the statistics page, the runtime socket."""
import base64
import contextlib
import csv
import io
import os
import re
import signal
import socket
import subprocess

from lab import wait_for
from support.peers import Client, UnixLogListener, get
from support.ports import free_port
from support.scenario import Scenario, needs_root

CHECKED = "check inter 100ms fall 2 rise 1"


class Logs(Scenario):
    def test_http_line_over_udp(self):
        log, web = self.log_listener(), self.origin("web")
        proxy = self.proxy(
            web, extra_global=f"log 127.0.0.1:{log.port} local0", frontend="log global\n    option httplog")
        get(proxy.port, "/path?q=1")
        line = log.wait_line("/path?q=1")
        self.assertRegex(line, (
            r"^<134>\w{3} [ \d]\d \d\d:\d\d:\d\d dyad\[\d+\]: 127\.0\.0\.1:\d+ "
            r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\] www app/web1 \d+/\d+/\d+/\d+/\d+ 200 \d+ - - "
            r'---- \d+/\d+/\d+/\d+/0 0/0 "GET /path\?q=1 HTTP/1\.1"$'))

    def test_tcp_line(self):
        log, web = self.log_listener(), self.origin("web")
        proxy = self.proxy(
            web, extra_global=f"log 127.0.0.1:{log.port} local0", backend="mode tcp",
            frontend="mode tcp\n    log global\n    option tcplog")
        get(proxy.port)
        self.assertRegex(log.wait_line("www app/web1"), r" \d+/\d+/\d+ \d+ -- \d+/\d+/\d+/\d+/0 0/0$")

    def test_server_goes_and_comes(self):
        log, web = self.log_listener(), self.origin("web")
        proxy = self.proxy(
            web, extra_global=f"log 127.0.0.1:{log.port} local0", backend="log global", options=CHECKED)
        wait_for(lambda: get(proxy.port).status == 200, 5, "a request is answered")
        web.stop()
        self.assertIn("reason: Layer4", log.wait_line("Server app/web1 is DOWN"))
        log.wait_line("backend app has no server available!")
        self.assertEqual(get(proxy.port).status, 503)
        web.start()
        log.wait_line("Server app/web1 is UP")
        # The line is true when it is written.
        self.assertEqual(get(proxy.port).status, 200)

    @needs_root
    def test_unix_socket_outside_the_root_directory(self):
        os.makedirs("/run/dyad/empty", exist_ok=True)
        path = "/run/dyad/log"
        log = UnixLogListener(path)
        proxy = self.proxy(
            self.origin("web"), frontend="log global\n    option httplog",
            extra_global=f"log {path} local0\n    user nobody\n    group nogroup\n    chroot /run/dyad/empty")
        get(proxy.port, "/first")
        log.wait_line("/first")
        # The syslog daemon is started again: the guard opens its new socket.
        log.close()
        get(proxy.port, "/lost")
        log = UnixLogListener(path)
        self.addCleanup(log.close)

        def arrives():
            get(proxy.port, "/second")
            return log.has_line("/second")
        wait_for(arrives, 10, "lines arrive again")

    def test_dead_target_slows_nothing(self):
        proxy = self.proxy(
            self.origin("web"), extra_global=f"log 127.0.0.1:{free_port()} local0",
            frontend="log global\n    option httplog")
        load = self.load(proxy.port)
        load.wait_good(500)
        load.stop()
        self.assertNoFailures(load)
        self.assertLess(load.slowest, 1)

    def test_silent_connections_are_not_logged(self):
        log = self.log_listener()
        proxy = self.proxy(
            self.origin("web"), extra_global=f"log 127.0.0.1:{log.port} local0",
            frontend="log global\n    option httplog\n    option dontlognull")
        Client(proxy.port).connection.close()
        get(proxy.port, "/after")
        log.wait_line("/after")
        self.assertEqual([line for line in log.seen if "BADREQ" in line], [])


class Statistics(Scenario):
    def page(self, target, password="secret"):
        token = base64.b64encode(f"admin:{password}".encode()).decode()
        return get(self.page_port, target, fields=[f"Authorization: Basic {token}"])

    def setUp(self):
        self.page_port = free_port()
        self.web = [self.origin(name) for name in ("a", "b")]
        self.proxy_ = self.proxy(*self.web, options=CHECKED, extra_global=f"""
listen stats
    mode http
    timeout client 5s
    bind 127.0.0.1:{self.page_port}
    stats enable
    stats uri /haproxy/stats
    stats refresh 10s
    stats show-node
    stats auth admin:secret
""")

    def rows(self, text):
        table = csv.DictReader(io.StringIO(text.removeprefix("# ")))
        return {(row["pxname"], row["svname"]): row for row in table}

    def test_descriptions_are_shown(self):
        proxy = self.proxy(
            self.origin(), frontend="description the <b>public</b> site\n    stats uri /stats",
            backend='description owned by "billing & payments"')
        page = get(proxy.port, "/stats").text
        self.assertIn('<p class="about">the &lt;b&gt;public&lt;/b&gt; site</p>', page)
        self.assertRegex(page, '<p class="about">owned by (billing|.quot;billing) &amp; payments(.quot;)?</p>')

    def test_password_is_asked_for(self):
        refused = get(self.page_port, "/haproxy/stats")
        self.assertEqual(refused.status, 401)
        self.assertIn("Basic", refused.field("www-authenticate"))
        self.assertEqual(self.page("/haproxy/stats", "wrong").status, 401)
        self.assertEqual(self.page("/haproxy/stats").status, 200)

    def test_page(self):
        page = self.page("/haproxy/stats")
        self.assertIn("text/html", page.field("content-type"))
        self.assertIn("10", page.field("refresh") or page.text)
        for word in ("www", "app", "a1", "b2"):
            self.assertIn(word, page.text)

    def test_csv_counts_requests(self):
        for _ in range(4):
            get(self.proxy_.port)
        # A request counts when its stream ends, which may be after its client has the answer.
        wait_for(
            lambda: self.rows(self.page("/haproxy/stats;csv").text)["app", "BACKEND"]["hrsp_2xx"] == "4",
            5, "four requests are counted")
        rows = self.rows(self.page("/haproxy/stats;csv").text)
        self.assertEqual(rows["www", "FRONTEND"]["req_tot"], "4")
        self.assertEqual(rows["app", "a1"]["stot"], "2")

    def test_socket_and_page_say_the_same(self):
        get(self.proxy_.port)
        rows = self.rows(self.proxy_.ask("show stat"))
        self.assertEqual(rows["www", "FRONTEND"]["req_tot"], "1")
        self.assertEqual(rows["app", "BACKEND"]["status"], "UP")

    def test_page_elsewhere_is_no_page(self):
        self.assertIn(self.page("/other").status, (403, 404, 503))


class BindLines(Scenario):
    """`option socket-stats`"""

    def test_rows_live_as_long_as_their_lines(self):
        second = free_port()
        proxy = self.proxy(
            self.origin(), frontend=f"option socket-stats\n    bind 127.0.0.1:{second} name second maxconn 5\n"
            "    stats enable\n    stats uri /stats\n    stats show-legends")

        def row(name="second"):
            table = csv.DictReader(io.StringIO(proxy.ask("show stat www 8 -1").removeprefix("# ")))
            return {row["svname"]: row for row in table}.get(name)

        def reload(old, new):
            with open(proxy.file) as file:
                text = file.read()
            self.assertIn(old, text)
            proxy.write(text.replace(old, new))
            proxy.send_signal(signal.SIGHUP)
        page = get(proxy.port, "/stats").text
        for word in ("sock-1", "second", f"address 127.0.0.1:{second}"):
            self.assertIn(word, page)
        with Client(second) as client:
            client.request("/")
            wait_for(lambda: row()["bout"] != "0", 5, "bytes are counted when the stream ends")
            size = int(row()["bout"])
            reload("maxconn 5", "maxconn 6")
            wait_for(lambda: row()["slim"] == "6", 10, "the new limit holds")
            client.request("/")
            wait_for(lambda: row()["bout"] == str(2 * size), 5, "bytes are counted on")
            self.assertEqual([row()[name] for name in ("scur", "smax", "stot", "status")], ["1", "1", "1", "OPEN"])
            reload("option socket-stats", "no option socket-stats")
            wait_for(lambda: row() is None, 10, "the row is gone")
            client.request("/")
            reload("no option socket-stats", "option socket-stats")
            wait_for(lambda: row() is not None, 10, "the row is back")
            wait_for(lambda: row()["bout"] == str(3 * size), 5, "bytes were counted meanwhile, too")
            self.assertEqual([row()[name] for name in ("scur", "stot")], ["1", "1"])
            proxy.ask("clear counters all")
            self.assertEqual([row()[name] for name in ("scur", "smax", "stot", "bin", "bout")], ["1", "1", "0", "0", "0"])
        wait_for(lambda: row()["scur"] == "0", 5, "the connection has ended")
        self.assertEqual(row("sock-1")["scur"], "0")


class RuntimeSocket(Scenario):
    def setUp(self):
        self.web = [self.origin(name) for name in ("a", "b")]
        self.proxy_ = self.proxy(*self.web, options=CHECKED)

    def test_info_through_socat(self):
        info = subprocess.run(
            ["socat", "-", f"UNIX-CONNECT:{self.proxy_.socket_path}"], input="show info\n",
            stdout=subprocess.PIPE, text=True, timeout=5, check=True).stdout
        for name in ("Name", "Version", "Pid", "Uptime_sec", "CurrConns", "Maxconn"):
            self.assertRegex(info, rf"(?m)^{name}: ")
        self.assertTrue(info.endswith("\n\n"))

    def test_server_out_and_in_again(self):
        self.proxy_.ask("disable server app/a1")
        self.assertEqual({get(self.proxy_.port).text for _ in range(4)}, {"b /\n"})
        self.proxy_.ask("enable server app/a1")
        wait_for(
            lambda: get(self.proxy_.port).text == "a /\n", 5, "the server is used again")

    def test_drain_and_weight(self):
        self.proxy_.ask("set server app/a1 state drain")
        self.assertEqual({get(self.proxy_.port).text for _ in range(4)}, {"b /\n"})
        self.proxy_.ask("set server app/a1 state ready; set server app/b2 weight 0")
        wait_for(
            lambda: {get(self.proxy_.port).text for _ in range(4)} == {"a /\n"}, 5, "only a is used")

    def test_states_survive_a_reload(self):
        self.proxy_.ask("disable server app/a1")
        self.proxy_.send_signal(signal.SIGHUP)
        load = self.load(self.proxy_.port)
        load.wait_good(50)
        load.stop()
        self.assertIn("MAINT", self.proxy_.ask("show stat app"))
        self.assertEqual({get(self.proxy_.port).text for _ in range(4)}, {"b /\n"})

    def test_servers_state(self):
        state = self.proxy_.ask("show servers state")
        self.assertTrue(state.startswith("1\n# be_id be_name srv_id srv_name srv_addr"), state)
        self.assertRegex(state, r"(?m)^\d+ app 1 a1 127\.0\.0\.1 2 0 ")

    def test_idle_connections_and_memory(self):
        """Idle connections of each worker in `show servers conn`, and the memory of their buffers in `show info`."""
        proxy = self.proxy(self.origin(), extra_global="nbthread 2")
        clients = [Client(proxy.port) for _ in range(6)]
        for client in clients:
            self.addCleanup(client.connection.close)
            client.request("/")

        def row():
            header, line = proxy.ask("show servers conn app").splitlines()[:2]
            return dict(zip(header.replace("# bkname", "bkname").replace("idle_per_thr[2]", "first second").split(), line.split()))
        wait_for(lambda: row()["used_cur"] == "0", 5, lambda: f"nothing is in use: {row()}")
        found = row()
        self.assertGreater(int(found["idle_cur"]), 0)
        self.assertEqual(int(found["first"]) + int(found["second"]), int(found["idle_cur"]))
        self.assertGreaterEqual(int(found["need_est"]), int(found["idle_cur"]))

        def memory():
            return int(re.search(r"^PoolAlloc_bytes: (\d+)", proxy.ask("show info"), re.M)[1])
        wait_for(lambda: memory() > 0, 5, "the memory of buffers is told")
        self.assertRegex(proxy.ask("show pools"), r"(?m)^Total: 2 pools, \d+ bytes allocated, \d+ used \(~\d+ by thread caches\)\.$")

    def test_unknown_command(self):
        self.assertIn("Unknown command", self.proxy_.ask("make coffee"))

    def test_prompt(self):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(self.proxy_.socket_path)
            said = b""

            def until_prompt():
                nonlocal said
                said = b""
                while not said.endswith(b"> "):
                    piece = connection.recv(65536)
                    self.assertTrue(piece)
                    said += piece
                return said

            connection.sendall(b"prompt\n")
            until_prompt()
            connection.sendall(b"show info\n")
            self.assertIn(b"Uptime_sec: ", until_prompt())
            connection.sendall(b"quit\n")
            self.assertEqual(connection.recv(1), b"")

    def test_levels(self):
        path = f"{self.proxy_.directory}/low"
        proxy = self.proxy(self.web[0], extra_global=f"stats socket {path} level user")
        said = subprocess.run(
            ["socat", "-", f"UNIX-CONNECT:{path}"], input="disable server app/a1\n",
            stdout=subprocess.PIPE, text=True, timeout=5, check=True).stdout
        self.assertIn("Permission denied", said)
        self.assertTrue(proxy.is_running)

    def test_garbage_harms_nobody(self):
        for data in (os.urandom(1 << 20), b"\n" * 100_000, b"show info;" * 20_000 + b"\n"):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(0.5)
                connection.connect(self.proxy_.socket_path)
                # It may stop reading, close, or answer each line; and then we are gone.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
                    connection.sendall(data)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(1 << 20):
                        pass
        self.assertTrue(re.search("Uptime_sec", self.proxy_.ask("show info")))
        self.assertEqual(get(self.proxy_.port).status, 200)
