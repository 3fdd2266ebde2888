"""Certificates with names of their own, and which of several a client gets."""
import subprocess
from types import SimpleNamespace

from lab import wait_for
from support.certificates import RSA
from support.daemon import binary
from support.peers import get
from support.secure import SecureScenario


class CertificateStores(SecureScenario):
    carries_traffic = True

    def start(self, bind, store=""):
        return self.secure(bind, self.origin(), extra_global=store)

    def key_kind(self, proxy, name, signatures):
        """The kind of the key that a client gets who can verify these signatures; None: the handshake fails."""
        text = self.s_client(proxy.secure_port, "-sigalgs", signatures, name=name, data=b"Q\n")
        for line in text.splitlines():
            if line.startswith("Peer signature type"):
                return line.split(": ")[1]
        return None

    def test_stores_give_names(self):
        pair = self.certificates.make("b", "b.test")
        base = self.certificates.directory
        store = f"""
crt-store
    load crt {base}/a.crt key {base}/a.key alias first
crt-store web
    crt-base {base}
    key-base {base}
    load crt b.crt key b.key ocsp-update off
"""
        listed = self.certificates.make("c", "c.test")
        list_file = self.certificates.path("list")
        with open(list_file, "w") as file:
            file.write(f"{base}/c.crt [key {listed.replace('.pem', '.key')}] c.test\n@web/b.crt second.test\n")
        proxy = self.start(f"crt @/first crt @web/b.crt crt-list {list_file}", store)
        for name in ("a.test", "b.test", "c.test"):
            self.serial(proxy, name)
        self.assertEqual(
            self.say(proxy, "show ssl cert"), f"# filename\n{base}/c.crt\n@/first\n@web/b.crt\n\n")
        self.assertIn(f"Crt filename: {base}/b.crt\nKey filename: {base}/b.key\nStatus: Used\n",
                      self.say(proxy, "show ssl cert @web/b.crt"))
        before = self.serial(proxy, "b.test")
        renewed = self.certificates.make("renewed", "b.test")
        self.assertIn("created", self.say(proxy, "set ssl cert @web/b.crt", renewed))
        self.assertIn("Success", self.say(proxy, "commit ssl cert @web/b.crt"))
        wait_for(lambda: self.serial(proxy, "b.test") != before, 5, "the new certificate")

    def test_what_stores_cannot_be_is_said(self):
        base = self.certificates.directory
        for bind, store, expected in (
                (f"crt {base}/a.pem", "", None),
                ("crt @web/a", "", "no 'crt-store' section above has '@web/a'"),
                ("crt @/a", f"crt-store\n load crt {base}/a.crt key {base}/ca.key alias a", "inconsistencies between"),
                ("crt @/a", f"crt-store\n load crt {base}/a.crt key {base}/none alias a", f"cannot open '{base}/none'"),
                ("crt @/a", f"crt-store\n load key {base}/a.key alias a", "mandatory 'crt' parameter is missing"),
                ("crt @/a", f"crt-store\n load crt {base}/a.pem acme x", "'acme' is not supported"),
                ("crt @/a", f"crt-store\n load crt {base}/a.pem ocsp-update on", "'ocsp-update on' is not supported"),
                ("crt @/a", f"crt-store\n load crt {base}/a.pem shape round", "unknown parameter 'shape'"),
                ("crt @/a", f"crt-store\n load crt {base}/a.pem alias a\n load crt {base}/ca.pem alias a", "already"),
                ("crt @/a", f"crt-store x y\n load crt {base}/a.pem", "only supports a name"),
                ("crt @/a", "crt-store\n sing", "unknown keyword 'sing' in 'crt-store' section")):
            text = f"global\n{store}\nfrontend f\n    mode http\n    timeout client 5s\n    bind 127.0.0.1:1 ssl {bind}\n"
            path = self.certificates.path("check.cfg")
            with open(path, "w") as file:
                file.write(text)
            done = subprocess.run([binary(), "-c", "-f", path], capture_output=True, text=True, timeout=20)
            if expected is None:
                self.assertEqual(done.returncode, 0, done.stderr)
            else:
                self.assertEqual(done.returncode, 1, store)
                self.assertIn(expected, done.stderr)

    def test_the_client_chooses_the_kind_of_key(self):
        """An exact name with a key that the client cannot verify gives way to a wildcard with one that it can."""
        rsa = self.certificates.make("rsa", "*.a.test", "*.b.test", key=RSA)
        list_file = self.certificates.path("list")
        with open(list_file, "w") as file:
            file.write(f"{rsa} *.a.test *.b.test !x.b.test\n{self.site} x.a.test *.b.test\n")
        proxy = self.start(f"crt-list {list_file} strict-sni ssl-min-ver TLSv1.3")
        both, only = "rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"
        for name, signatures, expected in (
                ("x.a.test", both, "ECDSA"), ("x.a.test", only, "RSA-PSS"), ("y.a.test", both, "RSA-PSS"),
                ("y.b.test", only, "RSA-PSS"), ("x.b.test", both, "ECDSA"), ("x.b.test", only, None)):
            self.assertEqual(self.key_kind(proxy, name, signatures), expected, (name, signatures))
        self.assertIn("Couldn't find the specified frontend!", self.say(proxy, "show ssl sni -f nobody"))

    def test_names_and_what_ends_soon_are_shown(self):
        proxy = self.start(f"crt {self.site} crt {self.certificates.make('b', 'b.test', days=40)}")
        def names(options):
            return [line.split("\t")[1] for line in self.say(proxy, f"show ssl sni {options}").splitlines() if "/" in line[1:]
                    and not line.startswith("#")]
        for options, expected in (("", ["*", "a.test", "b.test"]), ("-A", []), ("-A -t 30d", ["*", "a.test"]),
                                  ("-A -t 50d", ["*", "a.test", "b.test"])):
            self.assertEqual(names(options), expected, options)
        self.assertIn("expects a time", self.say(proxy, "show ssl sni -t soon"))

    def test_the_first_line_stays(self):
        pair = self.certificates.make("b", "b.test")
        list_file = self.certificates.path("list")
        with open(list_file, "w") as file:
            file.write(f"{self.site}\n{pair}\n")
        proxy = self.start(f"crt-list {list_file}")
        self.assertIn(
            f"certificate '{self.site}' cannot be deleted, it is used as default certificate by the following frontends:",
            self.say(proxy, f"del ssl crt-list {list_file} {self.site}"))
        self.assertIn("deleted in", self.say(proxy, f"del ssl crt-list {list_file} {pair}"))

    def test_servers_take_files_from_memory(self):
        """A certificate whose last user is deleted stays in memory, and a new server may name it."""
        client = self.certificates.make("client")
        authorities = self.certificates.path("authorities.pem")
        with open(authorities, "w") as file, open(self.authority) as source:
            file.write(source.read())
        behind = self.start(f"crt {self.site} ca-file {self.authority} verify required")
        tls = f"ssl ca-file {authorities} crt {client} sni str(a.test) verify required"
        front = self.proxy(SimpleNamespace(name="s", port=behind.secure_port), options=tls)
        self.assertEqual(get(front.port).status, 200)
        place = "app/s1"
        self.assertIn("Can't update", self.say(front, "add ssl ca-file /nowhere", self.authority))
        self.say(front, f"add ssl ca-file {authorities}", self.certificates.path("a.crt"))
        self.assertIn("Success", self.say(front, f"commit ssl ca-file {authorities}"))
        wait_for(lambda: f"{authorities} - 2 cert" in self.say(front, "show ssl ca-file"), 5, "both authorities")
        self.say(front, f"disable server {place}")
        wait_for(lambda: "deleted" in self.say(front, f"del server {place}"), 5, "the server is gone")
        self.assertIn("Status: Unused", self.say(front, f"show ssl cert {client}"))
        self.assertIn("registered", self.say(front, f"add server {place} 127.0.0.1:{behind.secure_port} {tls}"))
        self.say(front, f"enable server {place}")
        self.assertEqual(get(front.port).status, 200)
        self.assertIn("Status: Used", self.say(front, f"show ssl cert {client}"))
