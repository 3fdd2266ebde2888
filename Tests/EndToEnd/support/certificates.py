"""Certificates for scenarios, made by openssl."""
import os
import shutil
import subprocess
import tempfile

RSA = ["rsa:2048"]
ECDSA = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]


def openssl(*arguments, directory=None):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=directory, timeout=60)


class Certificates:
    """An authority and what it signs; every file is `NAME.pem` with key and certificate."""

    def __init__(self, scenario):
        self.directory = tempfile.mkdtemp(prefix="dy-tls-", dir="/tmp")
        os.chmod(self.directory, 0o755)
        scenario.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        openssl("req", "-x509", "-newkey", *ECDSA, "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
                "-days", "9", "-subj", "/CN=authority", directory=self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def make(self, name, *hosts, key=ECDSA, days=9):
        """Signs a certificate for some host names; returns the path of the file."""
        openssl("req", "-newkey", *key, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/CN={(hosts or [name])[0]}", directory=self.directory)
        with open(self.path(f"{name}.ext"), "w") as file:
            file.write("subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts or [name]))
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", str(days), "-extfile", f"{name}.ext", "-out", f"{name}.crt", directory=self.directory)
        with open(self.path(f"{name}.pem"), "w") as file:
            for part in (f"{name}.key", f"{name}.crt"):
                with open(self.path(part)) as source:
                    file.write(source.read())
        return self.path(f"{name}.pem")

    def ocsp(self, name):
        """What the authority says of a certificate; returns the path of the response, DER."""
        serial = subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", f"{name}.crt"], check=True,
                                capture_output=True, cwd=self.directory).stdout.decode().split("=")[1].strip()
        with open(self.path("index"), "w") as file:
            file.write(f"V\t491231235959Z\t\t{serial}\tunknown\t/CN={name}\n")
        openssl("ocsp", "-issuer", "ca.pem", "-cert", f"{name}.crt", "-reqout", f"{name}.request", directory=self.directory)
        openssl("ocsp", "-index", "index", "-rsigner", "ca.pem", "-rkey", "ca.key", "-CA", "ca.pem", "-reqin",
                f"{name}.request", "-respout", f"{name}.response", "-ndays", "5", directory=self.directory)
        return self.path(f"{name}.response")
