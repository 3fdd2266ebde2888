"""What rules, logs and servers are told of TLS; where Debian's haproxy can tell it too, it must say the same."""
import os
import shutil
import socket
import ssl
import subprocess
import types
import unittest

from lab import Output, wait_for
from support.certificates import RSA, openssl
from support.daemon import answers
from support.messages import answer
from support.peers import Client
from support.ports import free_port
from support.scenario import DEFAULTS
from support.secure import SecureClient, SecureScenario, read

has_haproxy = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")


class Samples(SecureScenario):
    carries_traffic = True

    def haproxy(self, text):
        path = self.certificates.path("haproxy.cfg")
        with open(path, "w") as file:
            file.write(text)
        output = Output(["haproxy", "-db", "-f", path])
        self.addCleanup(output.end)
        return output

    @unittest.skipUnless(has_haproxy, "needs haproxy")
    def test_samples_are_haproxys(self):
        expressions = [
            "ssl_fc", "ssl_fc_sni", "ssl_fc_has_sni", "ssl_fc_alpn", "ssl_fc_protocol", "ssl_fc_cipher", "ssl_fc_is_resumed",
            "ssl_fc_alg_keysize", "ssl_fc_use_keysize", "ssl_fc_has_crt", "ssl_fc_has_early", "ssl_fc_client_random,hex,length",
            "ssl_fc_server_random,hex,length", "ssl_fc_session_key,hex,length", "ssl_fc_unique_id,hex,length", "ssl_fc_session_id,hex,length",
            "ssl_fc_err", "ssl_c_used", "ssl_c_verify", "ssl_c_err", "ssl_c_ca_err", "ssl_c_ca_err_depth", "ssl_c_version",
            "ssl_c_s_dn", "ssl_c_s_dn(CN)", "ssl_c_s_dn(,0,rfc2253)", "ssl_c_i_dn", "ssl_c_i_dn(CN,1)", "ssl_c_notbefore",
            "ssl_c_notafter", "ssl_c_serial,hex", "ssl_c_sha1,hex", "ssl_c_key_alg", "ssl_c_sig_alg", "ssl_c_der,sha1,hex",
            "ssl_c_chain_der,hex,length", "ssl_f_s_dn", "ssl_f_i_dn", "ssl_f_serial,hex", "ssl_f_sha1,hex",
            "ssl_f_notafter", "ssl_f_key_alg", "ssl_f_sig_alg", "ssl_f_version", "ssl_f_der,hex,length",
            "ssl_fc_protocol_hello_id", "ssl_fc_cipherlist_bin,hex", "ssl_fc_cipherlist_bin(1),hex", "ssl_fc_cipherlist_hex",
            "ssl_fc_cipherlist_str", "ssl_fc_cipherlist_xxh", "ssl_fc_extlist_bin(1),hex", "ssl_fc_eclist_bin(1),hex",
            "ssl_fc_ecformats_bin,hex",
        ]
        kept = "tune.ssl.capture-buffer-size 160"
        lines = "\n".join(f"    http-request set-header x{n} <%[{text}]>" for n, text in enumerate(expressions))
        def respond(request, connection):
            return answer("\n".join(f"{text}={request.field(f'x{n}')}" for n, text in enumerate(expressions)))
        origin = self.origin(respond=respond)
        client = self.certificates.make("client")
        site = self.certificates.make("rsa", "a.test", key=RSA)
        bind = f"crt {site} ca-file {self.authority} verify optional alpn http/1.1"
        port = free_port()
        self.haproxy(f"global\n    {kept}\n{DEFAULTS}\nfrontend f\n    bind 127.0.0.1:{port} ssl {bind}\n{lines}\n    default_backend b\n"
                     f"backend b\n    server s 127.0.0.1:{origin.port}\n")
        wait_for(lambda: answers(port), 5, "haproxy listens")
        proxy = self.secure(bind, origin, frontend=lines, extra_global=kept)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for options in ({}, {"client": client}):
                texts = []
                for target in (port, proxy.secure_port):
                    context = self.trusting(**options)
                    context.maximum_version = version
                    context.set_alpn_protocols(["http/1.1"])
                    with SecureClient(target, context) as peer:
                        texts.append(peer.request("/").body.decode().split("\n"))
                self.assertEqual(texts[1], texts[0], (version, options))

    def test_samples_of_ours(self):
        lines = ("http-response set-header curve %[ssl_fc_curve]\n    http-response set-header file %[ssl_fc_crtname]\n"
                 "    http-response set-header names %[ssl_c_san]\n    http-response set-header server %[ssl_s_s_dn(CN)]\n"
                 "    http-response set-header chain %[ssl_s_chain_der,length]\n    http-response set-header sni %[ssl_bc_sni]\n"
                 "    http-response set-header bc %[ssl_bc],%[ssl_bc_protocol],%[ssl_bc_is_resumed]")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.make("s", "s.test"))
        def speak(connection):
            with context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(4096)
                secure.sendall(answer("good"))
        proxy = self.secure(f"crt {self.site} ca-file {self.authority} verify optional curves X25519",
                            self.origin(raw=speak), frontend=lines, options="ssl verify none sni str(s.test)")
        with SecureClient(proxy.secure_port, self.trusting(client=self.certificates.make("client", "c.test", "d.test"))) as client:
            response = client.request("/")
        for name, value in (("curve", "X25519"), ("file", self.site), ("names", "DNS:c.test, DNS:d.test"), ("server", "s.test"),
                            ("sni", "s.test"), ("bc", "1,TLSv1.3,0")):
            self.assertEqual(response.field(name), value, name)
        self.assertGreater(int(response.field("chain")), 300)

    def test_policies_of_a_certificate(self):
        directory = self.certificates.directory
        self.certificates.make("client", "c.test")
        with open(self.certificates.path("client.ext"), "w") as file:
            file.write("certificatePolicies=0.4.0.1862.1.4,2.23.140.1.2.1")
        openssl("x509", "-req", "-in", "client.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-extfile", "client.ext", "-days", "9",
                "-out", "policies.crt", directory=directory)
        with open(self.certificates.path("policies.pem"), "w") as file:
            file.write(read(self.certificates.path("policies.crt")) + read(self.certificates.path("client.key")))
        lines = "\n    ".join(
            f"http-response set-header {name} [%[{fetch}]]" for name, fetch in (
                ("all", "ssl_c_policies"), ("one", "ssl_c_policies(2.23.140.1.2.1)"), ("none", "ssl_c_policies(2.23)"),
                ("error", "ssl_fc_err_str")))
        proxy = self.secure(
            f"crt {self.site} ca-file {self.authority} verify optional", self.origin(), frontend=lines)
        for name, values in (("policies", ["[0.4.0.1862.1.4,2.23.140.1.2.1]", "[2.23.140.1.2.1]", "[]", "[]"]),
                             ("client", ["[]", "[]", "[]", "[]"])):
            with SecureClient(proxy.secure_port, self.trusting(client=self.certificates.path(f"{name}.pem"))) as client:
                response = client.request("/")
            self.assertEqual([response.field(field) for field in ("all", "one", "none", "error")], values, name)

    def test_secrets_are_those_of_the_connection(self):
        names = ["client_handshake_traffic_secret", "server_handshake_traffic_secret", "client_traffic_secret_0",
                 "server_traffic_secret_0", "exporter_secret"]
        lines = "\n    ".join(f"http-response set-header {name} %[ssl_fc_{name}]" for name in names)
        for setting in ("on", "off"):
            proxy = self.secure(
                f"crt {self.site}", self.origin(), frontend=lines, extra_global=f"tune.ssl.keylog {setting}")
            context = self.trusting()
            context.keylog_filename = self.certificates.path(setting)
            with SecureClient(proxy.secure_port, context) as client:
                response = client.request("/")
            theirs = {label.lower(): secret for label, _, secret in
                      (line.split() for line in read(self.certificates.path(setting)).splitlines() if line[:1] != "#")}
            for name in names:
                self.assertEqual(response.field(name) or "", theirs[name] if setting == "on" else "", (setting, name))

    @unittest.skipUnless(has_haproxy, "needs haproxy")
    def test_proxy_headers_tell_of_tls_as_haproxys(self):
        headers = []
        def speak(connection):
            data = connection.recv(4096)
            length = 16 + int.from_bytes(data[14:16], "big")
            # Without the addresses, which differ.
            headers.append(data[28:length])
            connection.sendall(answer("good"))
        origin = self.origin(raw=speak)
        client = self.certificates.make("client")
        bind = f"crt {self.site} ca-file {self.authority} verify optional"
        for option in ("send-proxy-v2-ssl", "send-proxy-v2-ssl-cn"):
            port, plain = free_port(), free_port()
            self.haproxy(f"{DEFAULTS}\nfrontend f\n    bind 127.0.0.1:{port} ssl {bind}\n    bind 127.0.0.1:{plain}\n"
                         f"    default_backend b\nbackend b\n    server s 127.0.0.1:{origin.port} {option}\n")
            wait_for(lambda: answers(plain), 5, "haproxy listens")
            proxy = self.secure(bind, origin, options=option)
            for kind in ("plain", "secure", "certificate"):
                headers.clear()
                for target, bare in ((port, plain), (proxy.secure_port, proxy.port)):
                    if kind == "plain":
                        peer = Client(bare)
                    else:
                        peer = SecureClient(target, self.trusting(**({"client": client} if kind == "certificate" else {})))
                    with peer:
                        self.assertEqual(peer.request("/").body, b"good")
                self.assertEqual(headers[1].hex(), headers[0].hex(), (option, kind))

    def test_names_for_servers_come_from_any_expression(self):
        seen = []
        def server_name(connection, name, context):
            seen.append(name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.make("s", "s.test"))
        context.sni_callback = server_name
        def speak(connection):
            with context.wrap_socket(connection, server_side=True) as secure:
                while secure.recv(4096):
                    secure.sendall(answer("good"))
        origin = self.origin(raw=speak)
        rules = "http-request set-var(txn.name) req.hdr(x-name)\n    http-request set-header Host changed.test"
        for expression, expected in (
                ("var(txn.name),lower", ["one.test", "two.test"]), ("req.hdr(x-name),regsub(TEST,example),lower", ["one.example", "two.example"]),
                ("req.hdr(host)", ["changed.test"]), ("hdr(host),lower", ["changed.test"]),
                ("str(fixed.test)", ["fixed.test"]), ("req.hdr(none)", [None])):
            seen.clear()
            proxy = self.proxy(origin, frontend=rules, options=f"ssl verify none sni {expression}", backend="http-reuse always",
                               extra_global="nbthread 1")
            with Client(proxy.port) as client:
                for name in ("ONE.TEST", "TWO.TEST", "ONE.TEST", "TWO.TEST"):
                    self.assertEqual(client.request("/", fields=[f"X-Name: {name}"]).body, b"good")
            # One connection for each name: they are kept apart, and used again.
            self.assertEqual(seen, expected, expression)


