"""HTTP/1 through the proxy, message by message."""
import os
import subprocess
import threading

from support.messages import answer
from support.peers import PATIENCE, Client, get
from support.ports import free_port
from support.scenario import DEFAULTS, Scenario

LARGE = 3 << 20


class HTTP(Scenario):
    carries_traffic = True

    def test_requests_take_turns(self):
        web = [self.origin(name) for name in ("a", "b")]
        proxy = self.proxy(*web, backend="balance roundrobin")
        seen = [get(proxy.port).text.split()[0] for _ in range(6)]
        self.assertEqual(sorted(seen), ["a"] * 3 + ["b"] * 3)
        self.assertNotEqual(seen[0], seen[1])

    def test_keep_alive_on_both_sides(self):
        web = self.origin()
        proxy = self.proxy(web)
        with Client(proxy.port) as client:
            for number in range(20):
                self.assertEqual(client.request(f"/{number}").text, f"origin /{number}\n")
        self.assertEqual(web.connections, 1)

    def test_pipelined_requests_are_answered_in_order(self):
        proxy = self.proxy(self.origin())
        with Client(proxy.port) as client:
            client.send("".join(f"GET /{n} HTTP/1.1\r\nHost: test\r\n\r\n" for n in range(50)))
            answers = [client.response().text for _ in range(50)]
        self.assertEqual(answers, [f"origin /{n}\n" for n in range(50)])

    def test_body_with_a_length(self):
        web = self.origin(respond=lambda request, _: answer(request.body))
        proxy = self.proxy(web)
        body = os.urandom(LARGE)
        with Client(proxy.port) as client:
            self.assertEqual(client.request("/", "POST", body=body).body, body)
            self.assertEqual(client.request("/", "POST", body=b"small").body, b"small")

    def test_chunked_both_ways_with_trailers(self):
        def respond(request, connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in (request.body[:1], request.body[1:]):
                connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            return b"0\r\nX-Sum: 7\r\n\r\n"
        proxy = self.proxy(self.origin(respond=respond))
        body = os.urandom(100_000)
        with Client(proxy.port) as client:
            client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send(b"%x;name=value\r\n%s\r\n" % (len(body), body))
            client.send("0\r\nX-After: body\r\n\r\n")
            self.assertEqual(client.response().body, body)
            self.assertEqual(client.request("/next", "POST", body=b"xy").body, b"xy")

    def test_servers_where_the_client_went(self):
        """No port, a port counted from the client's, no address (HAProxy manual, section 5.1)."""
        first, second = free_port(), free_port()
        web = {port: self.origin(f"port{port}", address="127.0.0.2", port=port) for port in (first, second)}
        own = self.origin("own", address="127.0.0.3")
        for mode in ("http", "tcp"):
            daemon = self.dyad(f"""
global
    stats socket {{socket}} level admin
{DEFAULTS}
    mode {mode}
listen same
    bind 127.0.0.1:{first}
    bind 127.0.0.1:{second}
    server web 127.0.0.2
listen shifted
    bind 127.0.0.4:{first}
    server web 127.0.0.2:{second - first:+d}
listen address
    bind 127.0.0.3:{first}
    server web 0.0.0.0:{own.port}
""", waits=True)
            for host, port, origin in (("127.0.0.1", first, web[first]), ("127.0.0.1", second, web[second]),
                                       ("127.0.0.4", first, web[second]), ("127.0.0.3", first, own)):
                before = origin.connections
                with self.subTest(mode=mode, host=host, port=port), Client(port, host=host) as client:
                    for _ in range(3):
                        self.assertEqual(client.request("/").text, f"{origin.name} /\n")
                    self.assertEqual(origin.connections, before + 1)
            daemon.end()

    def test_bytes_behind_the_last_request(self):
        """They are never read; a reset for them would take the answer away from the client."""
        turns = threading.Barrier(2, timeout=PATIENCE)

        def respond(*_):
            turns.wait()    # The request is here,
            turns.wait()    # and now the client has said more.
            return answer(b"x" * 50_000)

        proxy = self.proxy(self.origin(respond=respond))
        for method in ("GET", "POST"):
            with self.subTest(method), Client(proxy.port) as client:
                client.send(f"{method} / HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                turns.wait()
                client.send("this is not sent\r\n\r\n" * 10)
                turns.wait()
                self.assertEqual(len(client.response().body), 50_000)
                self.assertEqual(client.rest(), b"")

    def test_response_that_ends_with_its_connection(self):
        def respond(request, connection):
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nuntil the end")
        proxy = self.proxy(self.origin(respond=respond))
        self.assertEqual(get(proxy.port).text, "until the end")

    def test_head_has_no_body(self):
        proxy = self.proxy(self.origin(respond=lambda request, _: (
            b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" if request.method == "HEAD" else answer("x"))))
        with Client(proxy.port) as client:
            self.assertEqual(client.request("/", "HEAD").field("content-length"), "12")
            self.assertEqual(client.request("/").text, "x")

    def test_expect_100_continue(self):
        proxy = self.proxy(self.origin(respond=lambda request, _: answer(request.body)))
        with Client(proxy.port) as client:
            client.send(
                "POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            self.assertEqual(client.response().status, 100)
            client.send("body")
            self.assertEqual(client.response().text, "body")

    def test_upgrade_becomes_a_tunnel(self):
        def respond(request, connection):
            connection.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello")
            while piece := connection.recv(65536):
                connection.sendall(piece.upper())
        proxy = self.proxy(self.origin(respond=respond))
        with Client(proxy.port) as client:
            client.send("GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
            self.assertEqual(client.response().status, 101)
            self.assertEqual(client.reader.exactly(5), b"hello")
            client.send("through the tunnel")
            self.assertEqual(client.reader.exactly(18), b"THROUGH THE TUNNEL")
            client.finish_sending()
            self.assertEqual(client.rest(), b"")

    def test_http_1_0_closes_unless_asked(self):
        proxy = self.proxy(self.origin())
        with Client(proxy.port) as client:
            client.send("GET /old HTTP/1.0\r\n\r\n")
            self.assertTrue(client.rest().endswith(b"origin /old\n"))
        with Client(proxy.port) as client:
            for _ in range(2):
                client.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                self.assertEqual(client.response().text, "origin /old\n")

    def test_request_then_end_of_input_is_answered(self):
        proxy = self.proxy(self.origin())
        with Client(proxy.port) as client:
            client.send("GET /half HTTP/1.1\r\nHost: test\r\n\r\n")
            client.finish_sending()
            self.assertEqual(client.response().text, "origin /half\n")

    def test_bytes_that_come_one_by_one(self):
        proxy = self.proxy(self.origin(respond=lambda request, _: answer(request.body)))
        with Client(proxy.port) as client:
            client.connection.setsockopt(6, 1, 1)  # TCP_NODELAY
            for byte in b"POST /slow HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc":
                client.send(bytes([byte]))
            self.assertEqual(client.response().text, "abc")

    def test_forwarded_for(self):
        web = self.origin()
        proxy = self.proxy(web, frontend="option forwardfor")
        get(proxy.port)
        self.assertEqual(web.requests[0].all("x-forwarded-for"), ["127.0.0.1"])

    def test_hop_by_hop_fields_stay(self):
        web = self.origin()
        proxy = self.proxy(web)
        get(proxy.port, fields=["Keep-Alive: 5", "X-Mine: kept"])
        self.assertEqual(web.requests[0].field("x-mine"), "kept")
        self.assertEqual(web.requests[0].field("host"), "test")

    def test_malformed_requests_are_refused(self):
        web = self.origin()
        proxy = self.proxy(web)
        for name, request in {
            "two lengths": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
            "bare LF in a name": "GET / HTTP/1.1\r\nHost: a\r\nX\n: b\r\n\r\n",
            "space before the colon": "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "no request": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        }.items():
            with self.subTest(name), Client(proxy.port) as client:
                client.send(request)
                self.assertEqual(client.response().status, 400)
        self.assertEqual(web.requests, [])
        self.assertEqual(get(proxy.port).status, 200)

    def test_head_that_is_too_large(self):
        proxy = self.proxy(self.origin())
        with Client(proxy.port) as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + "x" * 40_000)
            self.assertEqual(client.response().status, 400)

    def test_no_server_is_left(self):
        web = self.origin()
        web.stop()
        proxy = self.proxy(web, backend="retries 1")
        self.assertEqual(get(proxy.port).status, 503)

    def test_slow_request_times_out(self):
        proxy = self.proxy(self.origin(), frontend="timeout http-request 200ms")
        with Client(proxy.port) as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n")
            self.assertEqual(client.response().status, 408)

    def test_server_that_never_answers(self):
        held = self.origin(raw=lambda connection: connection.recv(1 << 20) and connection.recv(1))
        proxy = self.proxy(held, backend="timeout server 200ms")
        self.assertEqual(get(proxy.port).status, 504)

    def test_server_that_talks_nonsense(self):
        proxy = self.proxy(self.origin(raw=lambda connection: (
            connection.recv(65536), connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n"))))
        self.assertEqual(get(proxy.port).status, 502)

    def test_curl_gets_a_page(self):
        proxy = self.proxy(self.origin())
        page = subprocess.run(
            ["curl", "-s", "-m", "5", f"http://127.0.0.1:{proxy.port}/a", f"http://127.0.0.1:{proxy.port}/b"],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertEqual(page, "origin /a\norigin /b\n")

    def test_many_clients_at_once(self):
        web = [self.origin(name) for name in ("a", "b", "c")]
        proxy = self.proxy(*web, backend="balance leastconn")
        load = self.load(proxy.port, clients=16)
        load.wait_good(2000)
        load.stop()
        self.assertNoFailures(load)

    def test_queue_holds_what_a_server_may_not_have(self):
        web = self.origin()
        proxy = self.proxy(web, options="maxconn 1", backend="timeout queue 5s")
        load = self.load(proxy.port, clients=8)
        load.wait_good(400)
        load.stop()
        self.assertNoFailures(load)

    def test_own_error_page(self):
        web = self.origin()
        web.stop()
        with open("/tmp/dyad-test-503.http", "w") as file:
            file.write("HTTP/1.0 503 Away\r\nX-Page: own\r\n\r\nback soon")
        self.addCleanup(os.unlink, file.name)
        proxy = self.proxy(web, backend=f"errorfile 503 {file.name}\n    retries 0")
        page = get(proxy.port)
        self.assertEqual((page.status, page.field("x-page"), page.text), (503, "own", "back soon"))
