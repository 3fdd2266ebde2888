"""Sizes of TLS records."""
import os
import ssl
import subprocess

from support.messages import answer
from support.peers import Client
from support.secure import SecureScenario


class SmallRecords(SecureScenario):
    carries_traffic = True

    def test_clients_that_want_small_records_get_everything(self):
        """RFC 6066 4: such clients are rare, and must not lose what does not fit into their first record."""
        body = os.urandom(70000).hex().encode()
        def respond(request, connection):
            return answer(body)
        plain, limited = (
            self.secure(f"crt {self.site}", self.origin(respond=respond), extra_global=extra)
            for extra in ("", "tune.ssl.hard-maxrecord 1400"))
        request = b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
        for proxy in (plain, limited):
            for arguments in ([], ["-maxfraglen", "512"], ["-maxfraglen", "4096"], ["-maxfraglen", "1024", "-tls1_2"]):
                done = subprocess.run(
                    ["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.secure_port}", "-servername", "a.test", "-quiet",
                     "-ign_eof", *arguments], input=request, capture_output=True, timeout=20)
                self.assertEqual(done.stdout.partition(b"\r\n\r\n")[2], body, (proxy is limited, arguments))

    def test_records_are_no_larger_than_wanted(self):
        proxy = self.secure(
            f"crt {self.site}", self.origin(respond=lambda *_: answer(bytes(20000))),
            extra_global="tune.ssl.hard-maxrecord 1400")
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = self.trusting().wrap_bio(into, out, server_hostname="a.test")
        records = b""
        with Client(proxy.secure_port) as client:
            def drive(step):
                nonlocal records
                while True:
                    try:
                        done = step()
                        client.connection.sendall(out.read())
                        return done
                    except ssl.SSLWantReadError:
                        client.connection.sendall(out.read())
                        piece = client.connection.recv(65536)
                        records += piece
                        into.write(piece)
            drive(session.do_handshake)
            records = b""
            drive(lambda: session.write(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"))
            got = 0
            while got < 20000:
                got += len(drive(lambda: session.read(65536)))
        sizes = []
        while len(records) >= 5:
            size = int.from_bytes(records[3:5], "big")
            sizes.append(size)
            records = records[5 + size:]
        # A tag of 16 bytes and the type of the content.
        self.assertLessEqual(max(sizes), 1400 + 17)
        self.assertGreater(len(sizes), 20000 // 1400)
