"""The same requests in Debian's haproxy and here go to the same servers, whatever is hashed and however."""
import unittest

from support.daemon import binary
from support.peers import Client
from support.scenario import Scenario
from support.sides import HAPROXY, Side

KEYS = ["source", "uri", "uri len 6", "uri depth 1", "uri depth 2 len 9", "uri whole", "uri path-only",
        "uri path-only len 5 depth 2", "url_param id", "hdr(host)", "hdr(Host) use_domain_only", "hdr(x-list)"]
HASHES = ["map-based", "consistent", "map-based djb2", "consistent crc32 avalanche", "map-based wt6 avalanche",
          "consistent wt6", "map-based crc32", "consistent djb2 avalanche", "map-based sdbm avalanche"]
SERVERS = "".join(
    f"    server s{number} 127.0.0.1:$origin weight {weight}{extra}\n" for number, weight, extra in [
        (1, 2, ""), (2, 3, ""), (3, 5, " id 40"), (4, 1, ""), (5, 7, ""), (6, 9, " backup"), (7, 1, " backup")])

TARGETS = ["/", "/?id=", "/?id=7", "*", "/a?x=1&id=9&y", "/?xid=5", "/?id=3;id=4", "/?a=1?id=3", "/?id", "/?&&id=%37",
           "http://host.example/a/b/c?id=4", "http://host.example", "//a//b", "/a/b/", "/a/b/c/d"]
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
        for key in KEYS:
            for method in HASHES:
                name = f"p{len(self.names(sections))}"
                sections += f"listen {name}\n    bind 127.0.0.1:${name}\n    balance {key}\n    hash-type {method}\n" \
                            f"    http-response set-header x-server %[srv_id]\n{SERVERS}"
        names = self.names(sections)
        side = Side(program, sections)
        try:
            side.start(origin=side.origin().port)
            found = {}
            for change in [[], ["disable server {}/s3"], ["enable server {}/s3", "disable server {}/s5"],
                           ["set weight {}/s1 40"], [f"disable server {{}}/s{n}" for n in range(1, 5)]]:
                for name, line in names.items():
                    for command in change:
                        side.ask(command.format(name))
                    wanted = range(len(TARGETS)) if not change else range(20, 40)
                    with side.client(name, waits=False) as client:
                        found[line, tuple(change)] = [self.ask(client, number) for number in wanted]
            return found
        finally:
            side.close()

    @staticmethod
    def names(sections):
        lines = [line.strip() for line in sections.splitlines()]
        return {line.split()[1]: " / ".join(lines[at + 2:at + 4]) for at, line in enumerate(lines)
                if line.startswith("listen ")}

    @staticmethod
    def ask(client, number):
        """One request: what it was, and the server's number."""
        target, host, values = TARGETS[number], HOSTS[number % len(HOSTS)], LISTS[number // 3 % len(LISTS)]
        if target.startswith("http"):
            host = target.split("/")[2]
        fields = "" if values is None else f"X-List: {values}\r\n"
        method = "OPTIONS" if target == "*" else "GET"
        client.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n")
        response = client.response(method)
        return (target, host, values, response.field("x-server") or response.status)

    def test_the_same_servers(self):
        theirs, ours = self.servers(HAPROXY), self.servers(binary())
        differences = [f"{line} {change}: haproxy {a}, dyad {b[3]}" for (line, change), list in theirs.items()
                       for a, b in zip(list, ours[line, change]) if a != b]
        self.assertFalse(differences, f"{len(differences)} differ:\n" + "\n".join(differences[:60]))

    def test_random_takes_the_least_loaded(self):
        """All servers are drawn, by weight."""
        origins = [self.origin(f"o{number}") for number in range(3)]
        proxy = self.proxy(*origins, backend="balance random(2)")
        with Client(proxy.port) as client:
            names = [client.request(f"/{number}").text.split()[0] for number in range(60)]
        self.assertEqual({"o0", "o1", "o2"}, set(names))
