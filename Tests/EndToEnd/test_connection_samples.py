"""What samples know of connections, clocks and PROXY headers; what Debian's haproxy knows, too, beside it."""
import socket
import struct

from support.differential import Differential
from support.messages import answer
from support.peers import Client
from support.ports import free_port
from support.secure import SecureClient, SecureScenario

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
# A field of log lines and the sample that is its equal.
TIMERS = {
    "Th": "fc.timer.handshake", "Ti": "req.timer.idle", "Tq": "req.timer.tq", "TR": "req.timer.hdr", "Tw": "req.timer.queue",
    "Tc": "bc.timer.connect", "Tr": "res.timer.hdr", "Td": "res.timer.data", "Ta": "txn.timer.total", "Tt": "fc.timer.total",
    "Tu": "txn.timer.user", "bq": "bc_be_queue", "sq": "bc_srv_queue", "rt": "txn.id32", "U": "req.bytes_in", "B": "res.bytes_in",
    "Ts": "accept_date"}


def proxy_header(*values, source="192.0.2.7", destination="192.0.2.8"):
    """A header of version 2 over IPv4 with values of (type, bytes)."""
    tail = b"".join(struct.pack("!BH", kind, len(value)) + value for kind, value in values)
    ends = socket.inet_aton(source) + socket.inet_aton(destination) + struct.pack("!HH", 1234, 80)
    return SIGNATURE + b"\x21\x11" + struct.pack("!H", len(ends + tail)) + ends + tail


def fields(head):
    return sorted(line for line in head.decode("latin-1").split("\r\n") if line.lower().startswith("x-"))


