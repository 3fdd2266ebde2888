"""Certificates that change while the service runs."""
import base64
import os
import re
import shutil
import ssl
import threading
import time

from lab import wait_for
from support.certificates import openssl
from support.scenario import needs_root
from support.secure import SecureClient, SecureScenario, read


class RuntimeCertificates(SecureScenario):
    carries_traffic = True

    def start(self, bind=None, **options):
        return self.secure(bind or f"crt {self.site}", self.origin(), **options)

    def test_a_certificate_is_swapped(self):
        proxy = self.start()
        before, pair = self.serial(proxy), self.new_pair()
        with SecureClient(proxy.secure_port, self.context) as old:
            old.request("/")
            for command, path, reply in (
                    (f"show ssl cert", None, f"# filename\n{self.site}\n\n"),
                    (f"commit ssl cert {self.site}", None, f"No ongoing transaction! !\nCan't commit {self.site}!\n\n"),
                    (f"set ssl cert {self.site}", pair, f"Transaction created for certificate {self.site}!\n\n"),
                    (f"show ssl cert", None, f"# transaction\n*{self.site}\n# filename\n{self.site}\n\n"),
                    (f"commit ssl cert {self.site}", None, f"Committing {self.site}.\nSuccess!\n\n"),
                    (f"abort ssl cert {self.site}", None, "No ongoing transaction!\n\n")):
                self.assertEqual(self.say(proxy, command, path), reply, command)
            wait_for(lambda: self.serial(proxy) != before, 5, "the new certificate")
            self.assertEqual(old.request("/").status, 200)
        text = self.say(proxy, f"show ssl cert {self.site}")
        self.assertIn(f"Serial: {self.serial(proxy)}\n", text)
        for part in ("Status: Used", "Days left: ", "Algorithm: EC256", "Subject: /CN=a.test", "Issuer: /CN=authority",
                     "Subject Alternative Name: DNS:a.test"):
            self.assertIn(part, text)
        self.assertNotIn("PRIVATE", text)

    def test_what_does_not_fit_is_refused_and_the_old_one_stays(self):
        proxy = self.start()
        before, pair = self.serial(proxy), self.new_pair()
        certificate, key = pair.replace(".pem", ".crt"), pair.replace(".pem", ".key")
        other = self.certificates.make("other").replace(".pem", ".key")
        update = f"Can't update {self.site}!\n\n"
        self.assertTrue(self.say(proxy, f"set ssl cert {self.site}", key).endswith(update))
        self.assertTrue(self.say(proxy, f"set ssl cert {self.site}", payload="nonsense").endswith(update))
        self.assertIn("not referenced", self.say(proxy, "set ssl cert /nowhere", pair))
        self.say(proxy, f"set ssl cert {self.site}", payload=read(certificate) + read(other))
        self.assertEqual(
            self.say(proxy, f"commit ssl cert {self.site}"),
            f"inconsistencies between private key and certificate loaded '{self.site}'.\nCan't commit {self.site}!\n\n")
        self.assertEqual(self.serial(proxy), before)
        # The right key heals it, sent as a part of its own.
        self.assertIn("updated", self.say(proxy, f"set ssl cert {self.site}.key", key))
        self.assertIn("Success", self.say(proxy, f"commit ssl cert {self.site}"))
        wait_for(lambda: self.serial(proxy) != before, 5, "the new certificate")
        # What OpenSSL does not take at all: a key that is too weak.
        weak = self.certificates.make("weak", "a.test", key=["rsa:512"])
        now = self.serial(proxy)
        self.say(proxy, f"set ssl cert {self.site}", weak)
        self.assertIn("cannot be used", self.say(proxy, f"commit ssl cert {self.site}"))
        self.assertEqual(self.serial(proxy), now)
        self.assertIn("aborted", self.say(proxy, f"abort ssl cert {self.site}"))

    def test_lists_grow_and_shrink(self):
        list_file = self.certificates.path("list")
        with open(list_file, "w") as file:
            file.write(f"{self.site}\n")
        proxy = self.start(f"crt-list {list_file} strict-sni")
        pair = self.certificates.make("b", "b.test", "c.test")
        name = self.certificates.path("virtual.pem")

        def refuses(host):
            try:
                self.serial(proxy, host)
            except ssl.SSLError:
                return True
            return False
        self.assertTrue(refuses("b.test"))
        self.assertEqual(self.say(proxy, f"new ssl cert {name}"), f"New empty certificate store '{name}'!\n\n")
        self.assertIn("is empty!", self.say(proxy, f"add ssl crt-list {list_file} {name}"))
        self.say(proxy, f"set ssl cert {name}", pair)
        self.assertEqual(self.say(proxy, f"commit ssl cert {name}"), f"Committing {name}\nSuccess!\n\n")
        line = f"{name} [ssl-max-ver TLSv1.2] b.test"
        self.assertEqual(
            self.say(proxy, f"add ssl crt-list {list_file}", payload=line),
            f"Inserting certificate '{name}' in crt-list '{list_file}'.\nSuccess!\n\n")
        wait_for(lambda: not refuses("b.test"), 5, "the new name")
        self.assertTrue(refuses("c.test"))
        with SecureClient(proxy.secure_port, self.context, "b.test") as client:
            self.assertEqual(client.connection.version(), "TLSv1.2")
        self.assertEqual(
            self.say(proxy, f"show ssl crt-list -n {list_file}"),
            f"# {list_file}\n{self.site}:1\n{name}:2 [ssl-max-ver TLSv1.2] b.test\n\n")
        self.assertRegex(self.say(proxy, "show ssl sni"), f"www/{re.escape(proxy.file)}:[0-9]+\tb.test\t-\tecdsa\t{name}\t.*\t[89]\n")
        self.assertIn("in use", self.say(proxy, f"del ssl cert {name}"))
        self.assertIn("deleted in", self.say(proxy, f"del ssl crt-list {list_file} {name}:2"))
        wait_for(lambda: refuses("b.test"), 5, "the name is gone")
        self.assertEqual(self.say(proxy, f"del ssl cert {name}"), f"Certificate '{name}' deleted!\n\n")

    def test_authorities_and_revocations_are_swapped(self):
        make = self.certificates.make
        foreign = type(self.certificates)(self)
        client, other = make("client"), foreign.make("other")
        crl = self.certificates.path("crl.pem")
        openssl_configuration = self.certificates.path("ca.cnf")
        with open(openssl_configuration, "w") as file:
            file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=db\ndefault_md=sha256\ndefault_crl_days=5\n")
        open(self.certificates.path("db"), "w").close()

        def revoke(*names):
            for name in names:
                openssl("ca", "-config", "ca.cnf", "-revoke", f"{name}.crt", "-keyfile", "ca.key", "-cert", "ca.pem",
                        directory=self.certificates.directory)
            openssl("ca", "-config", "ca.cnf", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.pem", "-out", "crl.pem",
                    directory=self.certificates.directory)
            return read(crl)
        revoke()
        authorities = self.certificates.path("authorities.pem")
        shutil.copy(self.authority, authorities)
        proxy = self.start(f"crt {self.site} ca-file {authorities} crl-file {crl} verify required")

        def answers(certificate):
            try:
                with SecureClient(proxy.secure_port, self.trusting(client=certificate)) as connection:
                    return connection.request("/").status == 200
            except OSError:
                return False
        self.assertEqual((answers(client), answers(other)), (True, False))
        self.assertEqual(self.say(proxy, f"set ssl crl-file {crl}", payload=revoke("client")),
                         f"transaction created for CRL {crl}!\n\n")
        self.assertEqual(self.say(proxy, f"commit ssl crl-file {crl}"), f"Committing {crl}.\nSuccess!\n\n")
        wait_for(lambda: not answers(client), 5, "the certificate is revoked")
        self.assertIn("Revoked Certificates:\n    Serial Number: ", self.say(proxy, f"show ssl crl-file {crl}"))
        self.assertEqual(self.say(proxy, "show ssl ca-file"), f"# filename\n{authorities} - 1 certificate(s)\n\n")
        self.assertIn("Invalid payload", self.say(proxy, f"set ssl ca-file {authorities}", payload="nonsense"))
        self.say(proxy, f"set ssl ca-file {authorities}", foreign.path("ca.pem"))
        self.assertIn("Success", self.say(proxy, f"commit ssl ca-file {authorities}"))
        self.assertIn("in use", self.say(proxy, f"del ssl ca-file {authorities}"))
        # Both files must say yes: the list is the old authority's.
        wait_for(lambda: not answers(client), 5, "the authority is gone")

    def test_responses_are_stapled(self):
        shutil.copy(self.certificates.ocsp("a"), f"{self.site}.ocsp")
        shutil.copy(self.authority, f"{self.site}.issuer")
        proxy = self.start()
        self.assertIn("OCSP Response Status: successful", self.s_client(proxy.secure_port, "-status"))
        text = self.say(proxy, "show ssl ocsp-response")
        self.assertIn(f"Certificate path : {self.site}\n", text)
        self.assertIn("Cert Status: good", self.say(proxy, f"show ssl ocsp-response {self.site}"))
        # Another site has none yet, and gets one.
        os.remove(f"{self.site}.ocsp")
        proxy = self.start()
        self.assertIn("OCSP response: no response sent", self.s_client(proxy.secure_port, "-status"))
        with open(self.certificates.ocsp("a"), "rb") as file:
            response = base64.b64encode(file.read()).decode()
        self.assertEqual(self.say(proxy, f"set ssl ocsp-response {response}"), "OCSP Response updated!\n\n")
        wait_for(lambda: "successful" in self.s_client(proxy.secure_port, "-status"), 5, "the response")
        self.certificates.make("b", "b.test")
        with open(self.certificates.ocsp("b"), "rb") as file:
            response = base64.b64encode(file.read()).decode()
        self.assertIn("does not match", self.say(proxy, f"set ssl ocsp-response {response}"))
        self.assertIn("Unable to parse", self.say(proxy, "set ssl ocsp-response AAAA"))

    def test_tickets_outlive_swaps_and_move_between_machines(self):
        keys = self.certificates.path("tickets")
        def key():
            return base64.b64encode(os.urandom(80)).decode()
        with open(keys, "w") as file:
            file.write("\n".join(key() for _ in range(3)) + "\n")
        request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        session = self.certificates.path("session")
        def resumes(proxy):
            return "Reused, TLSv1" in self.s_client(proxy.secure_port, "-ign_eof", "-sess_in", session, data=request)
        one, two = (self.start(f"crt {self.site} tls-ticket-keys {keys}") for _ in range(2))
        self.s_client(one.secure_port, "-ign_eof", "-sess_out", session, data=request)
        self.assertTrue(resumes(one) and resumes(two))
        self.assertEqual(self.say(two, "show tls-keys"), f"# id (file)\n0 ({keys})\n\n")
        self.assertEqual(self.say(two, f"set ssl tls-key 0 {key()}"), "TLS ticket key updated!\n\n")
        self.assertTrue(resumes(two))
        for _ in range(2):
            self.say(two, f"set ssl tls-key {keys} {key()}")
        wait_for(lambda: not resumes(two), 5, "the old key is gone")
        self.assertTrue(resumes(one))
        # Without keys of their own, a swap keeps the ones that OpenSSL made.
        plain = self.start()
        before = self.serial(plain)
        self.s_client(plain.secure_port, "-ign_eof", "-sess_out", session, data=request)
        self.say(plain, f"set ssl cert {self.site}", self.new_pair())
        self.say(plain, f"commit ssl cert {self.site}")
        wait_for(lambda: self.serial(plain) != before, 5, "the new certificate")
        self.assertTrue(resumes(plain))

    def test_swaps_under_load_lose_nothing(self):
        proxy = self.start()
        failures, good, ends, lock = [], [0], threading.Event(), threading.Lock()
        def ask(number):
            # 25 requests a second each; every other client opens a connection for each of them.
            client, next_time = None, time.monotonic()
            while not ends.is_set():
                try:
                    client = client or SecureClient(proxy.secure_port, self.context)
                    if client.request("/").status != 200:
                        raise ValueError("status")
                    with lock:
                        good[0] += 1
                    if number % 2:
                        client.connection.close()
                        client = None
                except (OSError, ValueError) as error:
                    failures.append(repr(error))
                    client = None
                next_time += 0.04
                ends.wait(max(0, next_time - time.monotonic()))
        clients = [threading.Thread(target=ask, args=[number], daemon=True) for number in range(8)]
        for client in clients:
            client.start()
        serials = {self.serial(proxy)}
        for number in range(5):
            goal = good[0] + 30
            pair = self.certificates.make(f"renewed{number}", "a.test")
            self.say(proxy, f"set ssl cert {self.site}", pair)
            began = time.monotonic()
            self.assertIn("Success", self.say(proxy, f"commit ssl cert {self.site}"))
            wait_for(lambda: self.serial(proxy) not in serials, 5, "the new certificate")
            self.assertLess(time.monotonic() - began, 2)
            serials.add(self.serial(proxy))
            wait_for(lambda: good[0] >= goal, 20, "requests go on")
        ends.set()
        for client in clients:
            client.join(10)
        self.assertEqual((failures, len(serials)), ([], 6))


