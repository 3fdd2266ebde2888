"""What people do wrong with certificates, and what clients do wrong in handshakes."""
import contextlib
import os
import shutil
import socket
import ssl
import struct
import unittest

from support.certificates import openssl
from support.daemon import command
from support.messages import answer
from support.peers import Client
from support.ports import free_port
from support.scenario import DEFAULTS
from support.secure import SecureScenario, read
from support.sides import play

HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")


def hello():
    """The first flight of a client, in one record."""
    context = ssl.create_default_context()
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(into, out, server_hostname="a.test")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def reset(client):
    client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.connection.close()


class FailedHandshakes(SecureScenario):
    """Log lines are HAProxy's."""

    def script(self, side):
        side.start()
        first, cut = hello(), hello()[:40]
        def connect():
            return Client(side.port("www"))
        def ends(*pieces, waits=False):
            with connect() as client:
                for piece in pieces:
                    client.send(piece)
                    if waits:
                        client.connection.recv(9000)
                client.finish_sending()
                client.rest()
        def is_reset(*pieces, waits=False):
            client = connect()
            for piece in pieces:
                client.send(piece)
                if waits:
                    client.connection.recv(9000)
            reset(client)
        def times_out():
            with connect() as client:
                client.send(cut)
                client.rest()
        for act in (
                lambda: ends(), lambda: ends(cut), lambda: ends(first, waits=True), lambda: is_reset(first, waits=True),
                lambda: ends(b"GET / HTTP/1.1\r\n\r\n"), lambda: ends(b"\x16\x03\x01\x00\x04\x01\x00\xff\xff"),
                # It does not trust us, or claims to.
                lambda: ends(first, b"\x15\x03\x03\x00\x02\x02\x30", waits=True), times_out):
            # Who was refused with bytes of its own unread is reset.
            with contextlib.suppress(OSError):
                act()
            # With `dontlognull` a line may be missing: the marker is logged behind it.
            side.lines()

    def test_they_count(self):
        """`SslRate` is of connections, `SslFrontendKeyRate` of handshakes that came to an end."""
        proxy = self.secure(f"crt {self.site}", self.origin())
        for _ in range(3):
            with Client(proxy.secure_port) as client:
                client.send(b"GET / HTTP/1.0\r\n\r\n")
                with contextlib.suppress(OSError):
                    client.rest()
        told = dict(line.split(": ", 1) for line in proxy.ask("show info").splitlines() if ": " in line)
        self.assertIn(told["MaxSslRate"], "123")
        self.assertEqual((told["CumSslConns"], told["SslFrontendMaxKeyRate"]), ("3", "0"))

    @unittest.skipUnless(HAPROXY, "needs haproxy")
    def test_lines_are_haproxys(self):
        for options in ("", "option dontlognull"):
            sections = f"""
frontend www
    bind 127.0.0.1:$www ssl crt {self.site}
    timeout client 1s
    {options}
    http-request return status 200
"""
            theirs, ours = (
                [line for line in play(program, self.script, sections)["log"] if "/end-of-script" not in line]
                for program in (HAPROXY, None))
            self.assertEqual(ours, theirs, options)
            self.assertTrue(any("SSL handshake failure" in line for line in ours))


