"""JSON Web Tokens and JSON in requests, beside Debian's haproxy; keys and signatures are made by openssl."""
import base64
import os
import subprocess
import tempfile

from support.differential import Differential
from support.peers import Client

HEADER = '{"alg":"%s","typ":"JWT"}'
PAYLOAD = '{"sub":"u1","admin":true,"roles":["a","b"],"iat":1516239022}'


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def numbers(der, size):
    """The two numbers of a signature in DER, one behind the other."""
    at = 2 + (der[1] & 0x7f if der[1] & 0x80 else 0)
    pieces = b""
    for _ in range(2):
        length = der[at + 1]
        pieces += der[at + 2:at + 2 + length].lstrip(b"\0").rjust(size, b"\0")
        at += 2 + length
    return pieces


class Tokens(Differential):
    carries_traffic = True

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments, data=None):
        return subprocess.run(
            ["openssl", *arguments], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=20).stdout

    def key(self, name, *options):
        self.openssl("genpkey", *options, "-out", self.file(name))
        self.openssl("pkey", "-in", self.file(name), "-pubout", "-out", self.file(name + ".pub"))

    def token(self, algorithm, key, *options, size=0):
        message = f"{encoded((HEADER % algorithm).encode())}.{encoded(PAYLOAD.encode())}"
        signed = self.openssl(
            "dgst", f"-sha{algorithm[2:]}", "-sign", self.file(key), *options, data=message.encode())
        return f"{message}.{encoded(numbers(signed, size) if size else signed)}"

    def test_signatures(self):
        """RSA and curves, with the key that signed, another one, and one of another kind; and tokens that were changed."""
        self.key("rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        self.key("other", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        tokens = [self.token(f"RS{bits}", "rsa") for bits in (256, 384, 512)]
        for bits, curve, size in ((256, "P-256", 32), (384, "P-384", 48), (512, "P-521", 66)):
            self.key(f"es{bits}", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")
            tokens.append(self.token(f"ES{bits}", f"es{bits}", size=size))
        good = tokens[0]
        tokens += [good[:-2] + "AA", good.replace(".", ".A", 1), good + ".x", good.rsplit(".", 1)[0], good.rsplit(".", 1)[0] + ".", "", "x"]
        rules = "".join(
            f"    http-request set-header x-{algorithm}-{key} \"%[http_auth_bearer,jwt_verify({algorithm},{self.file(key)}.pub)]\"\n"
            for algorithm, keys in (
                ("RS256", ("rsa", "other", "es256")), ("RS384", ("rsa",)), ("RS512", ("rsa",)), ("ES256", ("es256", "rsa")),
                ("ES384", ("es384",)), ("ES512", ("es512",)))
            for key in keys)
        ports = self.both(f"""
frontend fe
    mode http
    bind @
{rules}
    http-request set-var(txn.alg) http_auth_bearer,jwt_header_query('$.alg')
    http-request set-header x-any "%[http_auth_bearer,jwt_verify(txn.alg,{self.file('rsa')}.pub)]"
    http-request set-header x-sub "%[http_auth_bearer,jwt_payload_query('\\$.sub')]"
    http-request set-header x-iat "%[http_auth_bearer,jwt_payload_query('\\$.iat','int')]"
    http-request deny deny_status 401 unless {{ http_auth_bearer,jwt_payload_query('$.admin') -m bool }}
    http-request return status 200 content-type text/plain lf-string "%[req.hdrs]"
""")
        for token in tokens:
            with self.subTest(token):
                answers = []
                for port in ports:
                    with Client(port) as client:
                        answer = client.request("/", fields=[f"Authorization: Bearer {token}"])
                        lines = [line for line in answer.text.split("\r\n") if line.lower().startswith("x-")]
                        answers.append((answer.status, sorted(line.lower() for line in lines)))
                self.assertEqual(*answers)

    def test_salted_signatures_and_certificates(self):
        """What HAProxy has since 3.0: RSA-PSS, and keys in certificates."""
        self.key("rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        self.openssl("req", "-x509", "-new", "-key", self.file("rsa"), "-subj", "/CN=a", "-days", "1", "-out", self.file("cert"))
        proxy = self.proxy(self.origin(), frontend="".join(
            f"http-request return status 200 content-type text/plain lf-string \"%[http_auth_bearer,jwt_verify(PS{bits},{self.file('cert')})]\" "
            f"if {{ path /{bits} }}\n    " for bits in (256, 384, 512)))
        for bits in (256, 384, 512):
            token = self.token(
                f"PS{bits}", "rsa", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1")
            with Client(proxy.port) as client:
                for wanted, text in (("1", token), ("0", self.token(f"RS{bits}", "rsa"))):
                    self.assertEqual(client.request(f"/{bits}", fields=[f"Authorization: Bearer {text}"]).text, wanted)
