"""Finds every certificate of a PKI directory, and the chain of each one up to its root."""

import base64
import pathlib
import re
import ssl

from .report import run

PEM_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\s*", re.S)


class Certificate:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        data = path.read_bytes()
        found = PEM_CERTIFICATE.search(data)
        self.der = ssl.PEM_cert_to_DER_cert(found.group().decode("ascii")) if found else data
        self.count = len(PEM_CERTIFICATE.findall(data)) if found else 1
        self.pem = ssl.DER_cert_to_PEM_cert(self.der)
        shown = run("openssl", "x509", "-noout", "-subject_hash", "-issuer_hash", "-serial", "-ext",
                    "basicConstraints,authorityInfoAccess,crlDistributionPoints", data=self.pem.encode())
        lines = shown.text.splitlines()
        if shown.code != 0 or len(lines) < 3:
            raise ValueError(f"{path}: OpenSSL cannot read it: {shown.text}")
        self.subject_hash, self.issuer_hash = lines[0], lines[1]
        self.serial = lines[2].split("=", 1)[1]
        self.extensions = shown.text
        self.is_ca = "CA:TRUE" in shown.text

    @property
    def is_self_issued(self):
        return self.subject_hash == self.issuer_hash


class PKI:
    """The certificates below `certs/` and `newcerts/`, each one once, with their chains."""

    def __init__(self, folder, label):
        self.folder = pathlib.Path(folder)
        self.label = label
        by_der = {}
        for place in ("certs", "newcerts"):
            for path in sorted((self.folder / place).glob("*")):
                if path.is_file():
                    certificate = Certificate(path)
                    by_der.setdefault(certificate.der, certificate)
        self.certificates = list(by_der.values())
        self.work = self.folder.parent / f"{self.folder.name}-foreign"
        self.work.mkdir(exist_ok=True)

    def named(self, name):
        for certificate in self.certificates:
            if certificate.name == name and certificate.path.parent.name == "certs":
                return certificate
        return None

    def file(self, name, content):
        path = self.work / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def issuer(self, certificate):
        """Names may meet twice (a root and its successor), so the signature decides."""
        for candidate in self.certificates:
            if candidate.subject_hash != certificate.issuer_hash or not candidate.is_ca:
                continue
            anchor = self.file("candidate.pem", candidate.pem)
            subject = self.file("subject.pem", certificate.pem)
            if run("openssl", "verify", "-partial_chain", "-check_ss_sig", "-trusted", anchor, subject).code == 0:
                return candidate
        return None

    def chain(self, certificate):
        """The certificate first, the root last; `None` where an issuer is missing."""
        chain = [certificate]
        while not chain[-1].is_self_issued:
            issuer = self.issuer(chain[-1])
            if issuer is None or issuer in chain:
                return None
            chain.append(issuer)
        return chain

    def pem_file(self, name, certificates):
        return self.file(name, "".join(certificate.pem for certificate in certificates))


def tampered(der):
    """The same structure with one bit of its signature turned.

    Not the last byte: that of an Ed448 signature is always zero, and GnuTLS 3.7 does not look at it.
    """
    return der[:-20] + bytes([der[-20] ^ 1]) + der[-19:]


def to_pem(der, label):
    body = base64.encodebytes(der).decode("ascii").replace("\n", "")
    lines = "\n".join(body[index:index + 64] for index in range(0, len(body), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def from_pem(pem):
    """The bytes of the first PEM block, or the input itself where it is DER already."""
    text = pem.decode("ascii", "replace") if isinstance(pem, bytes) else pem
    found = re.search(r"-----BEGIN [A-Z0-9 ]+-----(.*?)-----END", text, re.S)
    return base64.b64decode(found.group(1)) if found else pem