class Interoperation(SecureScenario):
    carries_traffic = True

    def test_openssl_with_every_version_and_many_ciphers(self):
        rsa = self.certificates.make("rsa", "a.test", key=RSA)
        proxy = self.secure(f"crt {self.site} crt {rsa} ssl-min-ver TLSv1.0 ciphers ALL:@SECLEVEL=0 curves X25519:P-256", self.origin())
        request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        table = [(["-tls1_3", "-ciphersuites", suite], suite) for suite in
                 ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")]
        table += [(["-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0"], cipher) for cipher in (
            "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA",
            "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256", "AES256-SHA")]
        table += [([version, "-cipher", "ALL:@SECLEVEL=0"], text) for version, text in (("-tls1_1", "TLSv1.1"), ("-tls1", "TLSv1"))]
        for arguments, expected in table:
            with self.subTest(expected):
                text = self.s_client(proxy.secure_port, *arguments, "-ign_eof", data=request)
                self.assertIn(expected, text)
                self.assertIn("HTTP/1.1 200", text)

    @unittest.skipUnless(shutil.which("curl"), "needs curl")
    def test_curl_with_and_without_a_certificate(self):
        large = os.urandom(1 << 20)
        proxy = self.secure(f"crt {self.site} ca-file {self.authority} verify optional", self.origin(respond=lambda *_: answer(large)),
                            frontend="http-response set-header used %[ssl_c_used]")
        for arguments, used in (([], "0"), (["--cert", self.certificates.make("client")], "1")):
            done = subprocess.run(
                ["curl", "-sS", "--max-time", "10", "--cacert", self.authority, "--resolve", f"a.test:{proxy.secure_port}:127.0.0.1",
                 "-D", "/dev/stderr", *arguments, f"https://a.test:{proxy.secure_port}/"], capture_output=True, timeout=20)
            self.assertEqual(done.stdout == large, True, done.stderr[-500:])
            self.assertIn(f"used: {used}", done.stderr.decode().lower())
