"""Health checks: what they make of samples, and TLS of their own."""
import unittest

from support.messages import answer
from support.secure import SecureScenario

CHECKED = "check inter 100ms rise 1 fall 1"


class Checks(SecureScenario):
    carries_traffic = True

    def test_names_and_values_come_from_the_answer(self):
        asked = []

        def respond(request, connection):
            asked.append(request.target)
            return answer("ready", fields=["X-Name: x-who", "X-Who: me"])
        proxy = self.proxy(self.origin(respond=respond), options=CHECKED, backend="""option httpchk
    option log-health-checks
    http-check set-var(check.target) str(alive)
    http-check send uri-lf /%[var(check.target)] hdr host %[str(www)]
    http-check expect status 200
    http-check set-var(check.name) res.fhdr(x-name)
    http-check expect on-success "%[status] %[res.body]" fhdr name-lf %[var(check.name)] value me
""")
        proxy.wait_line('succeeded, reason: Layer7 check passed, code: 200, info: "200 ready"')
        self.assertEqual(asked[0], "/alive")

    def test_rules_connect_with_tls(self):
        secure = self.secure(f"crt {self.site}", self.origin())
        origin = self.origin()
        origin.port = secure.secure_port
        proxy = self.proxy(origin, options=f"{CHECKED} verify none", backend="""option tcp-check
    option log-health-checks
    tcp-check connect ssl sni a.test
    tcp-check send-lf GET\\ /\\ HTTP/1.1\\r\\nHost:\\ %[str(a.test)]\\r\\n\\r\\n
    tcp-check expect string-lf %[str(HTTP)]/1.1\\ 200
""")
        proxy.wait_line("succeeded, reason: Layer7 check passed")


if __name__ == "__main__":
    unittest.main()
