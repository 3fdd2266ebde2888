"""Files of ACLs and maps that commands change: replies as Debian's haproxy gives them, and what traffic sees of it."""
import os
import re
import tempfile
import threading
import unittest

from support.peers import Client, LogListener, get
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario
from support.sides import HAPROXY
from support.daemon import Daemon

CONFIGURATION = """
global
    stats socket {socket} level admin
    stats socket {socket}.operator level operator
    nbthread %(threads)d
""" + DEFAULTS + """
frontend www
    bind 127.0.0.1:%(www)d
    acl inside req.hdr_ip(x-ip) -f %(folder)s/nets.lst
    acl known path -i -f %(folder)s/re.lst
    acl known path_reg -i -f %(folder)s/re.lst
    http-request set-header x-prefix "%%[path,map_beg(%(folder)s/a.map,none)]"
    http-request set-header x-whole "%%[path,map(%(folder)s/a.map,none)]"
    http-request set-header x-number "%%[path,map_str_int(%(folder)s/n.map,-1)]"
    http-request deny deny_status 403 if inside
    http-request deny deny_status 404 if known
    use_backend %%[path,map(%(folder)s/b.map,one)]
backend one
    http-request return status 200 hdr x-at one hdr x-prefix "%%[req.hdr(x-prefix)]" hdr x-whole "%%[req.hdr(x-whole)]"
backend two
    http-request return status 200 hdr x-at two hdr x-prefix "%%[req.hdr(x-prefix)]" hdr x-whole "%%[req.hdr(x-whole)]"
"""

FILES = {
    "a.map": "# prefixes\n/a alpha\n\n/b beta\n", "n.map": "x 5\ny 6\n", "b.map": "/two two\n",
    "nets.lst": "10.0.0.0/8\n192.168.0.0/16\n", "re.lst": "^/r\n",
}

# Each is sent to both, in this order; what they change stays.
COMMANDS = """
show map
show acl
show map A
show acl NETS
show map nope
show acl nope
show map @5 A
show map @0
get map A /a
get map A /ab
get map A /zz
get map A
get map
get map nope a
get acl
get acl NETS
get acl NETS 10.1.2.3
get acl NETS 11.1.2.3
get acl NETS zzz
get acl RE /R
get map N x
add map A /c gamma
add map A /c
add map
add map nope a b
add map A /e x y
add acl NETS 172.16.0.0/12
add acl NETS zzz
add acl RE ((
add acl NETS
add acl
add acl nope x
set map A /c delta
set map A /nope x
set map A /c
set map A #zz x
set map nope a b
set map
show map A
del map A /c
del map A /c
del map A #zz
del map A
del map nope a
del map
del acl NETS 172.16.0.0/12
del acl NETS 1.1.1.1
del acl NETS
get acl NETS 172.16.1.1
prepare map A
prepare map
prepare map nope
add map @1 A /n new
show map @1 A
show map A
get map A /n
commit map @9 A
commit map @x A
commit map A
commit map @1
commit map
commit map @1 A
commit map @1 A
show map A
get map A /n
get map A /a
add map @7 A a b
add map A <<\\n/p 1\\n/q 2\\n
add map A <<\\n/s 1\\n/t\\n
show map A
clear map @9 A
clear map A
clear map
clear map nope
show map A
get map A /p
prepare acl NETS
add acl @1 NETS 1.2.3.4
get acl NETS 1.2.3.4
commit acl @1 NETS
get acl NETS 1.2.3.4
show acl NETS
clear acl NETS
clear acl
clear acl nope
show acl NETS
add acl A x
""".strip().splitlines()


RULES = """
global
    stats socket {socket} level admin
    nbthread 4
""" + DEFAULTS + """
frontend www
    bind 127.0.0.1:%(www)d
    http-request set-map(%(folder)s/a.map) %%[req.hdr(x-key)] %%[req.hdr(x-value),lower] if { path /set }
    http-request del-map(%(folder)s/a.map) %%[req.hdr(x-key)] if { path /del }
    http-request add-acl(%(folder)s/nets.lst) %%[req.hdr(x-key)] if { path /add }
    http-request del-acl(%(folder)s/nets.lst) %%[req.hdr(x-key)] if { path /rem }
    http-request deny deny_status 403 if { req.hdr_ip(x-key) -f %(folder)s/nets.lst }
    http-request set-var(txn.exact) req.hdr(x-key),map(%(folder)s/a.map,none)
    http-request return status 200 hdr x-exact "%%[var(txn.exact)]" hdr x-found "<%%[req.hdr(x-key),map_beg(%(folder)s/a.map,none)]>"
"""
# Path, key, value.
CHANGES = [
    ("/", "/a", ""), ("/set", "/a", "First"), ("/", "/a", ""), ("/set", "/new", "b C"), ("/", "/new/er", ""),
    ("/set", "/empty", ""), ("/", "/empty", ""), ("/del", "/a", ""), ("/", "/a", ""), ("/del", "/nobody", ""),
    ("/", "10.1.2.3", ""), ("/", "192.0.2.7", ""), ("/add", "192.0.2.7", ""), ("/add", "192.0.2.7", ""),
    ("/", "192.0.2.7", ""), ("/rem", "192.0.2.7", ""), ("/", "192.0.2.7", ""), ("/rem", "10.0.0.0/8", ""),
    ("/", "10.1.2.3", ""), ("/add", "2001:db8::/32", ""), ("/", "2001:db8::7", ""), ("/set", "x y", "z"),
]