class WatchedCertificates(SecureScenario):
    """`crt-watch`: the process itself has the way to the files."""

    carries_traffic = True
    arguments = ()
    extra_global = ""

    def watch(self, bind):
        return self.secure(bind, self.origin(), extra_global=f"crt-watch 100ms\n    {self.extra_global}",
                           arguments=self.arguments)

    def replace(self, path, contents):
        with open(path + ".new", "w") as file:
            file.write(contents)
        os.rename(path + ".new", path)

    def test_a_changed_file_is_taken(self):
        proxy = self.watch(f"crt {self.site}")
        before, pair = self.serial(proxy), self.new_pair()
        with SecureClient(proxy.secure_port, self.context) as old:
            old.request("/")
            # One that is cut off, then one with another key: neither is ever in force.
            other = self.certificates.make("other").replace(".pem", ".key")
            for contents in (read(pair)[:300], read(pair.replace(".pem", ".crt")) + read(other)):
                count = proxy.text.count("The old one stays in force")
                self.replace(self.site, contents)
                wait_for(lambda: proxy.text.count("The old one stays in force") > count, 10, lambda: proxy.text)
                self.assertEqual(self.serial(proxy), before)
            self.replace(self.site, read(pair))
            proxy.wait_line(f"crt-watch: '{self.site}' is in force: /CN=a.test, serial ")
            wait_for(lambda: self.serial(proxy) != before, 5, "the new certificate")
            self.assertEqual(old.request("/").status, 200)

    def test_a_pair_in_two_files_is_taken_together(self):
        certificate, key = self.certificates.path("p"), self.certificates.path("p.key")
        for source, target in ((".crt", certificate), (".key", key)):
            shutil.copy(self.site.replace(".pem", source), target)
        proxy = self.watch(f"crt {certificate}")
        before, pair = self.serial(proxy), self.new_pair()
        self.replace(certificate, read(pair.replace(".pem", ".crt")))
        proxy.wait_line(f"'{certificate}' cannot be used: inconsistencies")
        self.assertEqual(self.serial(proxy), before)
        self.replace(key, read(pair.replace(".pem", ".key")))
        wait_for(lambda: self.serial(proxy) != before, 10, lambda: proxy.text)

    def test_a_certificate_does_not_wait_for_its_response(self):
        """The response beside it is about the old one until somebody fetches the next."""
        shutil.copy(self.certificates.ocsp("a"), f"{self.site}.ocsp")
        shutil.copy(self.authority, f"{self.site}.issuer")
        proxy = self.watch(f"crt {self.site}")
        before, pair = self.serial(proxy), self.new_pair()
        self.assertIn("Cert Status: good", self.s_client(proxy.secure_port, "-status", data=b"Q\n"))
        self.replace(self.site, read(pair))
        wait_for(lambda: self.serial(proxy) != before, 10, lambda: proxy.text)
        self.assertIn("OCSP response: no response sent", self.s_client(proxy.secure_port, "-status", data=b"Q\n"))


@needs_root
class GuardedCertificates(WatchedCertificates):
    """A guard between the files and a process that has given up its rights."""

    arguments = ("-W",)
    extra_global = "user nobody\n    group nogroup"

    def setUp(self):
        super().setUp()
        for name in os.listdir(self.certificates.directory):
            os.chmod(self.certificates.path(name), 0o600)
