"""Words about servers that change requests and answers: their names in requests, and `redir`. Beside Debian's haproxy."""
import unittest

from support.daemon import binary
from support.messages import answer
from support.peers import get
from support.scenario import Scenario
from support.sides import HAPROXY, differences, play


@unittest.skipUnless(HAPROXY, "needs haproxy to compare with")
class ServerWords(Scenario):
    maxDiff = None

    def compare(self, script, sections):
        """Log lines and statistics are the same, and what the script returns."""
        results = []

        def both(side):
            results.append(script(side))
        found = differences(play(HAPROXY, both, sections), play(binary(), both, sections), ignore=["cookie"])
        self.assertEqual(*results)
        self.assertFalse(found, "haproxy (-) and dyad (+) differ:\n" + "\n".join(found))
        return results[1]

    def test_servers_are_told_their_names(self):
        rules = "    http-request set-header X-Srv rule\n"
        for backend in "", rules, "    option forwardfor\n", "    http-request set-path /long/%[path]\n":
            def script(side):
                a, b = side.origin(), side.origin()
                side.start(a=a.port, b=b.port)
                with side.client() as client:
                    client.request("/1", fields=["X-Srv: evil", "x-srv: evil2", "Other: 1"])
                    client.request("/2", "POST", body=b"x" * 20000)
                    client.request("/3")
                return [[request.start, sorted((name.lower(), value) for name, value in request.fields), len(request.body)]
                        for origin in (a, b) for request in origin.requests]
            with self.subTest(backend):
                told = self.compare(script, f"""
frontend www
    bind 127.0.0.1:$www
    default_backend app
backend app
    http-send-name-header X-Srv
{backend}    server a 127.0.0.1:$a
    server b-2.x:y 127.0.0.1:$b
""")
                self.assertEqual([dict(fields)["x-srv"] for _, fields, _ in told], ["a", "a", "b-2.x:y"])

    def test_the_name_follows_a_redispatch(self):
        def script(side):
            origin = side.origin()
            side.start(a=side.refusing(), b=origin.port)
            with side.client() as client:
                client.request("/", fields=["X-Srv: evil"])
            return [request.all("x-srv") for request in origin.requests]
        self.assertEqual(self.compare(script, """
frontend www
    bind 127.0.0.1:$www
    default_backend app
backend app
    retries 1
    option redispatch 1
    http-send-name-header X-Srv
    server a 127.0.0.1:$a
    server b 127.0.0.1:$b
"""), [["b"]])

    def test_redirection_by_a_server(self):
        requests = [("GET", "/x?y=1"), ("HEAD", "/h"), ("GET", "http://test/abs?q"), ("OPTIONS", "*"), ("POST", "/p")]

        def script(side):
            side.start(a=side.origin().port)
            seen = []
            for method, target in requests:
                with side.client() as client:
                    got = client.request(target, method)
                    seen.append((got.start, sorted((name.lower(), value) for name, value in got.fields), got.body))
            return seen
        for backend in ("", "    http-request set-path /new if !{ method OPTIONS }\n    http-response set-header X y\n",
                        "    http-after-response set-header Z z\n    cookie SRV insert\n"):
            with self.subTest(backend):
                self.compare(script, f"""
frontend www
    bind 127.0.0.1:$www
    default_backend app
backend app
{backend}    server a 127.0.0.1:$a redir http://img.test cookie k
""")

    def test_redirection_to_the_same_path(self):
        def script(side):
            side.start(a=side.origin().port)
            with side.client() as client:
                location = client.request("/r.evil.test/x?y").field("location")
            # So that the server has served one, too: HAProxy does not count the other in `smax`.
            with side.client() as client:
                return location, client.request("/p", "POST").status
        sections = """
frontend www
    bind 127.0.0.1:$www
    default_backend app
backend app
    server a 127.0.0.1:$a redir /
"""
        self.assertEqual(self.compare(script, sections), ("/r.evil.test/x?y", 200))

    def test_redirection_never_leads_to_a_host_of_the_client(self):
        """HAProxy sends `//evil.test` back, which browsers take for a host."""
        proxy = self.proxy(self.origin(), options="redir /")
        for target in "//evil.test/x", "///evil.test/x", "http://test//evil.test/x":
            self.assertEqual(get(proxy.port, target).field("location"), "/evil.test/x", target)

    def test_only_some_servers_redirect(self):
        def script(side):
            side.start(a=side.origin().port, b=side.origin().port)
            with side.client() as client:
                seen = [client.request("/1").field("location")]
            with side.client() as client:
                seen += [client.request("/2").status, client.request("/3", "PUT").status, client.request("/4").status]
            return seen
        self.compare(script, """
frontend www
    bind 127.0.0.1:$www
    default_backend app
backend app
    server a 127.0.0.1:$a redir https://a.test/p
    server b 127.0.0.1:$b
""")


class StatusCodes(Scenario):
    def test_what_counts_as_an_error(self):
        """Debian's haproxy does not know `http-err-codes`; the manual says what they do."""
        origin = self.origin(respond=lambda request, _: answer("x", f"{request.target[1:]} Status"))
        proxy = self.proxy(
            origin, extra_global="http-err-codes 404,410-411 +500 -411\n    http-fail-codes -503 +501",
            frontend="stick-table type ip size 10 store http_err_cnt,http_fail_cnt\n    http-request track-sc0 src")
        for status in 400, 404, 410, 411, 500, 501, 503:
            get(proxy.port, f"/{status}")
        self.assertIn("http_err_cnt=3 http_fail_cnt=2", proxy.ask("show table www"))
