"""Who may see the statistics page and who may change servers there: `stats http-request` and `stats admin`, beside
Debian's haproxy."""
import base64
import unittest

from support.peers import Client
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario
from support.sides import HAPROXY

STATS = """
    acl reader hdr(x-role) reader
    stats enable
    stats uri /s
    stats http-request allow if {{ hdr(x-let) in }} || reader
    stats http-request deny if {{ hdr(x-deny) yes }}
    stats http-request auth unless {{ http_auth(people) }}
    stats admin if FALSE
    stats admin if {{ hdr(x-admin) yes }} !reader
    stats admin if {{ http_auth_group(people) chiefs }}
"""
CONFIGURATION = """
global
    stats socket {{socket}} level admin
userlist people
    group chiefs users boss
    user boss insecure-password b
    user u insecure-password p
{defaults}
listen app
    bind 127.0.0.1:{app}
""" + STATS + """
    server s1 127.0.0.1:{closed}

frontend www
    bind 127.0.0.1:{www}
    default_backend hidden

backend hidden
""" + STATS + """
    server s1 127.0.0.1:{closed}

listen unless
    bind 127.0.0.1:{unless}
    stats uri /s
    stats http-request auth realm Place if {{ hdr(x-ask) yes }}
    stats admin unless {{ hdr(x-guest) yes }} || {{ hdr(x-reader) yes }}
    server s1 127.0.0.1:{closed}

listen open
    bind 127.0.0.1:{open}
    stats uri /s
    stats http-request auth if {{ hdr(x-ask) yes }}
    stats admin if {{ method POST }} {{ req.hdr(x-a) -m found }}
    server s1 127.0.0.1:{closed}
"""


def basic(text):
    return "Authorization: Basic " + base64.b64encode(text.encode()).decode()


FIELDS = [
    [], ["X-Let: in"], ["X-Deny: yes"], ["X-Let: in", "X-Deny: yes"], ["X-Role: reader"],
    [basic("u:p")], [basic("u:x")], [basic("boss:b")], [basic("u:p"), "X-Deny: yes"],
    [basic("u:p"), "X-Admin: yes"], ["X-Admin: yes"], ["X-Role: reader", "X-Admin: yes"],
    [basic("boss:b"), "X-Role: reader"], ["X-Let: in", "X-Admin: yes"], ["X-Guest: yes"],
    ["X-Reader: yes"], ["X-Ask: yes"], ["X-A: 1"],
]


@unittest.skipUnless(HAPROXY, "needs haproxy")
class StatsRules(Scenario):
    def play(self, program):
        ports = {name: free_port() for name in ("app", "www", "unless", "open", "closed")}
        daemon = self.dyad(
            CONFIGURATION.format(defaults=DEFAULTS, **ports), "-db", program=program, waits=True)
        seen = []
        for name, backend in (("app", "app"), ("www", "hidden"), ("unless", "unless"), ("open", "open")):
            for fields in FIELDS:
                answer = self.request(ports[name], "GET", fields)
                seen.append((
                    name, fields, answer.status, answer.field("www-authenticate"),
                    b'method="post"' in answer.body))
                answer = self.request(ports[name], "POST", fields, f"s=s1&action=maint&b={backend}")
                state = [
                    row.split(",")[17] for row in daemon.ask("show stat").splitlines()
                    if row.startswith(f"{backend},s1,")]
                seen.append((name, fields, answer.status, answer.field("location"), state))
                daemon.ask(f"set server {backend}/s1 state ready")
        return seen

    @staticmethod
    def request(port, method, fields, body=""):
        with Client(port) as client:
            lines = [f"{method} /s HTTP/1.1", "Host: a", "Connection: close", *fields]
            if method == "POST":
                lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
            client.send("\r\n".join(lines) + "\r\n\r\n" + body)
            return client.response()

    def test_beside_haproxy(self):
        for ours, theirs in zip(self.play(None), self.play("haproxy"), strict=True):
            self.assertEqual(ours, theirs)


if __name__ == "__main__":
    unittest.main()
