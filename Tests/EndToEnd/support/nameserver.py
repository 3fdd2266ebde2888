"""A name server whose records a test changes while it runs."""
import ipaddress
import socket
import struct
import threading

from .ports import free_port

A, AAAA, SRV = 1, 28, 33


class NameServer:
    """`records`: {(name, kind): [value, …]}; a value is an address, or for SRV (priority, weight, port, target).
    `truncates`: answers datagrams with nothing but the bit that asks for a connection. `code`: for every answer."""

    def __init__(self, records=None):
        self.records = records or {}
        self.truncates = False
        self.code = 0
        self.silent = False
        self.questions = []
        self.port = free_port()
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.bind(("127.0.0.1", self.port))
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(8)
        for loop in (self._serve_datagrams, self._serve_connections):
            threading.Thread(target=loop, daemon=True).start()

    def close(self):
        for each in (self._datagrams, self._listener):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def _serve_datagrams(self):
        while True:
            try:
                message, client = self._datagrams.recvfrom(65535)
                if not message:
                    return
                if not self.silent:
                    self._datagrams.sendto(self._answer(message, "udp"), client)
            except OSError:
                return

    def _serve_connections(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            while len(size := stream.read(2)) == 2:
                answer = self._answer(stream.read(struct.unpack("!H", size)[0]), "tcp")
                # In two pieces, cut inside the length: the reader must put them together.
                whole = struct.pack("!H", len(answer)) + answer
                connection.sendall(whole[:1])
                connection.sendall(whole[1:])

    def _answer(self, message, transport):
        name, end = _read_name(message, 12)
        kind, = struct.unpack_from("!H", message, end)
        question = message[12:end + 4]
        self.questions.append((name, kind, transport))
        truncated = self.truncates and transport == "udp"
        values = [] if truncated or self.code else self.records.get((name, kind), [])
        flags = 0x8180 | (0x0200 if truncated else 0) | self.code
        header = message[:2] + struct.pack("!5H", flags, 1, len(values), 0, 0)
        return header + question + b"".join(_record(kind, value) for value in values)


def _read_name(message, place):
    labels = []
    while length := message[place]:
        labels.append(message[place + 1:place + 1 + length].decode())
        place += length + 1
    return ".".join(labels), place + 1


def _name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def _record(kind, value):
    if kind == SRV:
        data = struct.pack("!3H", *value[:3]) + _name(value[3])
    else:
        data = ipaddress.ip_address(value).packed
    return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
