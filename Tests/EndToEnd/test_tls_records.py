"""Sizes of TLS records."""
import os
import subprocess

from support.messages import answer
from support.secure import SecureScenario


class SmallRecords(SecureScenario):
    carries_traffic = True

    def test_clients_that_want_small_records_get_everything(self):
        """RFC 6066 4: such clients are rare, and must not lose what does not fit into their first record."""
        body = os.urandom(70000).hex().encode()
        def respond(request, connection):
            return answer(body)
        proxy = self.secure(f"crt {self.site}", self.origin(respond=respond))
        request = b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
        for arguments in ([], ["-maxfraglen", "512"], ["-maxfraglen", "4096"], ["-maxfraglen", "1024", "-tls1_2"]):
            done = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.secure_port}", "-servername", "a.test", "-quiet",
                 "-ign_eof", *arguments], input=request, capture_output=True, timeout=20)
            self.assertEqual(done.stdout.partition(b"\r\n\r\n")[2], body, arguments)
