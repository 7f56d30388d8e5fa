"""A station whose OCSP answer is wrong: `openssl s_server` with our station's key, since our station never sends one."""

import subprocess
import sys
import time

from .bench import STATION_IF

PORT = 61851
#: Answers each discovery request with the address and port given, and TLS.
DISCOVERY = """
import socket, struct, sys
plug = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
plug.bind(("::", 15118))
scope = socket.if_nametoindex(sys.argv[1])
plug.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, "ff02::1") + struct.pack("@I", scope))
print("ready", flush=True)
answer = struct.pack("!BBHI", 1, 0xFE, 0x9001, 20) + socket.inet_pton(socket.AF_INET6, sys.argv[2]) + struct.pack("!HBB", int(sys.argv[3]), 0, 0)
while True:
    request, source = plug.recvfrom(100)
    plug.sendto(answer, source)
"""


class Answers:
    """OCSP answers that OpenSSL makes with the signers of a PKI."""

    def __init__(self, bench):
        self.certs, self.keys = bench.pki / "iso2/certs", bench.pki / "iso2/private"
        self.folder = bench.work / "answers"
        self.folder.mkdir(exist_ok=True)

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, timeout=20)
        if done.returncode != 0:
            raise OSError(f"openssl {words[0]}: {done.stderr}")
        return done.stdout

    def serial(self, name):
        return self._openssl("x509", "-in", self.certs / f"{name}.crt", "-noout", "-serial").strip().split("=")[1]

    def make(self, name, line, subject="secc", issuer="cpo_sub2", signer="cpo_sub2"):
        """`line` is the start of the line of the CA's index; empty leaves the certificate out."""
        index, request, answer = (self.folder / f"{name}.{end}" for end in ("index", "req", "der"))
        index.write_text(f"{line}\t{self.serial(subject)}\tunknown\t/CN=any\n" if line else "")
        chain = ["-issuer", self.certs / f"{issuer}.crt", "-cert", self.certs / f"{subject}.crt"]
        self._openssl("ocsp", "-sha256", *chain, "-no_nonce", "-reqout", request)
        self._openssl(
            "ocsp", "-index", index, "-rsigner", self.certs / f"ocsp_{signer}.crt", "-rkey",
            self.keys / f"ocsp_{signer}.key", "-CA", self.certs / f"{issuer}.crt", "-reqin", request, "-respout", answer,
            "-ndays", "1", "-noverify")
        return answer


def visit(bench, answer):
    """A car at the station of OpenSSL that staples this answer."""
    chain = bench.work / "secc-chain.pem"
    chain.write_text("".join((bench.pki / f"iso2/certs/{name}.crt").read_text() for name in ("cpo_sub2", "cpo_sub1")))
    inside = ["ip", "netns", "exec", bench.cable.station]
    server = subprocess.Popen(
        [*inside, "openssl", "s_server", "-accept", f"[::]:{PORT}", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256",
         "-cert", str(bench.pki / "iso2/certs/secc.crt"), "-key", str(bench.pki / "iso2/private/secc.key"),
         "-cert_chain", str(chain), "-quiet", *(["-status_file", str(answer)] if answer else [])],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    guide = subprocess.Popen(
        [*inside, sys.executable, "-c", DISCOVERY, STATION_IF, bench.cable.address, str(PORT)], stdout=subprocess.PIPE)
    try:
        guide.stdout.readline()
        for _ in range(100):
            listening = subprocess.run([*inside, "ss", "-Htln6"], capture_output=True, text=True).stdout
            if f":{PORT}" in listening:
                break
            time.sleep(0.02)
        return bench.drive("--energy", "dc", "--protocol", "iso2", "--auth", "pnc")
    finally:
        for process in (server, guide):
            process.kill()
            process.wait()
        guide.stdout.close()


def run(bench):
    answers = Answers(bench)
    valid, revoked = "V\t400101000000Z\t", "R\t400101000000Z\t251101000000Z,keyCompromise"
    drive = visit(bench, answers.make("good", valid))
    bench.report.check(
        "a good answer: the chain is accepted (the control)",
        [each["verdict"] for each in drive.last.get("certificates", [])] == ["accepted"] * 3
        and "VERIFY_FAILED" not in drive.err, drive.text)
    # The last digit of producedAt: the signature no longer fits.
    octets = bytearray((answers.folder / "good.der").read_bytes())
    octets[octets.index(b"Z") - 1] ^= 1
    altered = answers.folder / "altered.der"
    altered.write_bytes(octets)
    for name, answer, rule in (
        ("the certificate is revoked", answers.make("revoked", revoked), "V2G.STATUS.REVOKED"),
        ("no answer", None, "V2G.STATUS."),
        ("the certificate is unknown", answers.make("unknown", ""), "V2G.STATUS."),
        ("an answer about another certificate", answers.make("other", valid, "cpo_sub2", "cpo_sub1", "cpo_sub1"), "V2G.STATUS."),
        ("an answer of a signer of another CA", answers.make("signer", valid, signer="mo_sub2"), "V2G.OCSP.SIGNER"),
        ("an answer that was altered", altered, "V2G.OCSP.SIGNATURE"),
    ):
        drive = visit(bench, answer)
        wanted = ("SSL_R_CERTIFICATE_VERIFY_FAILED", "role SECC certificate", rule)
        bench.report.check(
            f"{name}: the car ends with 1 and names role and rule",
            drive.code == 1 and drive.last.get("outcome") == "refused" and all(text in drive.err for text in wanted),
            drive.text)
        chain = drive.last.get("certificates", [])
        bench.report.check(
            f"{name}: the car's record holds the verdict", any(each["verdict"] != "accepted" for each in chain), chain)
