"""Bytes through the proxy in TCP mode."""
import hashlib
import os
import threading

from support.peers import Client, get
from support.scenario import Scenario

BULK = 24 << 20


class TCP(Scenario):
    carries_traffic = True

    def tcp(self, *servers, **options):
        return self.proxy(
            *servers, frontend="mode tcp", backend=f"mode tcp\n    {options.pop('backend', '')}", **options)

    def test_small_messages_go_back_and_forth(self):
        def echo(connection):
            while piece := connection.recv(65536):
                connection.sendall(piece)
        proxy = self.tcp(self.origin(raw=echo))
        with Client(proxy.port) as client:
            for number in range(200):
                word = f"message {number}".encode()
                client.send(word)
                self.assertEqual(client.reader.exactly(len(word)), word)

    def test_bulk_arrives_whole(self):
        data = os.urandom(1 << 20)
        def send(connection):
            connection.recv(1)
            for _ in range(BULK // len(data)):
                connection.sendall(data)
        for splice in ("", "option splice-auto"):
            with self.subTest(splice):
                proxy = self.tcp(self.origin(raw=send), backend=splice)
                with Client(proxy.port) as client:
                    client.send("g")
                    digest, count = hashlib.sha256(), 0
                    while piece := client.connection.recv(1 << 18):
                        digest.update(piece)
                        count += len(piece)
                self.assertEqual(count, BULK)
                expected = hashlib.sha256(data * (BULK // len(data)))
                self.assertEqual(digest.hexdigest(), expected.hexdigest())

    def test_end_of_one_direction_is_passed_on(self):
        def answer_after_the_end(connection):
            taken = b""
            while piece := connection.recv(65536):
                taken += piece
            connection.sendall(b"%d bytes" % len(taken))
        proxy = self.tcp(self.origin(raw=answer_after_the_end))
        with Client(proxy.port) as client:
            client.send("12345")
            client.finish_sending()
            self.assertEqual(client.rest(), b"5 bytes")

    def test_server_speaks_first(self):
        proxy = self.tcp(self.origin(raw=lambda connection: connection.sendall(b"220 ready\r\n")))
        with Client(proxy.port) as client:
            self.assertEqual(client.rest(), b"220 ready\r\n")

    def test_reader_that_pauses(self):
        gate = threading.Event()
        def send(connection):
            for _ in range(1024):
                connection.sendall(b"x" * (1 << 16))
            gate.set()
        proxy = self.tcp(self.origin(raw=send))
        with Client(proxy.port) as client:
            self.assertFalse(gate.wait(0.3), "the proxy takes what its client does not")
            count = 0
            while piece := client.connection.recv(1 << 18):
                count += len(piece)
        self.assertEqual(count, 1024 << 16)

    def test_http_through_tcp(self):
        proxy = self.tcp(self.origin(), backend="option tcp-check", options="check inter 1s")
        self.assertEqual(get(proxy.port, "/plain").text, "origin /plain\n")