def plain(text):
    """A reply without what only one program has: references, patterns of the lines themselves, and the numbers that
    count those; haproxy counts some entries twice."""
    text = re.sub(r"^0x[0-9a-f]+", "REF", text, flags=re.M)
    text = re.sub(r"^\d+ \(\) acl .*\n", "", text, flags=re.M)
    text = re.sub(r"^\d+ \(", "ID (", text, flags=re.M)
    text = re.sub(r"file '[^']*\.cfg'", "file CFG", text)
    text = re.sub(r"entry_cnt=\d+", "entry_cnt=N", text)
    return re.sub(r"/\S+/(\w+\.(map|lst))", r"\1", text)


class Patterns(Scenario):
    carries_traffic = True
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name, text in FILES.items():
            with open(os.path.join(self.folder, name), "w") as file:
                file.write(text)

    def file(self, name):
        return os.path.join(self.folder, name)

    def start(self, program=None, threads=2):
        port = free_port()
        daemon = Daemon(
            CONFIGURATION % {"www": port, "folder": self.folder, "threads": threads}, "-db",
            program=program, waits=True)
        self.addCleanup(daemon.close)
        daemon.port = port
        return daemon

    def command(self, line):
        names = {"A": "a.map", "N": "n.map", "NETS": "nets.lst", "RE": "re.lst"}
        words = [self.file(names[word]) if word in names else word for word in line.split(" ")]
        return " ".join(words).replace("\\n", "\n")

    @unittest.skipUnless(HAPROXY, "needs haproxy to compare with")
    def test_replies_are_haproxys(self):
        theirs = self.start(HAPROXY)
        ours = self.start()
        for line in COMMANDS:
            text = self.command(line)
            with self.subTest(line):
                self.assertEqual(plain(ours.ask(text)), plain(theirs.ask(text)))

    def changed(self, program):
        """What requests see of entries that rules of other requests changed, and what commands tell of them."""
        port = free_port()
        daemon = Daemon(RULES % {"www": port, "folder": self.folder}, "-db", program=program, waits=True)
        self.addCleanup(daemon.close)
        seen = []
        for path, key, value in CHANGES:
            response = get(port, path, fields=[f"X-Key: {key}", f"X-Value: {value}"])
            seen.append((path, key, value, response.status, response.field("x-found")))
        for name in ("show map " + self.file("a.map"), "show acl " + self.file("nets.lst")):
            seen.append(plain(daemon.ask(name)))
        return seen

    @unittest.skipUnless(HAPROXY, "needs haproxy to compare with")
    def test_rules_change_entries_as_haproxys(self):
        theirs = self.changed(HAPROXY)
        self.assertEqual(theirs, self.changed(None))

    def test_what_rules_change_reaches_all_workers(self):
        port = free_port()
        daemon = Daemon(RULES % {"www": port, "folder": self.folder}, "-db", waits=True)
        self.addCleanup(daemon.close)
        clients = [Client(port) for _ in range(8)]
        for client in clients:
            self.addCleanup(client.connection.close)
        for number in range(20):
            setter = clients[number % len(clients)]
            setter.request("/set", fields=["X-Key: /k", f"X-Value: {number}"])
            found = {client.request("/", fields=["X-Key: /k"]).field("x-found") for client in clients}
            self.assertEqual({f"<{number}>"}, found)
            found = {client.request("/", fields=["X-Key: /k"]).field("x-exact") for client in clients}
            self.assertEqual({str(number)}, found)

    def test_refused_changes_are_told(self):
        """A rule has nobody to tell that its file takes no more, or cannot read what it brings."""
        log = LogListener()
        self.addCleanup(log.close)
        port = free_port()
        text = RULES.replace("nbthread 4", f"nbthread 4\n    log 127.0.0.1:{log.port} local0")
        daemon = Daemon(text % {"www": port, "folder": self.folder}, "-db", waits=True)
        self.addCleanup(daemon.close)
        with Client(port) as client:
            client.request("/add", fields=["X-Key: nonsense"])
            line = log.wait_line("refused")
            self.assertIn(f"acl '{self.file('nets.lst')}' : 1 change by rules refused; it has 2 entries", line)

    def seen(self, daemon, path, field, times=12):
        """What requests over new connections are told: all workers have their turn."""
        return {get(daemon.port, path).field(field) for _ in range(times)}

    def test_changes_reach_all_workers_and_last_until_a_reload(self):
        daemon = self.start(threads=4)
        a, nets, backends = self.file("a.map"), self.file("nets.lst"), self.file("b.map")
        kept = [Client(daemon.port) for _ in range(8)]
        for client in kept:
            self.addCleanup(client.connection.close)

        def values(path, field):
            return self.seen(daemon, path, field) | {c.request(path).field(field) for c in kept}

        def statuses(address):
            fields = [f"X-IP: {address}"]
            return {c.request(fields=fields).status for c in kept} | {
                get(daemon.port, fields=fields).status for _ in range(12)}
        self.assertEqual(values("/abc", "x-prefix"), {"alpha"})
        self.assertEqual(values("/new", "x-whole"), {"none"})
        daemon.ask(f"add map {a} /new found")
        self.assertEqual(values("/new", "x-whole"), {"found"})
        self.assertEqual(values("/newer", "x-prefix"), {"found"})
        daemon.ask(f"set map {a} /new other")
        self.assertEqual(values("/new", "x-whole"), {"other"})
        daemon.ask(f"del map {a} /new")
        self.assertEqual(values("/new", "x-whole"), {"none"})
        # The backend that a map names.
        self.assertEqual(values("/one", "x-at"), {"one"})
        daemon.ask(f"add map {backends} /one two")
        self.assertEqual(values("/one", "x-at"), {"two"})
        # An ACL.
        self.assertEqual(statuses("172.16.1.1"), {200})
        daemon.ask(f"add acl {nets} 172.16.0.0/12")
        self.assertEqual(statuses("172.16.1.1"), {403})
        daemon.ask(f"clear acl {nets}")
        self.assertEqual(statuses("10.1.1.1"), {200})
        # A whole version at one stroke.
        version = daemon.ask(f"prepare map {a}").split()[-1]
        daemon.ask(f"add map @{version} {a} <<\n/abc whole\n/x y\n")
        self.assertEqual(values("/abc", "x-whole"), {"none"})
        daemon.ask(f"commit map @{version} {a}")
        self.assertEqual(values("/abc", "x-whole"), {"whole"})
        self.assertEqual(values("/a", "x-whole"), {"none"})
        # A reload reads the files again.
        daemon.ask("reload")
        self.assertEqual(self.seen(daemon, "/abc", "x-whole"), {"none"})
        self.assertEqual(self.seen(daemon, "/a", "x-whole"), {"alpha"})
        self.assertIn("curr_ver=0", daemon.ask("show map"))

    def test_entries_are_named_by_their_number(self):
        daemon = self.start()
        a = self.file("a.map")
        daemon.ask(f"add map {a} /a again")
        first = daemon.ask(f"show map {a}").split()[0]
        daemon.ask(f"set map {a} #{first} changed")
        self.assertEqual(self.seen(daemon, "/a", "x-whole"), {"changed"})
        daemon.ask(f"del map {a} #{first}")
        # The second entry of the key comes to the front.
        self.assertEqual(self.seen(daemon, "/a", "x-whole"), {"again"})
        identifier = re.search(r"^(\d+) \(" + re.escape(a), daemon.ask("show map"), re.M)[1]
        daemon.ask(f"clear map #{identifier}")
        self.assertEqual(daemon.ask(f"show map {a}").strip(), "")

    def test_a_value_that_no_user_can_read_is_refused(self):
        daemon = self.start()
        numbers = self.file("n.map")
        for command in (f"add map {numbers} z q", f"set map {numbers} x q"):
            self.assertIn("is not a number", daemon.ask(command))
        self.assertNotIn("q", daemon.ask(f"show map {numbers}").replace(numbers, ""))

    def test_traffic_sees_one_version_or_the_other(self):
        daemon = self.start(threads=4)
        a = self.file("a.map")
        daemon.ask(f"clear map {a}")
        daemon.ask(f"add map {a} /k 0")
        found, stop = set(), threading.Event()

        def ask():
            with Client(daemon.port) as client:
                while not stop.is_set():
                    found.add(client.request("/k").field("x-whole"))
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for round in range(1, 60):
            version = daemon.ask(f"prepare map {a}").split()[-1]
            lines = "".join(f"/{n} {n}\n" for n in range(200))
            daemon.ask(f"add map @{version} {a} <<\n{lines}/k {round}\n")
            daemon.ask(f"commit map @{version} {a}")
        stop.set()
        for thread in threads:
            thread.join()
        self.assertNotIn("none", found)
        self.assertGreater(len(found), 1)
        self.assertEqual(self.seen(daemon, "/k", "x-whole"), {"59"})


if __name__ == "__main__":
    unittest.main()
