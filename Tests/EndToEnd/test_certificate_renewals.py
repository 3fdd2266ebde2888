"""Certificates that tools renew on disk, while somebody looks at the files."""
import os
import shutil

from lab import wait_for
from support.secure import SecureScenario, read


class RenewedFiles(SecureScenario):
    """`crt-watch`, and what tools do to the files that it looks at."""

    carries_traffic = True

    def setUp(self):
        super().setUp()
        self.number = 0

    def watch(self, bind, extra=""):
        return self.secure(bind, self.origin(), extra_global=f"crt-watch 100ms\n    {extra}")

    def renewed(self, **options):
        """The texts of a new certificate and its key."""
        self.number += 1
        made = self.certificates.make(f"renewed{self.number}", "a.test", **options)
        return read(made.replace(".pem", ".crt")), read(made.replace(".pem", ".key"))

    def write(self, path, text):
        with open(path, "w") as file:
            file.write(text)

    def refused(self, proxy, act):
        """Does something wrong to the files; waits until that is said, and the old certificate is still there."""
        before, count = self.serial(proxy), proxy.text.count("The old one stays in force")
        act()
        wait_for(lambda: proxy.text.count("The old one stays in force") > count, 10, lambda: proxy.text)
        self.assertEqual(self.serial(proxy), before)

    def taken(self, proxy, act):
        before = self.serial(proxy)
        act()
        wait_for(lambda: self.serial(proxy) != before, 10, lambda: proxy.text)

    def test_a_file_that_is_written_slowly(self):
        """In place, as `cat > site.pem` does: cut off in each of its parts, then whole; then gone, and there again."""
        proxy = self.watch(f"crt {self.site}")
        certificate, key = self.renewed()
        whole = certificate + key
        for end in (len(certificate) // 2, len(certificate), len(certificate) + len(key) // 2):
            self.refused(proxy, lambda: self.write(self.site, whole[:end]))
        self.taken(proxy, lambda: self.write(self.site, whole))
        before = self.serial(proxy)
        os.remove(self.site)
        self.assertEqual(self.serial(proxy), before)
        self.taken(proxy, lambda: self.write(self.site, "".join(self.renewed())))

    def test_a_pair_that_has_expired(self):
        proxy = self.watch(f"crt {self.site}")
        self.refused(proxy, lambda: self.write(self.site, "".join(self.renewed(days=-1))))
        self.assertIn(f"'{self.site}' cannot be used: it expired 1 days ago. The old one", proxy.text)
        self.taken(proxy, lambda: self.write(self.site, "".join(self.renewed())))

    def test_links_as_certbot_moves_them(self):
        """`live/site/…` are links into `archive`, moved one after the other."""
        live, archive = self.certificates.path("live"), self.certificates.path("archive")
        os.mkdir(live)
        os.mkdir(archive)

        def issue(number):
            for name, text in zip(("fullchain", "privkey"), self.renewed()):
                self.write(f"{archive}/{name}{number}.pem", text)

        def link(name, number):
            os.symlink(f"../archive/{name}{number}.pem", f"{live}/{name}.new")
            os.rename(f"{live}/{name}.new", f"{live}/{name}.pem")
        issue(1)
        link("fullchain", 1)
        link("privkey", 1)
        store = f"\ncrt-store web\n    crt-base {live}\n    key-base {live}\n    load crt fullchain.pem key privkey.pem alias site\n"
        proxy = self.watch("crt @web/site", store)
        issue(2)
        self.refused(proxy, lambda: link("privkey", 2))
        self.taken(proxy, lambda: link("fullchain", 2))
        # What was said is said once, not with each look.
        self.assertEqual(proxy.text.count("The old one stays in force"), 1, proxy.text)

    def test_links_as_kubernetes_moves_them(self):
        """`tls.crt` and `tls.key` are links through `..data`, a link to a directory, which is moved; the old one is removed."""
        volume = self.certificates.path("volume")
        os.mkdir(volume)

        def project(name):
            os.mkdir(f"{volume}/{name}")
            for file, text in zip(("tls.crt", "tls.key"), self.renewed()):
                self.write(f"{volume}/{name}/{file}", text)
            os.symlink(name, f"{volume}/..data_tmp")
            os.rename(f"{volume}/..data_tmp", f"{volume}/..data")
        project("..2026_01")
        for file in ("tls.crt", "tls.key"):
            os.symlink(f"..data/{file}", f"{volume}/{file}")
        proxy = self.watch(f"crt {volume}/tls.crt", "ssl-load-extra-del-ext")
        for name, old in (("..2026_02", "..2026_01"), ("..2026_03", "..2026_02")):
            self.taken(proxy, lambda: project(name))
            shutil.rmtree(f"{volume}/{old}")
        self.assertNotIn("stays in force", proxy.text)
