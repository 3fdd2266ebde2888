"""Programs that others wrote, on both sides of the proxy: nginx, curl, wrk, haproxy."""
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from lab import Output, wait_for
from support.daemon import answers
from support.peers import Client, get
from support.ports import free_port
from support.scenario import Scenario, configuration

NGINX = """
daemon off;
worker_processes 1;
pid {directory}/pid;
error_log stderr;
events {{ worker_connections 512; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    gzip on;
    gzip_types application/octet-stream;
    gzip_min_length 100;
    server {{ listen 127.0.0.1:{port}; root {directory}/pages; }}
}}
"""
HAPROXY = """
global
    maxconn 200
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
frontend outer
    bind 127.0.0.1:{port}
    default_backend inner
backend inner
    option httpchk GET /large
    http-reuse always
    server dyad 127.0.0.1:{inner} check inter 100ms
"""
LARGE = 1 << 20


class RealServer:
    """nginx, seen by scenarios like an `Origin`."""

    name = "nginx"

    def __init__(self, scenario):
        self.port = free_port()
        self.directory = tempfile.mkdtemp(prefix="dy-nginx-", dir="/tmp")
        scenario.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        os.chmod(self.directory, 0o755)
        os.mkdir(f"{self.directory}/pages")
        self.large = os.urandom(LARGE)
        for name, content in (("large", self.large), ("small", b"a small page\n")):
            with open(f"{self.directory}/pages/{name}", "wb") as file:
                file.write(content)
        configuration_file = f"{self.directory}/nginx.conf"
        with open(configuration_file, "w") as file:
            file.write(NGINX.format(directory=self.directory, port=self.port))
        self.output = Output(["nginx", "-c", configuration_file, "-p", self.directory])
        scenario.addCleanup(self.output.end)
        wait_for(lambda: answers(self.port), 5, lambda: f"nginx answers:\n{self.output.text}")


def has(program):
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is not None


class Peers(Scenario):
    carries_traffic = True

    def setUp(self):
        for program in ("nginx", "curl", "wrk", "haproxy"):
            if not has(program):
                self.skipTest(f"no {program}; scripts/setup installs it")
        self.nginx = RealServer(self)
        self.proxy_ = self.proxy(self.nginx, backend="option httpchk GET /small", options="check inter 1s")
        self.url = f"http://127.0.0.1:{self.proxy_.port}"

    def curl(self, *arguments):
        done = subprocess.run(
            ["curl", "-sS", "-m", "10", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=15)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout

    def test_pages_of_nginx(self):
        page = self.curl(f"{self.url}/large")
        self.assertEqual(hashlib.sha256(page).digest(), hashlib.sha256(self.nginx.large).digest())
        self.assertEqual(self.curl("-r", "10-19", f"{self.url}/large"), self.nginx.large[10:20])
        self.assertIn(b"Content-Length: 13", self.curl("-I", f"{self.url}/small"))
        self.assertEqual(self.curl("--compressed", f"{self.url}/large"), self.nginx.large)
        self.assertEqual(self.curl("--http1.0", f"{self.url}/small"), b"a small page\n")

    def test_statuses_without_a_body(self):
        tag = get(self.proxy_.port, "/small").field("etag")
        write = ("-o", "/dev/null", "-w", "%{http_code} ")
        codes = self.curl(
            *write, "-H", f"If-None-Match: {tag}", f"{self.url}/small", f"{self.url}/small", *write)
        self.assertEqual(codes, b"304 304 ")
        self.assertEqual(self.curl(*write, f"{self.url}/none"), b"404 ")
        self.assertEqual(self.curl(*write, "-d", "x=1", f"{self.url}/small"), b"405 ")

    def test_large_upload(self):
        file = f"{self.nginx.directory}/upload"
        with open(file, "wb") as out:
            out.write(os.urandom(8 << 20))
        # nginx refuses bodies above 1 MiB, and does so before it has read this one.
        code = self.curl("-o", "/dev/null", "-w", "%{http_code}", "-T", file, f"{self.url}/put")
        self.assertIn(code, (b"413", b"405"))
        self.assertEqual(self.curl(f"{self.url}/small"), b"a small page\n")

    def test_wrk_sees_no_error(self):
        for target in ("small", "large"):
            with self.subTest(target):
                said = subprocess.run(
                    ["wrk", "-t", "1", "-c", "32", "-d", "1s", f"{self.url}/{target}"],
                    stdout=subprocess.PIPE, text=True, timeout=20, check=True).stdout
                self.assertNotIn("Socket errors", said)
                self.assertNotIn("Non-2xx", said)
                self.assertGreater(int(re.search(r"(\d+) requests in", said).group(1)), 20, said)

    def test_haproxy_before_us(self):
        outer = free_port()
        file = f"{self.nginx.directory}/haproxy.cfg"
        with open(file, "w") as out:
            out.write(HAPROXY.format(port=outer, inner=self.proxy_.port))
        haproxy = Output(["haproxy", "-db", "-f", file])
        self.addCleanup(haproxy.end)
        wait_for(lambda: answers(outer), 5, lambda: f"haproxy answers:\n{haproxy.text}")
        page = self.curl(f"http://127.0.0.1:{outer}/large")
        self.assertEqual(page, self.nginx.large)
        load = self.load(outer, target="/small")
        load.wait_good(300)
        load.stop()
        self.assertNoFailures(load)

    def test_same_answers_as_haproxy(self):
        """One configuration, both programs: what a client reads is the same, date and order of fields apart."""
        port = free_port()
        other = self.dyad(
            configuration(port, [self.nginx]), "-db", program="haproxy", waits=True)
        self.assertTrue(other.is_running)
        requests = {
            "page": ("GET", "/small", []),
            "absent": ("GET", "/none", []),
            "head": ("HEAD", "/large", []),
            "range": ("GET", "/large", ["Range: bytes=0-99"]),
            "compressed": ("GET", "/large", ["Accept-Encoding: gzip"]),
            "old": ("GET", "/small", ["Connection: close"]),
        }
        for name, (method, target, fields) in requests.items():
            seen = []
            for where in (self.proxy_.port, port):
                with self.subTest(name), Client(where) as client:
                    message = client.request(target, method, fields)
                    seen.append((
                        message.start, hashlib.sha256(message.body).hexdigest(),
                        sorted((n.lower(), v) for n, v in message.fields if n.lower() != "date")))
            self.assertEqual(seen[0], seen[1], name)
