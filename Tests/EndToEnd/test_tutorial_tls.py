"""The chapters about TLS of a usual introduction to such a pair: its files and its snippets, unchanged."""
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import unittest

from lab import wait_for
from support.daemon import PATIENCE, answers
from support.messages import answer
from support.scenario import needs_root
from support.secure import SecureScenario, read

FILES = pathlib.Path(__file__).resolve().parent / "tutorial"
ERRORS = (400, 403, 408, 500, 502, 503, 504)


def run(*arguments):
    subprocess.run(arguments, check=True, capture_output=True, timeout=20)


@needs_root
@unittest.skipUnless(shutil.which("curl"), "needs curl")
class TutorialTLS(SecureScenario):
    """Two web servers with TLS, `myweb1` and `myweb2`; the paths of the files lead into directories of this scenario."""

    def setUp(self):
        super().setUp()
        self.layer("/etc")
        self.mount("tmpfs", "/var/lib")
        for directory in ("/var/lib/haproxy", "/run/haproxy", "/etc/haproxy/errors", "/etc/ssl/private"):
            os.makedirs(directory, exist_ok=True)
        for status in ERRORS:
            with open(f"/etc/haproxy/errors/{status}.http", "w") as file:
                file.write(f"HTTP/1.0 {status} Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        for name, line in (("hosts", "127.0.0.11 myweb1\n127.0.0.12 myweb2"), ("passwd", "haproxy:x:9871:9871::/:/bin/false"),
                           ("group", "haproxy:x:9871:")):
            with open(f"/etc/{name}", "a") as file:
                file.write(f"\n{line}\n")
        pair = self.certificates.make("site", "localhost", "myweb1", "myweb2")
        # As the text says: the certificate, then the key without its passphrase.
        with open("/etc/ssl/private/my-crt-key.pem", "w") as file:
            file.write(read(pair.replace(".pem", ".crt")) + read(pair.replace(".pem", ".key")))
        shutil.copy(self.authority, "/etc/ssl/certs/ca.pem")
        self.shown = []
        self.checked = set()
        self.web = [self.secure_origin("myweb1", "127.0.0.11"), self.secure_origin("myweb2", "127.0.0.12")]

    def mount(self, kind, target, *options):
        run("mount", "-t", kind, *options, kind, target)
        self.addCleanup(run, "umount", "-l", target)

    def layer(self, directory):
        """What is written there from now on is forgotten with the scenario."""
        place = f"/run/layer-{os.getpid()}-{self.id().rpartition('.')[2]}"
        os.makedirs(place)
        self.mount("tmpfs", place)
        os.makedirs(f"{place}/new")
        os.makedirs(f"{place}/work")
        self.mount("overlay", directory, "-o", f"lowerdir={directory},upperdir={place}/new,workdir={place}/work")

    def secure_origin(self, name, host):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.make(name, "localhost", name))
        context.load_verify_locations(self.authority)
        context.verify_mode = ssl.CERT_OPTIONAL

        def speak(connection):
            with context.wrap_socket(connection, server_side=True) as secure:
                shown = secure.getpeercert()
                while head := secure.recv(65536):
                    target = head.split(b" ")[1].decode()
                    if target == "/healthz":
                        self.checked.add(name)
                    else:
                        self.shown.append(dict(part[0] for part in shown["subject"])["commonName"] if shown else None)
                    secure.sendall(answer(f"{name} {target}\n"))
        return self.origin(name, raw=speak, address=host, port=443)

    def start(self, text):
        daemon = self.dyad(text, waits=False, socket_path="/run/haproxy/admin.sock")
        wait_for(lambda: answers(8443) or not daemon.is_running, PATIENCE, lambda: daemon.text)
        self.assertTrue(daemon.is_running, daemon.text)
        return daemon

    def curl(self, url, *arguments):
        done = subprocess.run(
            ["curl", "-sS", "--max-time", "10", "--cacert", self.authority, *arguments, url],
            capture_output=True, timeout=20)
        return done.stdout.decode() + done.stderr.decode()

    def both(self, *arguments):
        return {self.curl("https://localhost:8443/page", *arguments) for _ in range(4)}

    def issuer(self):
        """The common name that a client of port 8443 sees."""
        context = self.trusting()
        with socket.create_connection(("127.0.0.1", 8443), 5) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                return dict(part[0] for part in secure.getpeercert()["subject"])["commonName"]

    # Whole files

    def test_termination(self):
        self.start(read(FILES / "haproxy-ssl-termination.conf"))
        self.assertEqual(self.both(), {"myweb1 /page\n", "myweb2 /page\n"})
        self.assertEqual(self.issuer(), "localhost")
        # The servers were shown our certificate, and checked with it.
        self.assertEqual(set(self.shown), {"localhost"})
        wait_for(lambda: self.checked == {"myweb1", "myweb2"}, 10, lambda: str(self.checked))
        self.assertIn("401", self.curl("http://localhost:8090/haproxy/stats", "-o", "/dev/null", "-w", "%{http_code}"))
        self.assertIn("200", self.curl("http://localhost:8090/haproxy/stats", "-o", "/dev/null", "-w", "%{http_code}",
                                       "-u", "haproxy:passw0rd"))

    def test_pass_through(self):
        self.start(read(FILES / "haproxy-ssl-passthrough.conf"))
        client = self.certificates.make("client")
        self.assertEqual(self.both(), {"myweb1 /page\n", "myweb2 /page\n"})
        self.assertEqual(set(self.shown), {None})
        # The servers' own certificates, and the client's reaches them.
        self.assertEqual(self.both("--cert", client), {"myweb1 /page\n", "myweb2 /page\n"})
        self.assertIn("client", self.shown)

    # Snippets

    HEAD = """
global
# Default SSL material locations
ca-base /etc/ssl/certs
crt-base /etc/ssl/private
stats socket /run/haproxy/admin.sock
defaults
mode http
timeout connect 10s
timeout client 1m
timeout server 1m
timeout check 10s
"""
    HTTPS = """
frontend https-in
bind *:8443 ssl no-sslv3 crt my-crt-key.pem
default_backend app
"""

    def test_tls_to_the_servers(self):
        self.start(f"""{self.HEAD}{self.HTTPS}
backend app
balance roundrobin
server srv1 127.0.0.11:443 ssl ca-file ca.pem crt my-crt-key.pem
server srv2 127.0.0.12:443 ssl ca-file ca.pem crt my-crt-key.pem
""")
        self.assertEqual(self.both(), {"myweb1 /page\n", "myweb2 /page\n"})
        self.assertEqual(set(self.shown), {"localhost"})

    def test_checks_with_tls(self):
        self.start(f"""{self.HEAD}{self.HTTPS}
backend app
balance roundrobin
option httpchk GET /healthz
option log-health-checks
server srv1 127.0.0.11:443 check ssl ca-file ca.pem crt my-crt-key.pem
server srv2 127.0.0.12:443 check ssl ca-file ca.pem crt my-crt-key.pem
""")
        wait_for(lambda: self.checked == {"myweb1", "myweb2"}, 10, lambda: str(self.checked))
        self.assertEqual(self.both(), {"myweb1 /page\n", "myweb2 /page\n"})
        self.web[0].stop()
        wait_for(lambda: self.both() == {"myweb2 /page\n"}, 30, "only one is used")

    def test_tls_is_enforced(self):
        self.start(f"""{self.HEAD}{self.HTTPS}
frontend http-in
bind *:8080
http-request replace-value Host (.*):8080 \\1:8443
http-request redirect scheme https if !{{ ssl_fc }}
backend app
balance roundrobin
server srv1 127.0.0.11:443 ssl ca-file ca.pem crt my-crt-key.pem
""")
        head = self.curl("http://localhost:8080/page?a=b", "-o", "/dev/null", "-D", "-")
        self.assertIn("302", head)
        self.assertRegex(head, r"(?i)location: https://localhost:8443/page\?a=b\r")
        self.assertEqual(self.curl("http://localhost:8080/page", "-L"), "myweb1 /page\n")
        # With TLS, and without a certificate of the client's or with one, nobody is sent away.
        self.assertEqual(self.curl("https://localhost:8443/page", "--cert", self.certificates.make("client")),
                         "myweb1 /page\n")
