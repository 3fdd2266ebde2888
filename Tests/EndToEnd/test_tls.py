"""TLS on both sides."""
import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import types
import unittest

from lab import Output, wait_for
from support.certificates import RSA, Certificates
from support.daemon import answers, command
from support.messages import answer
from support.peers import Client, get
from support.ports import free_port
from support.scenario import DEFAULTS
from support.secure import SecureClient, SecureScenario

LARGE = 3 << 20


class TLS(SecureScenario):
    carries_traffic = True

    # Termination

    def test_answers_and_bodies_of_all_sizes_arrive(self):
        large = os.urandom(LARGE)
        def respond(request, connection):
            return answer(large[:int(request.target[1:])])
        proxy = self.secure(f"crt {self.site}", self.origin(respond=respond))
        with SecureClient(proxy.secure_port, self.trusting()) as client:
            for size in (0, 1, 16000, 16384, 16385, 70000, LARGE):
                response = client.request(f"/{size}")
                self.assertEqual((response.status, response.body == large[:size]), (200, True), size)

    def test_more_connections_than_allowed_wait(self):
        proxy = self.secure(
            f"crt {self.site}", self.origin(), extra_global="maxsslconn 1\n    nbthread 1")
        first = SecureClient(proxy.secure_port, self.trusting())
        self.addCleanup(first.connection.close)
        self.assertEqual(first.request("/").status, 200)
        facts = dict(line.split(": ", 1) for line in proxy.ask("show info").splitlines() if ": " in line)
        self.assertEqual((facts["MaxSslConns"], facts["CurrSslConns"]), ("1", "1"))
        waiting = socket.create_connection(("127.0.0.1", proxy.secure_port))
        self.addCleanup(waiting.close)
        # Plain connections are none of it.
        self.assertEqual(get(proxy.port).status, 200)
        context = self.trusting()
        second = []
        shaking = threading.Thread(
            target=lambda: second.append(context.wrap_socket(waiting, server_hostname="a.test")))
        shaking.start()
        self.assertIn("CurrSslConns: 1", proxy.ask("show info"))
        self.assertEqual(second, [])
        first.connection.close()
        shaking.join(10)
        self.assertEqual(len(second), 1)
        second[0].close()

    def test_uploads_arrive(self):
        proxy = self.secure(f"crt {self.site}", self.origin(
            respond=lambda request, connection: answer(str(len(request.body)))))
        for size in (1, 16384, 100000, LARGE):
            with SecureClient(proxy.secure_port, self.trusting()) as client:
                self.assertEqual(client.request("/", "POST", body=bytes(size)).body, str(size).encode())

    def test_a_slow_reader_gets_everything(self):
        large = os.urandom(LARGE)
        proxy = self.secure(f"crt {self.site}", self.origin(respond=lambda *_: answer(large)))
        with SecureClient(proxy.secure_port, self.trusting()) as client:
            # A window below the loopback's segment size would leave the pace to the kernel's 200 ms timers.
            client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            self.assertEqual(client.request("/").body, large)

    def test_certificates_are_chosen_by_name(self):
        make = self.certificates.make
        files = [self.site, make("b", "b.test"), make("w", "*.w.test"), make("r", "a.test", key=RSA)]
        proxy = self.secure(" ".join(f"crt {file}" for file in files), self.origin())
        for name, expected in (("a.test", "a.test"), ("b.test", "b.test"), ("x.w.test", "*.w.test")):
            with SecureClient(proxy.secure_port, self.trusting(), name) as client:
                self.assertEqual(client.common_name(), expected)
                self.assertEqual(client.request("/").status, 200)
        # Both kinds of keys stand side by side under one name; unknown names get the first certificate.
        for algorithm, kind in (("ECDSA+SHA256", "ECDSA"), ("RSA-PSS+SHA256", "RSA-PSS")):
            text = self.s_client(proxy.secure_port, "-sigalgs", algorithm)
            self.assertIn(f"Peer signature type: {kind}", text)
        self.assertIn("CN = a.test", self.s_client(proxy.secure_port, name="unknown.test"))

    def test_strict_names_and_lists(self):
        other = self.certificates.make("b", "b.test", "c.test")
        path = self.certificates.path("list")
        with open(path, "w") as file:
            file.write(f"# certificates\n{self.site}\n{other} [ssl-max-ver TLSv1.2 alpn http/1.1] *.b.test !x.b.test b.test\n")
        proxy = self.secure(f"crt-list {path} strict-sni", self.origin())
        context = self.trusting()
        context.check_hostname = False
        with SecureClient(proxy.secure_port, context, "y.b.test") as client:
            self.assertEqual((client.common_name(), client.connection.version()), ("b.test", "TLSv1.2"))
        with SecureClient(proxy.secure_port, context, "a.test") as client:
            self.assertEqual((client.common_name(), client.connection.version()), ("a.test", "TLSv1.3"))
        for name in ("x.b.test", "c.test", "nothing.test"):
            with self.subTest(name), self.assertRaisesRegex(ssl.SSLError, "(?i)unrecognized.name"):
                SecureClient(proxy.secure_port, context, name)

    def test_versions_ciphers_and_protocols(self):
        proxy = self.secure(f"crt {self.site} alpn h2,http/1.1 ciphersuites TLS_CHACHA20_POLY1305_SHA256 "
                            "ciphers ECDHE+AESGCM curves X25519", self.origin())
        text = self.s_client(proxy.secure_port, "-alpn", "h2,http/1.1")
        for part in ("TLS_CHACHA20_POLY1305_SHA256", "TLSv1.3", "ALPN protocol: http/1.1", "X25519"):
            self.assertIn(part, text)
        self.assertIn("ECDHE-ECDSA-AES", self.s_client(proxy.secure_port, "-tls1_2"))
        self.assertIn("alert protocol version", self.s_client(
            proxy.secure_port, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"))
        self.assertIn("handshake failure", self.s_client(
            proxy.secure_port, "-tls1_2", "-cipher", "ECDHE+CHACHA20"))

    def test_connections_and_lookups_are_counted(self):
        behind = self.secure(f"crt {self.site} no-tls-tickets", self.origin(), extra_global="nbthread 1")
        proxy = self.secure(f"crt {self.site} ssl-max-ver TLSv1.2", types.SimpleNamespace(name="s", port=behind.secure_port),
                            options="ssl verify none no-ssl-reuse", extra_global="nbthread 1")

        def facts(daemon):
            return dict(line.split(": ", 1) for line in daemon.ask("show info").splitlines() if ": " in line)
        for _ in range(3):
            with SecureClient(proxy.secure_port, self.context) as client:
                self.assertEqual(client.request("/").status, 200)
                self.assertGreaterEqual(int(facts(proxy)["CurrSslConns"]), 1)
        wait_for(lambda: int(facts(proxy)["CurrSslConns"]) <= 3, 5, "no client is left")
        told = facts(proxy)
        # Both sides count; the first request of a connection takes no server connection of others.
        self.assertEqual((told["CumSslConns"], told["SslFrontendKeyRate"]), ("6", "3"))
        self.assertEqual(told["SslBackendMaxKeyRate"], "3")

        def found(daemon):
            told = facts(daemon)
            return int(told["SslCacheLookups"]) - int(told["SslCacheMisses"])
        # Clients of TLS 1.3 send a number in any case.
        self.assertEqual(found(proxy), 0)
        misses = int(told["SslCacheMisses"])
        for options in ([], ["-no_ticket"]):
            self.s_client(proxy.secure_port, "-sess_out", self.certificates.path("session"), *options, data=b"Q\n")
            self.s_client(proxy.secure_port, "-sess_in", self.certificates.path("session"), *options, data=b"Q\n")
        # A ticket looks nothing up; a number does.
        self.assertEqual(found(proxy), 1)
        self.assertGreater(int(facts(proxy)["SslCacheMisses"]), misses)

    def test_sessions_are_resumed_by_ticket_and_by_number(self):
        proxy = self.secure(f"crt {self.site}", self.origin(), extra_global="nbthread 2")
        request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        for arguments in (["-tls1_3"], ["-tls1_2"], ["-tls1_2", "-no_ticket"]):
            with self.subTest(arguments):
                path = self.certificates.path("session")
                self.s_client(proxy.secure_port, *arguments, "-ign_eof", "-sess_out", path, data=request)
                for _ in range(4):
                    text = self.s_client(proxy.secure_port, *arguments, "-ign_eof", "-sess_in", path, data=request)
                    self.assertIn("Reused, TLSv1", text)

    def test_client_certificates(self):
        good, other = self.certificates.make("client"), Certificates(self).make("foreign")
        expired = self.certificates.make("expired", days=-1)
        log = self.log_listener()
        origin = self.origin()
        options = f"ca-file {self.certificates.path('ca.pem')}"
        proxy = self.secure(f"crt {self.site} {options} verify required", origin, frontend=(
            f"log 127.0.0.1:{log.port} local0\n    option httplog"))
        with SecureClient(proxy.secure_port, self.trusting(client=good)) as client:
            self.assertEqual(client.request("/").status, 200)
        self.assertIn(" www~ app/", log.wait_line("GET /"))
        for context, words in ((self.trusting(), "SSL handshake failure"),
                               (self.trusting(client=other), "SSL client"),
                               (self.trusting(client=expired), "SSL client certificate not trusted")):
            with self.assertRaises((ssl.SSLError, OSError)):
                with SecureClient(proxy.secure_port, context) as client:
                    client.request("/")
            self.assertRegex(log.wait_line("www/2: "), f"www/2: {words}")
        self.assertEqual(len(origin.requests), 1)
        proxy = self.secure(f"crt {self.site} {options} verify optional crt-ignore-err all ca-ignore-err all", origin)
        for context in (self.trusting(), self.trusting(client=good), self.trusting(client=expired)):
            with SecureClient(proxy.secure_port, context) as client:
                self.assertEqual(client.request("/").status, 200)

    def test_nonsense_costs_nobody_else(self):
        proxy = self.secure(f"crt {self.site}", self.origin())
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(505)
        for bad in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(20000), hello, hello[:50], b""):
            with Client(proxy.secure_port) as client:
                # Whoever sends nonsense may be cut off at once.
                with contextlib.suppress(OSError):
                    client.send(bad)
                    client.finish_sending()
                    client.rest()
        # Renegotiation is refused: the connection ends instead.
        text = self.s_client(proxy.secure_port, "-tls1_2", data=b"R\n")
        self.assertRegex(text, "(?i)no renegotiation|unexpected|closed|read:errno")
        with SecureClient(proxy.secure_port, self.trusting()) as client:
            self.assertEqual(client.request("/").status, 200)

    def test_tcp_mode(self):
        def echo(connection):
            taken = b""
            while piece := connection.recv(65536):
                taken += piece
                connection.sendall(piece)
        port = free_port()
        self.dyad(f"global\n    stats socket {{socket}}\n{DEFAULTS}\nlisten echo\n    mode tcp\n"
                  f"    bind 127.0.0.1:{port} ssl crt {self.site}\n"
                  f"    server s 127.0.0.1:{self.origin(raw=echo).port}\n", waits=True)
        data = os.urandom(1 << 20)
        with SecureClient(port, self.trusting()) as client:
            sender = threading.Thread(target=client.connection.sendall, args=[data])
            sender.start()
            got = b""
            while len(got) < len(data):
                got += client.connection.recv(65536)
            sender.join()
            self.assertEqual(got, data)

    def test_a_reload_keeps_connections_and_changes_certificates(self):
        proxy = self.secure(f"crt {self.site}", self.origin())
        with SecureClient(proxy.secure_port, self.trusting()) as old:
            before = old.connection.getpeercert()["serialNumber"]
            old.request("/")
            self.certificates.make("a", "a.test")
            proxy.ask("reload")
            def serial():
                with SecureClient(proxy.secure_port, self.trusting()) as client:
                    return client.connection.getpeercert()["serialNumber"]
            wait_for(lambda: serial() != before, 10, "the new certificate")
            self.assertEqual(old.request("/").status, 200)

    def test_renewals_under_load_lose_nothing(self):
        proxy = self.secure(f"crt {self.site}", self.origin())
        context, failures, good, ends = self.trusting(), [], [0], threading.Event()
        def ask(keeps):
            while not ends.is_set():
                try:
                    with SecureClient(proxy.secure_port, context) as client:
                        for _ in range(5 if keeps else 1):
                            if client.request("/").status != 200:
                                raise ValueError("status")
                            good[0] += 1
                except (OSError, ValueError) as error:
                    failures.append(repr(error))
        clients = [threading.Thread(target=ask, args=[number % 2], daemon=True) for number in range(4)]
        for client in clients:
            client.start()
        serials = set()
        def is_renewed():
            with SecureClient(proxy.secure_port, context) as client:
                serial = client.connection.getpeercert()["serialNumber"]
            known = serial in serials
            serials.add(serial)
            return not known
        is_renewed()
        for _ in range(5):
            goal = good[0] + 20
            self.certificates.make("a", "a.test")
            self.assertIn("in force", proxy.ask("reload"))
            # Each worker swaps between two events of its own.
            wait_for(is_renewed, 10, "the new certificate")
            wait_for(lambda: good[0] >= goal, 20, "requests go on")
        ends.set()
        for client in clients:
            client.join(10)
        self.assertEqual((failures, len(serials)), ([], 6))

    # Towards servers

    def nginx(self, *lines):
        """nginx with TLS; returns its port."""
        port = free_port()
        directory = self.certificates.path("nginx")
        os.makedirs(directory, exist_ok=True)
        parts = "".join(f"{kind}_temp_path {directory}/{kind}; " for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        path = f"{directory}/{port}.conf"
        with open(path, "w") as file:
            file.write(f"daemon off; pid {directory}/{port}.pid; error_log stderr; events {{}}\nhttp {{ access_log off; {parts}\n"
                       f"server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {self.certificates.path('s.crt')}; "
                       f"ssl_certificate_key {self.certificates.path('s.key')}; {' '.join(lines)}\n"
                       "location / { add_header X-Name $ssl_server_name; add_header X-Reused $ssl_session_reused; "
                       "return 200 good; } } }")
        output = Output(["nginx", "-c", path, "-p", directory])
        self.addCleanup(output.end)
        wait_for(lambda: answers(port), 5, lambda: f"nginx answers:\n{output.text}")
        return port

    @unittest.skipUnless(shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "needs nginx")
    def test_nginx_is_verified_asked_by_name_and_resumed(self):
        self.certificates.make("s", "s.test")
        authority = self.certificates.path("ca.pem")
        port = self.nginx()
        client = self.certificates.make("client")
        demanding = self.nginx(f"ssl_client_certificate {authority}; ssl_verify_client on;")
        def through(port, options):
            place = types.SimpleNamespace(name="s", port=port)
            # Each worker keeps sessions of its own.
            proxy = self.proxy(place, options=options, extra_global="nbthread 1", backend="http-reuse never\n    option redispatch 0\n    retries 0")
            with Client(proxy.port) as peer:
                first = peer.request("/")
            with Client(proxy.port) as peer:
                second = peer.request("/")
            return first, second
        good = f"ssl verify required ca-file {authority}"
        for options, status in ((f"{good} sni str(s.test)", 200), (f"{good} sni str(wrong.test)", 503),
                                (f"{good} verifyhost s.test", 200), (f"{good} verifyhost other.test", 503),
                                ("ssl verify required ca-file @system-ca", 503), ("ssl verify none", 200)):
            with self.subTest(options):
                first, second = through(port, options)
                self.assertEqual((first.status, second.status), (status, status))
                if "sni str(s" in options:
                    self.assertEqual(first.field("x-name"), "s.test")
                    self.assertEqual((first.field("x-reused"), second.field("x-reused")), (".", "r"))
        self.assertEqual(through(port, "ssl verify none no-ssl-reuse")[1].field("x-reused"), ".")
        self.assertEqual(through(demanding, "ssl verify none")[0].status, 400)
        self.assertEqual(through(demanding, f"ssl verify none crt {client}")[0].status, 200)

    @unittest.skipUnless(shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "needs nginx")
    def test_names_of_requests_keep_connections_apart(self):
        self.certificates.make("s", "s.test")
        place = types.SimpleNamespace(name="s", port=self.nginx())
        proxy = self.proxy(place, options="ssl verify none sni req.hdr(host)", backend="http-reuse always")
        for name in ("one.test", "two.test", "one.test:81", "two.test"):
            with Client(proxy.port) as client:
                client.send(f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n")
                self.assertEqual(client.response().field("x-name"), name.split(":")[0])

    @unittest.skipUnless(shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin"), "needs haproxy")
    def test_haproxy_before_and_behind(self):
        authority = f"ca-file {self.certificates.path('ca.pem')}"
        outer, inner = free_port(), free_port()
        behind = types.SimpleNamespace(name="haproxy", port=inner)
        proxy = self.secure(
            f"crt {self.site} {authority} verify required", behind,
            options=f"ssl verify required {authority} crt {self.certificates.make('client')} sni str(a.test) check inter 100ms")
        origin = self.origin(respond=lambda request, connection: answer(os.urandom(int(request.target[1:]))))
        path = self.certificates.path("haproxy.cfg")
        with open(path, "w") as file:
            file.write(f"{DEFAULTS}\nfrontend inner\n    bind 127.0.0.1:{inner} ssl crt {self.site} {authority} verify required\n"
                       f"    default_backend origin\nbackend origin\n    server o 127.0.0.1:{origin.port}\n"
                       f"frontend outer\n    bind 127.0.0.1:{outer}\n    default_backend dyad\nbackend dyad\n"
                       f"    server d 127.0.0.1:{proxy.secure_port} ssl verify required {authority} "
                       f"crt {self.certificates.path('client.pem')} sni str(a.test) check inter 100ms\n")
        output = Output(["haproxy", "-db", "-f", path])
        self.addCleanup(output.end)
        # Both look at each other's servers before they use them.
        wait_for(lambda: answers(outer) and get(outer, "/0").status == 200, 10, lambda: output.text)
        for size in (0, 10, 16384, 1 << 20, 10):
            with Client(outer) as client:
                response = client.request(f"/{size}")
                self.assertEqual((response.status, len(response.body)), (200, size))

    def test_checks_use_tls(self):
        self.certificates.make("s", "s.test")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.path("s.pem"))
        def speak(connection):
            with context.wrap_socket(connection, server_side=True) as secure:
                if secure.recv(4096):
                    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        origin = self.origin(raw=speak)
        plain = self.origin(raw=lambda connection: connection.sendall(b"no TLS\r\n"))
        for check, word, servers in (("option httpchk", "L7OK", [origin]), ("", "L6OK", [origin]),
                                     ("", "L6RSP", [plain])):
            with self.subTest(word):
                proxy = self.proxy(*servers, backend=check, options="check inter 50ms ssl verify none")
                wait_for(lambda: re.search(rf"^app,\w+1,.*,{word},", proxy.ask("show stat"), re.M), 10,
                         lambda: f"{word}: {proxy.ask('show stat')}")

    # Configuration

    def test_mistakes_are_said_in_one_line(self):
        key, crt = self.certificates.path("a.key"), self.certificates.path("a.crt")
        lone = self.certificates.path("lone.pem")
        shutil.copy(crt, lone)
        path = self.certificates.path("bad.cfg")
        for options, words in ((f"crt {lone}", "No Private Key found"), (f"crt {key}", "no PEM certificate"),
                               ("crt /nowhere.pem", "No such file"), ("", "no SSL certificate specified"),
                               (f"crt {self.site} verify required", "no CA file specified"),
                               (f"crt {self.site} ciphers nonsense", "unable to set SSL cipher list"),
                               (f"crt {self.site} ssl-min-ver TLSv2", "unknown SSL/TLS version"),
                               (f"crt {self.site} npn h2", "'npn' is not supported"),
                               (f"crt {self.site} proto h2", "'proto' is not supported")):
            with self.subTest(options):
                with open(path, "w") as file:
                    file.write(f"{DEFAULTS}\nfrontend f\n    bind :1 ssl {options}\n")
                status, text = command("-c", "-f", path)
                self.assertEqual(status, 1)
                self.assertIn(words, text)
