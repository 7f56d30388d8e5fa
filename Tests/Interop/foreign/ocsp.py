"""An OCSP client from OpenSSL, and one that speaks raw HTTP, against `v2g pki serve`."""

import base64
import http.client
import os
import socket
import subprocess
import time
import urllib.parse

from .report import run

MALFORMED_REQUEST = bytes.fromhex("30030a0101")
UNAUTHORIZED = bytes.fromhex("30030a0106")


class Responder:
    """`v2g pki serve` on a free loopback port, for as long as the `with` block lasts."""

    def __init__(self, v2g, pki, *options, environment=None):
        self.environment = {**os.environ, **(environment or {})}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.command = [str(v2g), "pki", "serve", "--dir", str(pki.folder), "--listen", f"127.0.0.1:{self.port}",
                        *options]
        self.log_path = pki.work / "serve.log"

    def __enter__(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def is_ready(self):
        for _ in range(150):
            if self.process.poll() is not None:
                return False
            try:
                if self.get("/health")[0] == 200:
                    return True
            except OSError:
                pass
            time.sleep(0.1)
        return False

    def log(self):
        return self.log_path.read_text(errors="replace")[-2000:]

    def request(self, method, path, body=None, content_type=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": content_type} if content_type else {})
            answer = connection.getresponse()
            return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
        except http.client.HTTPException as error:
            raise OSError(f"no HTTP answer: {error!r}") from error
        finally:
            connection.close()

    def get(self, path):
        return self.request("GET", path)

    def post(self, body):
        return self.request("POST", "/ocsp", body, "application/ocsp-request")


class Question:
    """One certificate under one issuer, asked by `openssl ocsp`."""

    def __init__(self, pki, chain, serial=None):
        self.pki = pki
        self.issuer = pki.pem_file("ocsp-issuer.pem", [chain[1]])
        self.root = pki.pem_file("ocsp-root.pem", [chain[-1]])
        self.between = pki.pem_file("ocsp-between.pem", chain[1:])
        if serial is None:
            self.subject = ["-cert", pki.pem_file("ocsp-leaf.pem", chain[:1])]
        else:
            self.subject = ["-serial", serial]

    def ask(self, digest, nonce, *more):
        nonce_option = "-nonce" if nonce else "-no_nonce"
        return run("openssl", "ocsp", f"-{digest}", "-issuer", self.issuer, *self.subject, nonce_option, "-CAfile",
                   self.root, "-verify_other", self.between, *more)

    def by_post(self, responder, digest, nonce, answer="answer.der"):
        return self.ask(digest, nonce, "-url", f"http://127.0.0.1:{responder.port}/ocsp", "-resp_text", "-respout",
                        self.pki.work / answer)

    def request_bytes(self, digest, nonce):
        path = self.pki.work / "request.der"
        made = run("openssl", "ocsp", f"-{digest}", "-issuer", self.issuer, *self.subject,
                   "-nonce" if nonce else "-no_nonce", "-reqout", path)
        return path.read_bytes() if made.code == 0 else b""

    def judge(self, response, digest):
        """What OpenSSL says of an answer that came another way."""
        return self.ask(digest, False, "-respin", self.pki.file("response.der", response))


def says(result, status):
    lines = [line for line in result.text.splitlines() if line.endswith(f": {status}")]
    return result.code == 0 and "Response verify OK" in result.text and bool(lines)


def check_status(question, responder, report, what, status):
    """POST and GET, both CertID digests, with and without a nonce."""
    for digest in ("sha1", "sha256"):
        for nonce in (False, True):
            how = f"POST, {digest}, {'nonce' if nonce else 'no nonce'}"
            answer = question.by_post(responder, digest, nonce)
            good = says(answer, status) and not (nonce and "no nonce in response" in answer.text)
            report.check(f"{what}: openssl ocsp says {status} ({how})", good, answer.text)
        path = "/ocsp/" + urllib.parse.quote(base64.b64encode(question.request_bytes(digest, False)), safe="")
        try:
            code, headers, body = responder.get(path)
        except OSError as error:
            report.check(f"{what}: openssl ocsp says {status} (GET, {digest})", False, error)
            continue
        judged = question.judge(body, digest)
        report.check(f"{what}: openssl ocsp says {status} (GET, {digest})", code == 200 and says(judged, status),
                     f"HTTP {code}\n{judged.text}")
        if status == "good":
            wanted = {"cache-control", "expires", "last-modified", "etag"}
            good = wanted <= headers.keys() and headers.get("content-type") == "application/ocsp-response"
            report.check(f"{what}: GET answer has the cache headers of RFC 5019 ({digest})", good, headers)


def check_errors(pki, responder, report, foreign_question):
    def answer(body):
        try:
            return responder.post(body)[2]
        except OSError as error:
            return repr(error).encode()

    for name, body in (("empty", b""), ("junk", os.urandom(200)), ("half a sequence", bytes.fromhex("308201ff0201"))):
        got = answer(body)
        report.check(f"{pki.label}: OCSP request {name} is answered malformedRequest", got == MALFORMED_REQUEST, got[:40])
    got = answer(foreign_question)
    report.check(f"{pki.label}: OCSP for a CA that is not ours is answered unauthorized", got == UNAUTHORIZED, got[:40])


def check_rude_clients(pki, responder, report, question):
    """Clients that close, stay silent or send half a request cost their own connection only."""
    address = ("127.0.0.1", responder.port)
    for _ in range(50):
        socket.create_connection(address, timeout=5).close()
    held = [socket.create_connection(address, timeout=5) for _ in range(20)]
    for index, connection in enumerate(held):
        if index % 2:
            connection.sendall(b"POST /ocsp HTTP/1.1\r\nContent-Length: 4000000000\r\n" + b"X: y\r\n" * index)
    started = time.monotonic()
    answer = question.by_post(responder, "sha256", False)
    took = time.monotonic() - started
    report.check(f"{pki.label}: answers while 20 connections are held and after 50 closed without sending",
                 says(answer, "good") and took < 2, f"{took:.1f} s\n{answer.text}")
    for connection in held:
        connection.close()
    report.check(f"{pki.label}: still answers after they are gone",
                 says(question.by_post(responder, "sha1", True), "good"), responder.log())
