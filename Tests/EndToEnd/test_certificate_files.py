"""Certificates as they lie on disk: in any order, in directories and lists, with files beside them."""
import itertools
import os
import re
import shutil
import ssl
import subprocess
import unittest

from lab import wait_for
from support.certificates import openssl
from support.daemon import command
from support.peers import Client
from support.ports import free_port
from support.scenario import DEFAULTS
from support.secure import SecureClient, SecureScenario, read


class CertificateFiles(SecureScenario):
    carries_traffic = True

    def put(self, name, *texts):
        path = self.certificates.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("".join(texts))
        return path

    def name(self, proxy, host):
        """The common name that a client is shown; None: it is turned away."""
        context = self.trusting()
        context.check_hostname = False
        try:
            with SecureClient(proxy.secure_port, context, host) as client:
                return client.common_name()
        except ssl.SSLError:
            return None

    def chained(self):
        """A site below an authority that is below ours; returns its certificate, its authority's, its key."""
        self.put("sub.ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n")
        self.put("leaf.ext", "subjectAltName=DNS:leaf.test\n")
        for name, issuer, subject in (("sub", "ca", "below"), ("leaf", "sub", "leaf.test")):
            authority = "ca.pem" if issuer == "ca" else f"{issuer}.crt"
            openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                    "-out", f"{name}.csr", "-subj", f"/CN={subject}", directory=self.certificates.directory)
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", authority, "-CAkey", f"{issuer}.key", "-CAcreateserial",
                    "-days", "9", "-extfile", f"{name}.ext", "-out", f"{name}.crt",
                    directory=self.certificates.directory)
        return [read(self.certificates.path(part)) for part in ("leaf.crt", "sub.crt", "leaf.key")]

    def test_parts_may_stand_in_any_order(self):
        """The leaf is what the key belongs to; a client that knows the root only verifies the chain."""
        parts = self.chained()
        noise = "Bag Attributes\n    friendlyName: a site\nsubject=CN = leaf.test\n\n"
        orders = list(itertools.permutations(parts))
        binds = []
        for number, order in enumerate(orders):
            text = noise.join(order)
            # Two of them as Windows writes lines, or without an end of the last one.
            text = text.replace("\n", "\r\n") if number == 2 else text.rstrip("\n") if number == 4 else text
            binds.append(self.put(f"order{number}.pem", text))
        for path in binds:
            proxy = self.secure(f"crt {path}", self.origin())
            with SecureClient(proxy.secure_port, self.context, "leaf.test") as client:
                self.assertEqual((client.common_name(), client.request("/").status), ("leaf.test", 200), path)

    def test_a_directory(self):
        """In the order of names, the first is the default; what belongs to others, and what begins with a dot, is left."""
        directory = self.certificates.path("site.d")
        os.mkdir(directory)
        for place, name in enumerate(("m.test", "z.test", "b.test")):
            made = self.certificates.make(f"part{place}", name)
            shutil.copy(made.replace(".pem", ".crt") if place == 1 else made, f"{directory}/{name}.pem")
            if place == 1:
                shutil.copy(made.replace(".pem", ".key"), f"{directory}/{name}.pem.key")
        shutil.copy(self.authority, f"{directory}/z.test.pem.issuer")
        self.put("site.d/.m.test.pem.swp", "half of a file")
        proxy = self.secure(f"crt {directory}", self.origin())
        self.assertEqual([self.name(proxy, host) for host in ("m.test", "z.test", "b.test", "other.test")],
                         ["m.test", "z.test", "b.test", "b.test"])

    @unittest.skipUnless(shutil.which("haproxy"), "needs haproxy")
    def test_lists_have_options_and_negated_names(self):
        """Beside Debian's haproxy: which name gets which certificate, and by which version."""
        wild = self.certificates.make("wild", "*.w.test")
        exact = self.certificates.make("exact", "exact.w.test", "other.test")
        path = self.put("list", f"""# a comment
{self.site}
{wild} [ssl-max-ver TLSv1.2 alpn http/1.1] *.w.test !no.w.test !*.deep.w.test
{exact} [ssl-min-ver TLSv1.3] exact.w.test
""")
        proxy = self.secure(f"crt-list {path}", self.origin())
        hosts = ("a.test", "x.w.test", "no.w.test", "X.W.Test", "exact.w.test", "other.test", "w.test", "y.x.w.test",
                 "z.deep.w.test", "unknown.test")

        def answers(port):
            found = []
            for host in hosts:
                text = self.s_client(port, "-alpn", "http/1.1", name=host)
                subject = [line for line in text.splitlines() if line.startswith("subject=")][:1]
                version = [line.split(",")[0] for line in text.splitlines() if line.startswith("New, ")][:1]
                protocol = [line for line in text.splitlines() if "ALPN" in line][:1]
                found.append((host, subject, version, protocol))
            return found
        self.assertEqual(answers(proxy.secure_port), answers(self.haproxy(f"crt-list {path}")))

    def test_names_of_files_beside_it(self):
        """`ssl-load-extra-del-ext` takes `.crt` away, and no other ending; what is missing is named as it would be found."""
        crt, key = (read(self.site.replace(".pem", ending)) for ending in (".crt", ".key"))
        path = self.put("beside.crt", crt)
        word = "ssl-load-extra-del-ext"
        for globals, file, wanted in (("", path, "beside.crt.key"), (word, path, "beside.key"),
                                      (word, self.put("beside.pem", crt), "beside.pem.key")):
            status, text = self.check(f"crt {file}", globals)
            self.assertIn(f"No Private Key found in '{file}' or '{self.certificates.path(wanted)}'", text)
            self.assertEqual(status, 1)
        self.put("beside.key", key)
        shutil.copy(self.certificates.ocsp("a"), self.certificates.path("beside.ocsp"))
        shutil.copy(self.authority, self.certificates.path("beside.issuer"))
        proxy = self.secure(f"crt {path}", self.origin(), extra_global=word)
        self.assertIn("Cert Status: good", self.s_client(proxy.secure_port, "-status"))
        shown = self.say(proxy, f"show ssl cert {path}")
        for line in ("Key filename: {}.key", "OCSP filename: {}.ocsp", "Issuer filename: {}.issuer"):
            self.assertIn(line.format(path[:-4]), shown)
        # A part is named by its file: a renewed pair comes in two payloads.
        before, pair = self.serial(proxy), self.new_pair()
        self.say(proxy, f"set ssl cert {path}", pair.replace(".pem", ".crt"))
        self.say(proxy, f"set ssl cert {path[:-4]}.key", pair.replace(".pem", ".key"))
        self.assertIn("Success", self.say(proxy, f"commit ssl cert {path}"))
        wait_for(lambda: self.serial(proxy) != before, 5, "the new certificate")
        self.assertIn(f"Key filename: {path[:-4]}.key\n", self.say(proxy, f"show ssl cert {path}"))

    def test_days_that_are_left(self):
        """In `show ssl cert`, in `show ssl sni` with the place of the bind line, and for Prometheus."""
        port = free_port()
        other = self.certificates.make("b", "b.test", days=40)
        proxy = self.secure(f"crt {self.site} crt {other}", self.origin(), frontend=f"""
frontend numbers
    bind 127.0.0.1:{port}
    http-request use-service prometheus-exporter""")
        with Client(port) as client:
            numbers = client.request("/metrics").text
        lines = self.say(proxy, "show ssl sni").splitlines()
        place = [line for line, text in enumerate(read(proxy.file).splitlines(), 1) if f":{proxy.secure_port} ssl" in text]
        # A certificate of this very second has one day more.
        for path, name, days in ((self.site, "a.test", 9), (other, "b.test", 40)):
            left = f"({days - 1}|{days})"
            self.assertRegex(self.say(proxy, f"show ssl cert {path}"), f"Days left: {left}\n")
            line = re.compile(f"{re.escape(f'www/{proxy.file}:{place[0]}')}\t{re.escape(name)}\t.*\t{left}")
            self.assertTrue(any(map(line.fullmatch, lines)), lines)
            found = re.search(f'dyad_certificate_expiry_days{{proxy="www",certificate="{re.escape(path)}"}} ([0-9.]+)', numbers)
            self.assertIsNotNone(found, numbers)
            self.assertTrue(days - 0.2 < float(found[1]) <= days, found[1])

    def test_versions_that_leave_nothing(self):
        """As HAProxy refuses them: SSLv3 alone, on the line or in a list; and nobody to verify clients by."""
        for number, (option, words) in enumerate((
                ("force-sslv3", "versions are disabled"), ("ssl-max-ver SSLv3", "versions are disabled"),
                ("ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.2", "versions are disabled"),
                ("no-tlsv12 no-tlsv13", "versions are disabled"), ("verify required", "no CA file specified"))):
            listed = self.put(f"list{number}", f"{self.site} [{option}]\n")
            for bind in (f"crt {self.site} {option}", f"crt-list {listed}"):
                status, text = self.check(bind)
                self.assertIn(words, text, bind)
                self.assertEqual(status, 1, bind)

    def check(self, bind, globals=""):
        path = self.put("check.cfg", f"global\n    {globals}\n{DEFAULTS}\nfrontend www\n    bind :{free_port()} ssl {bind}\n"
                        "    http-request return status 200\n")
        return command("-c", "-f", path)

    def haproxy(self, bind):
        port = free_port()
        path = self.put("haproxy.cfg", f"""
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend www
    bind 127.0.0.1:{port} ssl {bind}
    http-request return status 200
""")
        process = subprocess.Popen(["haproxy", "-db", "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, 10)
        self.addCleanup(process.terminate)

        def listens():
            return "CONNECTED" in self.s_client(port)
        wait_for(listens, 10, "haproxy")
        return port
