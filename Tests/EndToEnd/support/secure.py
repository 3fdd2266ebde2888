"""What scenarios with TLS start from."""
import ssl
import subprocess

from .certificates import Certificates
from .peers import Client
from .ports import free_port
from .scenario import Scenario


def read(path):
    with open(path) as file:
        return file.read()


class SecureClient(Client):
    """One TLS connection to the proxy."""

    def __init__(self, port, context, name="a.test"):
        super().__init__(port)
        self.connection = context.wrap_socket(self.connection, server_hostname=name)
        self.reader = type(self.reader)(self.connection)

    def common_name(self):
        return dict(part[0] for part in self.connection.getpeercert()["subject"])["commonName"]

    def serial(self):
        return self.connection.getpeercert()["serialNumber"]


class SecureScenario(Scenario):
    """There is an authority, and a certificate for `a.test`."""

    def setUp(self):
        super().setUp()
        self.certificates = Certificates(self)
        self.site = self.certificates.make("a", "a.test")
        self.authority = self.certificates.path("ca.pem")
        self.context = self.trusting()

    def trusting(self, **certificate):
        context = ssl.create_default_context(cafile=self.certificates.path("ca.pem"))
        if certificate:
            context.load_cert_chain(certificate["client"])
        return context

    def secure(self, bind, *servers, **options):
        """A proxy with one more bind line, which has TLS; its port is in `.secure_port`."""
        port = free_port()
        frontend = f"bind 127.0.0.1:{port} ssl {bind}\n    {options.pop('frontend', '')}"
        proxy = self.proxy(*servers, frontend=frontend, **options)
        proxy.secure_port = port
        return proxy

    def s_client(self, port, *arguments, data=b"", name="a.test"):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", name, "-CAfile",
             self.certificates.path("ca.pem"), *arguments], input=data, capture_output=True, timeout=20)
        return done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")

    def serial(self, proxy, name="a.test"):
        with SecureClient(proxy.secure_port, self.context, name) as client:
            return client.serial()

    def say(self, proxy, command, path=None, payload=None):
        text = payload if payload is not None else read(path) if path else None
        return proxy.ask(f"{command} <<\n{text.rstrip()}\n" if text is not None else command)

    def new_pair(self):
        """A renewed certificate for a.test in a file of its own; the one on disk stays."""
        return self.certificates.make("renewed", "a.test")
