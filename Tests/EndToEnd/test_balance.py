"""The same requests in Debian's haproxy and here go to the same servers, whatever is hashed and however."""
import itertools
import struct
import threading
import unittest

from support.daemon import binary
from support.messages import answer
from support.peers import Client
from support.scenario import Scenario
from support.sides import HAPROXY, Side

KEYS = ["source", "uri", "uri len 6", "uri depth 1", "uri depth 2 len 9", "uri whole", "uri path-only",
        "uri path-only len 5 depth 2", "url_param id", "hdr(host)", "hdr(Host) use_domain_only", "hdr(x-list)",
        "hash req.hdr(x-list)", "hash path,lower", "hash url_param(id),add(7)", "rdp-cookie"]
HASHES = ["map-based", "consistent", "map-based djb2", "consistent crc32 avalanche", "map-based wt6 avalanche",
          "consistent wt6", "map-based crc32", "consistent djb2 avalanche", "map-based sdbm avalanche"]
SERVERS = "".join(
    f"    server s{number} 127.0.0.1:$origin weight {weight}{extra}\n" for number, weight, extra in [
        (1, 2, ""), (2, 3, ""), (3, 5, " id 40"), (4, 1, ""), (5, 7, ""), (6, 9, " backup"), (7, 1, " backup")])

# Not among them: a URI without a path, which haproxy 2.6 hashes as nothing, and 3.x as we do as "/".
TARGETS = ["/", "/?id=", "/?id=7", "*", "/a?x=1&id=9&y", "/?xid=5", "/?id=3;id=4", "/?a=1?id=3", "/?id", "/?&&id=%37",
           "http://host.example/a/b/c?id=4", "//a//b", "/a/b/", "/a/b/c/d"]
TARGETS += [f"/d{n % 3}/e{n % 5}/f{n}?id={n * 7}" for n in range(44)]
HOSTS = ["localhost", "example.com", "www.example.com", "a.b.c.example.co.uk:8080", "192.0.2.1", ".com", "com.", "a..b",
         "host.example", "x"]
LISTS = [None, "", "a", "a, b", "b , a", ",a", "a\tb, c", '"a,b",c', "a b", " , "]