class Mistakes(SecureScenario):
    """One line each, with the file."""

    def check(self, bind, server=""):
        path = self.certificates.path("mistake.cfg")
        with open(path, "w") as file:
            file.write(f"{DEFAULTS}\nfrontend f\n    bind :1 ssl {bind}\nbackend b\n    server s 127.0.0.1:1 {server}\n")
        status, text = command("-c", "-f", path)
        lines = [line for line in text.splitlines()
                 if "parsing [" in line and ("[ALERT]" in line or "[WARNING]" in line or "'bind" in line or "'server" in line)]
        return status, lines

    def put(self, name, data):
        path = self.certificates.path(name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def test_files_that_are_something_else(self):
        at = self.certificates.path
        self.certificates.make("b", "b.test")
        key, crt = read(at("a.key")).encode(), read(at("a.crt")).encode()
        openssl("x509", "-in", "a.crt", "-outform", "DER", "-out", "der", directory=self.certificates.directory)
        openssl("pkcs12", "-export", "-in", "a.crt", "-inkey", "a.key", "-passout", "pass:", "-out", "p12",
                directory=self.certificates.directory)
        table = [
            (self.put("empty", b""), "the file is empty"), (self.put("rubbish", b"hello\n"), "no PEM certificate found"),
            (self.put("request", read(at("a.csr")).encode() + key), "only a request"), (at("der"), "it is DER"),
            (at("p12"), "it is PKCS#12"), (self.put("lone-key", key), "only a key"),
            (self.put("cut", crt[:200]), "is damaged"), (self.put("bad-key", crt + key.replace(b"\nM", b"\n!", 1)), "is damaged"),
            (self.put("lone-crt", crt), "No Private Key found"), ("/nowhere", "No such file"),
            (self.put("foreign", crt + read(at("b.key")).encode()), "inconsistencies between private key and certificate")]
        for path, words in table:
            with self.subTest(path):
                status, lines = self.check(f"crt {path}")
                self.assertEqual((status, len(lines)), (1, 1), lines)
                self.assertIn(words, lines[0])
                self.assertIn(path, lines[0])
        os.mkdir(at("several"))
        shutil.copy(self.site, at("several/site.pem"))
        self.put("several/README", b"hello\n")
        status, lines = self.check(f"crt {at('several')}")
        self.assertEqual((status, len(lines)), (1, 1), lines)
        self.assertIn("several/README", lines[0])

    def test_what_has_run_out_is_said(self):
        at, directory = self.certificates.path, self.certificates.directory
        with open(at("ca.cnf"), "w") as file:
            file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial.txt\nnew_certs_dir=.\ncertificate=ca.pem\n"
                       "private_key=ca.key\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        self.put("index.txt", b"")
        self.put("serial.txt", b"77\n")
        for name, start, end in (("old", "20200101000000Z", "20210101000000Z"), ("early", "20900101000000Z", "20910101000000Z")):
            openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-in", "a.csr", "-out", f"{name}.crt", "-startdate", start,
                    "-enddate", end, directory=directory)
            self.put("index.txt", b"")
            self.put(f"{name}.pem", read(at(f"{name}.crt")).encode() + read(at("a.key")).encode())
        openssl("ca", "-config", "ca.cnf", "-gencrl", "-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z",
                "-out", "crl.pem", directory=directory)
        verify = f"crt {self.site} verify required ca-file"
        for bind, server, words in (
                (f"crt {at('old.pem')}", "", "old.pem' expired"), (f"crt {at('early.pem')}", "", "early.pem' is not valid yet"),
                (f"{verify} {self.authority} crl-file {at('crl.pem')}", "", "crl.pem' expired"),
                (f"{verify} {at('old.crt')}", "", "authorities of"), (f"crt {self.site}", "", None),
                (f"crt {self.site}", f"ssl verify required ca-file {at('old.crt')}", "authorities of"),
                (f"{verify} {self.authority}", f"ssl verify required ca-file {self.authority}", None)):
            with self.subTest((bind, server)):
                status, lines = self.check(bind, server)
                self.assertEqual((status, len(lines)), (0, 1 if words else 0), lines)
                if words:
                    self.assertIn(words, lines[0])

    def test_one_cause_is_said_once(self):
        status, lines = self.check(f"crt {self.site}", "ssl verify required ca-file /nowhere.pem")
        self.assertEqual((status, len(lines)), (1, 1), lines)
        self.assertIn("unable to load '/nowhere.pem'", lines[0])

    def test_lines_of_lists(self):
        for line, status, words in (
                (f"{self.site} [alpn http/1.1", 1, "have no ']'"), (f"{self.site} [nonsense x]", 1, "unknown option 'nonsense'"),
                (f"{self.site} a.test [verify none]", 0, "names stand before the options"), ("/nowhere", 1, "No such file")):
            with self.subTest(line):
                found, lines = self.check(f"crt-list {self.put('list', f'# names{chr(10)}{line}{chr(10)}'.encode())}")
                self.assertEqual((found, len(lines)), (status, 1), lines)
                self.assertIn(words, lines[0])
                self.assertIn(f"{self.certificates.path('list')}:2", lines[0])

    def test_the_way_out_of_a_passphrase_works(self):
        at, directory = self.certificates.path, self.certificates.directory
        openssl("pkey", "-in", "a.key", "-aes128", "-passout", "pass:secret", "-out", "locked.key", directory=directory)
        locked = self.put("locked.pem", read(at("a.crt")).encode() + read(at("locked.key")).encode())
        status, lines = self.check(f"crt {locked}")
        self.assertEqual((status, len(lines)), (1, 1), lines)
        self.assertIn("has a passphrase", lines[0])
        openssl("pkey", "-in", locked, "-passin", "pass:secret", "-out", f"{locked}.key", directory=directory)
        self.assertEqual(self.check(f"crt {locked}"), (0, []))


class Settings(SecureScenario):
    def test_the_security_level_counts(self):
        openssl("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", "weak.key", "-out", "weak.crt", "-days", "3",
                "-subj", "/CN=weak", directory=self.certificates.directory)
        weak = self.certificates.path("weak.pem")
        with open(weak, "w") as file:
            file.write(read(self.certificates.path("weak.crt")) + read(self.certificates.path("weak.key")))
        path = self.certificates.path("level.cfg")
        for level, certificate, expected in (("", weak, 1), ("ssl-security-level 0", weak, 0), ("ssl-security-level 0", self.site, 0),
                                             ("ssl-security-level 5", self.site, 1), ("ssl-security-level 6", self.site, 1)):
            with open(path, "w") as file:
                file.write(f"global\n    {level}\n{DEFAULTS}\nfrontend f\n    bind 127.0.0.1:{free_port()} ssl crt {certificate}\n")
            self.assertEqual(command("-c", "-f", path)[0], expected, (level, certificate))

    def test_roots_need_not_be_sent(self):
        chained = self.certificates.path("chained.pem")
        with open(chained, "w") as file:
            file.write(read(self.site) + read(self.authority))
        for extra, count in (("", 2), ("ssl-skip-self-issued-ca", 1)):
            proxy = self.secure(f"crt {chained}", self.origin(), extra_global=extra)
            text = self.s_client(proxy.secure_port, "-showcerts")
            self.assertEqual(text.count("BEGIN CERTIFICATE"), count, extra)

    def test_servers_are_asked_for_the_host_of_the_request(self):
        port, names = free_port(), []
        def see(session, name, _):
            names.append(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.site)
        context.sni_callback = see
        def speak(connection):
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(9000)
                    secured.sendall(answer("hello"))
            except OSError:
                pass
        for options, expected in (("sni-auto", "b.test"), ("sni-auto no-sni-auto", None), ("sni-auto sni str(c.test)", "c.test"), ("", None)):
            names.clear()
            origin = self.origin(raw=speak)
            proxy = self.proxy(origin, options=f"ssl verify none {options}")
            with Client(proxy.port) as client:
                client.send("GET / HTTP/1.1\r\nHost: b.test:8443\r\n\r\n")
                response = client.response()
            self.assertEqual((response.status, names), (200, [expected]), options)