class ConnectionSamples(Differential):
    def ask(self, port, first=b""):
        with Client(port) as client:
            client.send(first + b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"v" * 300 + b"\r\nConnection: close\r\n\r\n")
            return fields(client.rest())

    def test_as_haproxy(self):
        origin = self.origin(respond=lambda request, _: answer("x"))
        samples = ("bc_src", "bc_dst", "bc_dst_port", "bc_src_port,bool", "src_is_local", "dst_is_local", "fc_src_is_local", "fc_dst_is_local",
                   "fc_rtt,add(1),bool", "fc_rtt(us),bool", "fc_rttvar(us),bool", "fc_lost", "fc_retrans", "fc_sacked", "fc_fackets",
                   "fc_reordering", "fc_rtt(ms),div(1000)", "fc_pp_authority", "fc_pp_unique_id", "res.hdrs_bin,length,bool")
        lines = "\n".join(f"    http-response set-header x-{at:02} {name}=%[{name}]" for at, name in enumerate(samples))
        ports = self.both(f"""
listen fe
    mode http
    bind @
    http-request set-var(txn.fields) req.hdrs_bin
    http-response set-header x-bin %[var(txn.fields),hex]
    http-response set-header x-again %[bc_dst_port] if {{ bc_dst -m ip 127.0.0.0/8 }}
{lines}
    server s1 127.0.0.1:{origin.port}
""")
        self.assertEqual(self.ask(ports.dyad), self.ask(ports.haproxy))

    def test_log_lines_of_kept_connections(self):
        """Lines name the ends of a server's connection that another stream may have by then."""
        origin = self.origin(respond=lambda request, _: answer("x"))
        slow = self.origin(respond=lambda request, _: b"")
        listener = self.log_listener()
        ports = self.both(f"""
frontend fe
    mode http
    bind @
    log 127.0.0.1:{listener.port} local0
    log-format "bi=%bi bp=%bp src=%[bc_src]:%[bc_src_port] dst=%[bc_dst]:%[bc_dst_port] %HU"
    use_backend slow if {{ path_beg /slow }}
    use_backend closes if {{ path_beg /closes }}
    default_backend app
backend app
    mode http
    server s1 127.0.0.1:{origin.port}
backend closes
    mode http
    option httpclose
    server s1 127.0.0.1:{origin.port}
backend slow
    mode http
    timeout server 200ms
    server s1 127.0.0.1:{slow.port}
""")
        for name in ("kept", "closes", "slow"):
            with self.subTest(name):
                lines = []
                for port in ports:
                    with Client(port) as client:
                        for turn in range(2):
                            mark = f"/{name}{turn}at{port}"
                            close = "Connection: close\r\n" * (turn or name == "slow")
                            client.send(f"GET {mark} HTTP/1.1\r\nHost: a\r\n{close}\r\n")
                            if close:
                                client.rest()
                            else:
                                client.response()
                            # Ports differ by themselves; that the two of a line are one is told below.
                            words = listener.wait_line(mark).split("]: ")[-1].split()
                            own = words[1].removeprefix("bp=")
                            lines.append([word.replace(own, "own") if own not in "0-" else word for word in words[:-1]])
                            if close:
                                break
                self.assertEqual(lines[:len(lines) // 2], lines[len(lines) // 2:])

    def test_proxy_headers(self):
        ports = self.both("""
listen fe
    mode http
    bind @ accept-proxy
    http-request return hdr x-a %[fc_pp_authority] hdr x-u %[fc_pp_unique_id,hex] hdr x-s "%[src]:%[src_is_local]" hdr x-d "%[dst]:%[dst_is_local]"
""")
        for values in ((), ((2, b"a.example"),), ((5, b"\1\2"), (2, b"b.example")), ((0xe0, b"x" * 200), (4, b"\0" * 9), (2, b""))):
            with self.subTest(values):
                header = proxy_header(*values)
                self.assertEqual(self.ask(ports.dyad, header), self.ask(ports.haproxy, header))


class ConnectionFacts(SecureScenario):
    def test_values_of_proxy_headers(self):
        port = free_port()
        self.proxy(frontend=f"""
    bind 127.0.0.1:{port} accept-proxy
    http-request return hdr x-1 %[fc_pp_tlv(0xe1)] hdr x-2 %[fc_pp_tlv(225)] hdr x-3 %[fc_pp_tlv(AUTHORITY)] hdr x-4 %[fc_pp_tlv(NETNS)]""")
        for header, wanted in (
                (proxy_header((2, b"name"), (2, b"no"), (0xe1, b"mine"), (0xe1, b"other")), ["x-1: mine", "x-2: mine", "x-3: name"]),
                (SIGNATURE + b"\x20\x00" + struct.pack("!H", 7) + b"\xe1\0\4mine", []),
                (proxy_header(), []),
                (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", [])):
            with self.subTest(header), Client(port) as client:
                client.send(header + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                self.assertEqual(fields(client.rest()), wanted)

    def test_samples_and_log_fields(self):
        """A sample says what the field of log lines says, on the first and on later requests of a connection with TLS."""
        listener = self.log_listener()
        proxy = self.secure(
            f"crt {self.site}", self.origin(), extra_global=f"log 127.0.0.1:{listener.port} format raw local0",
            frontend="log global\n    log-format \"%HU "
            + " ".join(f"{field}=%{field}=%[{sample}]" for field, sample in TIMERS.items()) + " at=%[accept_date(ms)]=%[accept_date(ms)]\"")
        with SecureClient(proxy.secure_port, self.context) as client:
            for target in ("/first", "/second"):
                self.assertEqual(client.request(target).status, 200)
                words = listener.wait_line(target).split()[1:]
                values = {}
                for word in words:
                    field, logged, sample = word.split("=")
                    self.assertEqual(logged, sample, field)
                    values[field] = logged
                times = {field: int(values[field]) for field in TIMERS if field.startswith("T") and field != "Ts"}
                self.assertTrue(all(value >= 0 for value in times.values()), times)
                # The times of a later request begin where the answer before it has ended.
                if target == "/second":
                    self.assertEqual(times["Th"], 0)
                    self.assertGreaterEqual(int(values["at"]), ended)
                ended = int(values["at"]) + times["Tt"]
                # The manual's sums; each part is rounded down.
                self.assertLessEqual(times["Th"] + times["Ti"] + times["TR"], times["Tq"])
                self.assertAlmostEqual(times["Tt"] - times["Ti"], times["Tu"], delta=1)
