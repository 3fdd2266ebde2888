"""HTTP/1 messages as a peer on the wire sees them."""
import dataclasses


class Ended(Exception):
    """The other side closed before a message was whole; `args[0]` is what had arrived."""


@dataclasses.dataclass
class Message:
    start: str
    fields: list
    body: bytes = b""

    def field(self, name):
        """The value of the last field of that name, or None."""
        return next((v for n, v in reversed(self.fields) if n.lower() == name.lower()), None)

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower()]

    @property
    def status(self):
        return int(self.start.split(" ")[1])

    @property
    def method(self):
        return self.start.split(" ")[0]

    @property
    def target(self):
        return self.start.split(" ")[1]

    @property
    def text(self):
        return self.body.decode("latin-1")


class Reader:
    """Takes messages from a socket."""

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""

    def _more(self):
        piece = self.connection.recv(65536)
        if not piece:
            raise Ended(self.buffer)
        self.buffer += piece

    def until(self, mark):
        while mark not in self.buffer:
            self._more()
        found, self.buffer = self.buffer.split(mark, 1)
        return found

    def exactly(self, count):
        while len(self.buffer) < count:
            self._more()
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def rest(self):
        """Everything up to the end."""
        try:
            while True:
                self._more()
        except Ended:
            found, self.buffer = self.buffer, b""
            return found

    def head(self):
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        return Message(lines[0], fields)

    def chunks(self):
        body = b""
        while True:
            size = int(self.until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                while self.until(b"\r\n"):
                    pass
                return body
            body += self.exactly(size)
            self.until(b"\r\n")

    def body(self, message, has_body=True, until_end=False):
        if not has_body:
            return message
        if (message.field("transfer-encoding") or "").lower() == "chunked":
            message.body = self.chunks()
        elif message.field("content-length") is not None:
            message.body = self.exactly(int(message.field("content-length")))
        elif until_end:
            message.body = self.rest()
        return message

    def request(self):
        return self.body(self.head())

    def response(self, method="GET"):
        message = self.head()
        has_body = method != "HEAD" and message.status >= 200 and message.status not in (204, 304)
        return self.body(message, has_body, until_end=True)


def answer(body=b"", status="200 OK", fields=()):
    """The bytes of a response with a length."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
