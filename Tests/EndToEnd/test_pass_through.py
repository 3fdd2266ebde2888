"""TLS that passes through: servers are chosen by what the client's hello says."""
import random
import socket
import ssl
import threading
import time

from support.peers import Client
from support.ports import free_port
from support.scenario import DEFAULTS
from support.secure import SecureClient, SecureScenario


def hello(name=None, protocols=(), newest=None):
    """The first bytes of a client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(protocols)
    if newest:
        context.maximum_version = newest
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class PassThrough(SecureScenario):
    carries_traffic = True

    def start(self, delay="5s"):
        """Servers say their name and send back what they got."""
        names = ["one", "wild", "protocol", "old", "other"]
        def echo(name):
            def speak(connection):
                connection.sendall(name.encode() + b"\n")
                while piece := connection.recv(65536):
                    connection.sendall(piece)
            return speak
        origins = {name: self.origin(name, raw=echo(name)) for name in names}
        port = free_port()
        backends = "\n".join(
            f"backend {name}\n    mode tcp\n    server s 127.0.0.1:{origin.port}" for name, origin in origins.items())
        self.dyad(f"""global
    stats socket {{socket}}
{DEFAULTS}
frontend https-in
    mode tcp
    bind 127.0.0.1:{port}
    tcp-request inspect-delay {delay}
    tcp-request content reject if {{ req.ssl_hello_type 1 }} {{ req.ssl_sni -i bad.test }}
    tcp-request content accept if {{ req.ssl_hello_type 1 }}
    use_backend one if {{ req.ssl_sni -i one.test }}
    use_backend wild if {{ req.ssl_sni -m end -i .wild.test }}
    use_backend protocol if {{ req.ssl_alpn -m sub special }}
    use_backend old if {{ req.ssl_ver le 3.2 }}
    default_backend other
{backends}
""", waits=True)
        return port

    def route(self, port, pieces, pause=0.0):
        """Which server got the bytes; None: nobody. All of them must have arrived."""
        with Client(port) as client:
            client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces:
                client.send(piece)
                if pause:
                    time.sleep(pause)
            client.finish_sending()
            try:
                got = client.rest()
            except OSError:
                return None
        if not got:
            return None
        name, _, echoed = got.partition(b"\n")
        self.assertEqual(echoed, b"".join(pieces))
        return name.decode()

    def test_servers_are_chosen_by_the_hello(self):
        port = self.start()
        for data, expected in (
                (hello("one.test"), "one"), (hello("ONE.test"), "one"), (hello("a.wild.test"), "wild"),
                (hello("wild.test"), "other"), (hello("x.test", ["special"]), "protocol"), (hello("bad.test"), None),
                (hello("x.test"), "other"), (hello(), "other"),
                (hello("x.test", newest=ssl.TLSVersion.TLSv1_2), "other")):
            self.assertEqual(self.route(port, [data]), expected, data)

    def test_hellos_may_come_in_any_pieces(self):
        port = self.start()
        data = hello("a.wild.test")
        results, lock = {}, threading.Lock()
        places = list(range(1, len(data)))
        def work():
            while True:
                with lock:
                    if not places:
                        return
                    place = places.pop()
                # Without a pause the kernel may join the pieces; a short one is enough to part most of them.
                results[place] = self.route(port, [data[:place], data[place:]], pause=0.002)
        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual({place for place, name in results.items() if name != "wild"}, set())
        self.assertEqual(len(results), len(data) - 1)
        self.assertEqual(self.route(port, [data[i:i + 1] for i in range(len(data))], pause=0.0005), "wild")
        # The hello cut into several records of TLS.
        body = data[5:]
        cuts = sorted(random.Random(7).sample(range(1, len(body)), 5))
        parts = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)])]
        records = [data[:3] + len(part).to_bytes(2, "big") + part for part in parts]
        self.assertEqual(self.route(port, records, pause=0.002), "wild")

    def test_what_is_no_hello_goes_its_way_or_waits_its_time(self):
        port = self.start(delay="300ms")
        self.assertEqual(self.route(port, [b"GET / HTTP/1.0\r\n\r\n"]), "other")
        broken = bytearray(hello("one.test"))
        broken[43] = 255
        self.assertEqual(self.route(port, [bytes(broken)]), "other")
        began = time.monotonic()
        with Client(port) as client:
            client.send(hello("one.test")[:20])
            self.assertEqual(client.connection.recv(100).split(b"\n")[0], b"other")
        self.assertGreater(time.monotonic() - began, 0.25)

    def test_the_whole_handshake_is_with_the_server(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.make("one", "one.test"))
        def speak(connection):
            with context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(4096)
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
        origin, port = self.origin(raw=speak), free_port()
        self.dyad(f"""global
    stats socket {{socket}}
{DEFAULTS}
frontend https-in
    mode tcp
    bind 127.0.0.1:{port}
    tcp-request inspect-delay 5s
    tcp-request content accept if {{ req.ssl_hello_type 1 }}
    use_backend one if {{ req.ssl_sni one.test }}
backend one
    mode tcp
    server s 127.0.0.1:{origin.port}
""", waits=True)
        with SecureClient(port, self.context, "one.test") as client:
            self.assertEqual(client.common_name(), "one.test")
            self.assertEqual(client.request("/").body, b"good")