@unittest.skipUnless(HAPROXY, "needs haproxy to compare with")
class Balance(Scenario):
    maxDiff = None

    def servers(self, program):
        """For each balance line the numbers of the servers that requests went to, with and without some servers."""
        sections = ""
        for number, key in enumerate(KEYS):
            # Each key with a third of the functions: what functions do by themselves, units compare.
            for method in HASHES[number % 3::3]:
                name = f"p{len(self.names(sections))}"
                sections += f"listen {name}\n    bind 127.0.0.1:${name}\n    balance {key}\n    hash-type {method}\n" \
                            f"    http-response set-header x-server %[srv_id]\n{SERVERS}"
        names = self.names(sections)
        side = Side(program, sections)
        try:
            side.start(origin=side.origin().port)
            found = {}
            for change in [[], ["disable server {}/s3"], ["enable server {}/s3", "disable server {}/s5"],
                           ["set weight {}/s1 40"], ["set weight {}/s1 3", "enable server {}/s5"],
                           ["disable server {}/s5", "set weight {}/s1 90"], [f"disable server {{}}/s{n}" for n in range(1, 5)],
                           ["enable server {}/s4", "enable server {}/s5"]]:
                for name, line in names.items():
                    for command in change:
                        side.ask(command.format(name))
                    wanted = range(len(TARGETS)) if not change else range(20, 40)
                    with side.client(name, waits=False) as client:
                        found[line, tuple(change)] = self.ask(client, wanted)
            return found
        finally:
            side.close()

    @staticmethod
    def names(sections):
        lines = [line.strip() for line in sections.splitlines()]
        return {line.split()[1]: " / ".join(lines[at + 2:at + 4]) for at, line in enumerate(lines)
                if line.startswith("listen ")}

    @staticmethod
    def ask(client, numbers):
        """Requests one behind the other without waiting; of each what it was, and the server's number."""
        asked = []
        for number in numbers:
            target, host, values = TARGETS[number], HOSTS[number % len(HOSTS)], LISTS[number // 3 % len(LISTS)]
            if target.startswith("http"):
                host = target.split("/")[2]
            asked.append((target, host, values))
        client.send("".join(
            f"{'OPTIONS' if target == '*' else 'GET'} {target} HTTP/1.1\r\nHost: {host}\r\n"
            + ("" if values is None else f"X-List: {values}\r\n") + "\r\n"
            for target, host, values in asked))
        responses = [client.response("OPTIONS" if target == "*" else "GET") for target, _, _ in asked]
        return [(*request, response.field("x-server") or response.status)
                for request, response in zip(asked, responses)]

    def test_the_same_servers(self):
        theirs, ours = self.servers(HAPROXY), self.servers(binary())
        differences = [f"{line} {change}: haproxy {a}, dyad {b[3]}" for (line, change), list in theirs.items()
                       for a, b in zip(list, ours[line, change]) if a != b]
        self.assertFalse(differences, f"{len(differences)} differ:\n" + "\n".join(differences[:60]))

    def both(self, script, sections):
        """What a script finds with each program: haproxy's first."""
        found = []
        for program in (HAPROXY, binary()):
            side = Side(program, sections, defaults="timeout client 20s\n    timeout server 20s")
            try:
                found.append(script(side))
            finally:
                side.close()
        return found

    def test_parameters_in_bodies(self):
        """A POST may carry the parameter in its body, whole or in pieces, with and without 'check_post'."""
        sections = "".join(
            f"listen {name}\n    bind 127.0.0.1:${name}\n    balance url_param id{word}\n"
            f"    http-response set-header x-server %[srv_id]\n{SERVERS}"
            for name, word in (("plain", ""), ("checked", " check_post")))
        bodies = ["id=7", "a=1&id=8&b", "id=", "id= x", "id=/x", "id=a/b c", "xid=4", "id", "", "&&id=9", "id=5\r\n", "a&id=1"]

        def script(side):
            side.start(origin=side.origin().port)
            found = []
            for name in ("plain", "checked"):
                for body, target, pieces in itertools.product(bodies, ["/", "/?id=3", "/?x=3"], [1, 2]):
                    with side.client(name, waits=False) as client:
                        head = f"POST {target} HTTP/1.1\r\nHost: x\r\n"
                        half = len(body) // 2
                        chunks = [part for part in (body[:half], body[half:]) if part]
                        if pieces == 1:
                            client.send(f"{head}Content-Length: {len(body)}\r\n\r\n{body}")
                        else:
                            client.send(f"{head}Transfer-Encoding: chunked\r\n\r\n" + "".join(
                                f"{len(part):x}\r\n{part}\r\n" for part in chunks) + "0\r\n\r\n")
                        server = client.response("POST").field("x-server")
                        found.append((name, body, target, pieces, server))
            return found
        theirs, ours = self.both(script, sections)
        self.assertEqual(theirs, ours)

    def test_bounded_loads(self):
        """Servers that hold their share pass requests on along the ring."""
        sections = "".join(
            f"listen f{factor}\n    bind 127.0.0.1:$f{factor}\n    balance hdr(x-key)\n    hash-type consistent\n"
            f"    hash-balance-factor {factor}\n    option http-server-close\n"
            f"    http-response set-header x-server %[srv_id]\n{SERVERS}" for factor in (0, 101, 150, 400))

        def script(side):
            gate = threading.Event()
            held = []

            def respond(request, connection):
                gate.wait(20)
                return answer("held")
            side.start(origin=side.origin(respond=respond).port)
            clients = []
            for factor in (0, 101, 150, 400):
                for number in range(24):
                    client = side.client(f"f{factor}", waits=False)
                    clients.append((factor, number, client))
                    client.send(f"GET / HTTP/1.1\r\nHost: x\r\nX-Key: {number % 3}\r\n\r\n")
                    side.wait_stat(f"f{factor}", "BACKEND", "scur", str(number + 1))
            gate.set()
            for factor, number, client in clients:
                held.append((factor, number % 3, client.response("GET").field("x-server")))
                client.connection.close()
            return held
        theirs, ours = self.both(script, sections)
        self.assertEqual(theirs, ours)

    def test_remote_desktops(self):
        """Sessions with the same cookie go to the same server as in HAProxy; those without take turns."""
        servers = "".join(f"    server s{n} 127.0.0.1:$o{n} weight {n}\n" for n in range(1, 5))
        sections = "".join(
            f"listen {name}\n    bind 127.0.0.1:${name}\n    mode tcp\n    option tcplog\n    balance {line}\n"
            f"    hash-type {method}\n    tcp-request inspect-delay 2s\n"
            f"    tcp-request content accept if {{ req.len ge 20 }}\n{servers}"
            for name, line, method in (("map", "rdp-cookie", "map-based crc32"), ("ring", "rdp-cookie(user)", "consistent"),
                                       ("sample", "hash src", "map-based")))
        cookies = [f"mstshash=user{n}" for n in range(8)] + [f"user=n{n}" for n in range(8)] + ["mstshash=", "user="]

        def greet(number):
            return lambda connection: connection.sendall(str(number).encode()) or connection.recv(100)

        def script(side):
            side.start(**{f"o{n}": side.origin(raw=greet(n)).port for n in range(1, 5)})
            found = []
            for name, cookie in itertools.product(("map", "ring", "sample"), cookies):
                text = b"Cookie: " + cookie.encode() + b"\r\n" + b"\1\0\x08\0\0\0\0\0"
                packet = b"\3\0" + struct.pack("!H", len(text) + 11) + bytes([len(text) + 6, 0xe0, 0, 0, 0, 0, 0]) + text
                with side.client(name, waits=False) as client:
                    client.send(packet)
                    found.append((name, cookie, client.connection.recv(1)))
            return found
        theirs, ours = self.both(script, sections)
        self.assertEqual(theirs, ours)

    def test_a_hash_does_not_outlive_its_request(self):
        """One connection, and servers that refuse: a request that went elsewhere leaves nothing behind for the next, which
        has no key."""
        sections = """
listen www
    bind 127.0.0.1:$www
    retries 1
    option redispatch 1
    balance url_param id
    http-response set-header x-server %[srv_id]
    server s1 127.0.0.1:$origin
    server s2 127.0.0.1:$refusing
    server s3 127.0.0.1:$origin
    server s4 127.0.0.1:$refusing
"""

        def script(side):
            side.start(origin=side.origin().port, refusing=side.refusing())
            with side.client() as client:
                return [(target, client.request(target).field("x-server")) for number in range(12)
                        for target in (f"/?id={number}", "/", "/?id=", "/?x=1")]
        theirs, ours = self.both(script, sections)
        self.assertEqual(theirs, ours)

    def test_random_takes_the_least_loaded(self):
        """All servers are drawn, by weight."""
        origins = [self.origin(f"o{number}") for number in range(3)]
        proxy = self.proxy(*origins, backend="balance random(2)")
        with Client(proxy.port) as client:
            names = [client.request(f"/{number}").text.split()[0] for number in range(60)]
        self.assertEqual({"o0", "o1", "o2"}, set(names))
