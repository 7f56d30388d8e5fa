"""Revoking, as others see it: OCSP, CRLs and published certificates over HTTP, checked by other people's tools."""

import time

from . import ocsp
from .chains import openssl_verify
from .linters import answer_findings
from .pki import from_pem, tampered, to_pem
from .report import run

SECONDS_TO_BE_SEEN = 5


def check_revocation(v2g, pki, linter, report):
    chain = pki.chain(pki.named("secc")) if pki.named("secc") else None
    if not report.check(f"{pki.label}: there is a station chain to revoke", chain is not None and len(chain) > 2):
        return
    with ocsp.Responder(v2g, pki) as responder:
        if not report.check(f"{pki.label}: v2g pki serve comes up", responder.is_ready(), responder.log()):
            return
        question = ocsp.Question(pki, chain)
        ocsp.check_status(question, responder, report, f"{pki.label} secc", "good")
        keep_answer(pki, question, responder, "good.der")
        for name in ("contract", "cpo_sub2"):
            other = pki.named(name) and pki.chain(pki.named(name))
            if other:
                one = ocsp.Question(pki, other).by_post(responder, "sha1", False)
                report.check(f"{pki.label} {name}: openssl ocsp says good", ocsp.says(one, "good"), one.text)
        unknown = ocsp.Question(pki, chain, serial="0x0123456789abcdef0123456789abcdef")
        ocsp.check_status(unknown, responder, report, f"{pki.label} a serial never issued", "unknown")
        ocsp.check_errors(pki, responder, report, foreign_request(pki))
        question = ocsp.Question(pki, chain)
        ocsp.check_rude_clients(pki, responder, report, question)
        check_answer_negatives(pki, question, responder, report)

        revoke(v2g, pki, chain[0], report)
        wait_until_revoked(pki, question, responder, report)
        ocsp.check_status(question, responder, report, f"{pki.label} secc, revoked", "revoked")
        keep_answer(pki, question, responder, "revoked.der")
        check_crls(v2g, pki, responder, chain, linter, report)
        check_published(pki, responder, report)
    answers = [(f"OCSP answer {name}", "ocsp", [str(pki.work / name)]) for name in ("good.der", "revoked.der")]
    if linter.is_installed:
        answer_findings(pki, linter, report, [job for job in answers if (pki.work / job[2][0]).exists()])
    check_verifier(v2g, pki, chain, report)


def keep_answer(pki, question, responder, name):
    question.by_post(responder, "sha256", False, answer=name)


def foreign_request(pki):
    """An OCSP request about a CA that has nothing to do with this PKI."""
    root = pki.work / "stranger.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
        pki.work / "stranger.key", "-out", root, "-subj", "/CN=Stranger")
    path = pki.work / "stranger.der"
    run("openssl", "ocsp", "-issuer", root, "-serial", "1", "-no_nonce", "-reqout", path)
    return path.read_bytes()


def check_answer_negatives(pki, question, responder, report):
    question.by_post(responder, "sha256", False, answer="changed.der")
    path = pki.work / "changed.der"
    if not path.exists():
        report.check(f"{pki.label}: an answer to change for the negative control", False)
        return
    answer = bytearray(path.read_bytes())
    answer[len(answer) // 4] ^= 1
    judged = question.judge(bytes(answer), "sha256")
    report.check(f"{pki.label}: OpenSSL refuses a changed OCSP answer (negative control)",
                 not ocsp.says(judged, "good"), judged.text)


def revoke(v2g, pki, certificate, report):
    done = run(v2g, "pki", "revoke", "--dir", pki.folder, "--cert", certificate.path, "--reason", "keyCompromise")
    report.accepted(f"{pki.label} {certificate.name}: v2g pki revoke", done)


def wait_until_revoked(pki, question, responder, report):
    started = time.monotonic()
    while True:
        answer = question.by_post(responder, "sha1", False)
        took = time.monotonic() - started
        if ocsp.says(answer, "revoked") or took > SECONDS_TO_BE_SEEN:
            break
        time.sleep(0.1)
    report.check(f"{pki.label} secc: seen as revoked in under {SECONDS_TO_BE_SEEN} s",
                 ocsp.says(answer, "revoked"), f"after {took:.1f} s\n{answer.text}")
    report.check(f"{pki.label} secc: the reason is told", "keyCompromise" in answer.text, answer.text)


def served(responder, name, wanted):
    """A CRL over HTTP; the server looks at its files once a second."""
    started = time.monotonic()
    while True:
        try:
            code, _, body = responder.get(f"/crl/{name}.crl")
        except OSError as error:
            code, body = 0, repr(error).encode()
        if body == wanted or time.monotonic() - started > SECONDS_TO_BE_SEEN:
            return code, body
        time.sleep(0.1)


def check_crls(v2g, pki, responder, chain, linter, report):
    report.accepted(f"{pki.label}: v2g pki crl", run(v2g, "pki", "crl", "--dir", pki.folder))
    jobs, by_name = [], {}
    for path in sorted((pki.folder / "crl").glob("*.crl")):
        name, issuer, what = path.stem, pki.named(path.stem), f"{pki.label} crl/{path.name}"
        if not report.check(f"{what}: is named after its CA", issuer is not None, "no certs file of that name"):
            continue
        code, body = served(responder, name, path.read_bytes())
        if not report.check(f"{what}: is served over HTTP as it is on disk in under {SECONDS_TO_BE_SEEN} s",
                            code == 200 and body == path.read_bytes(), (code, body[:60])):
            continue
        crl = pki.file(f"{name}.crl.pem", to_pem(from_pem(body) if body.startswith(b"-") else body, "X509 CRL"))
        by_name[name] = crl
        anchor = pki.pem_file("crl-issuer.pem", [issuer])
        shown = run("openssl", "crl", "-in", crl, "-noout", "-text", "-verify", "-CAfile", anchor, "-no-CApath")
        report.check(f"{what}: openssl crl -verify", shown.code == 0 and "verify OK" in shown.text, shown.text)
        report.check(f"{what}: has a number and an issuing distribution point",
                     "X509v3 CRL Number" in shown.text and "Issuing Distribution Point" in shown.text, shown.text)
        report.accepted(f"{what}: certtool --verify-crl",
                        run("certtool", "--verify-crl", "--load-ca-certificate", anchor, "--infile", crl))
        jobs.append((f"crl/{path.name}", "crl", [str(crl)]))
    report.check(f"{pki.label}: there are CRLs", bool(by_name), f"none in {pki.folder / 'crl'}")
    if linter.is_installed:
        answer_findings(pki, linter, report, jobs)
    check_crl_refusals(pki, chain, by_name, report)


def check_crl_refusals(pki, chain, by_name, report):
    crl = by_name.get(chain[1].name)
    if not report.check(f"{pki.label}: there is a CRL of {chain[1].name}", crl is not None):
        return
    bad = pki.file("bad.crl", to_pem(tampered(from_pem(crl.read_text())), "X509 CRL"))
    anchor = pki.pem_file("crl-issuer.pem", [chain[1]])
    shown = run("openssl", "crl", "-in", bad, "-noout", "-verify", "-CAfile", anchor, "-no-CApath")
    report.check(f"{pki.label}: openssl crl refuses a changed CRL (negative control)", "verify OK" not in shown.text,
                 shown.text)
    report.refused(f"{pki.label}: certtool refuses a changed CRL",
                   run("certtool", "--verify-crl", "--load-ca-certificate", anchor, "--infile", bad))
    revoked = openssl_verify(pki, chain, "-crl_check", "-CRLfile", crl)
    report.check(f"{pki.label} secc: openssl verify -crl_check says revoked",
                 revoked.code != 0 and "certificate revoked" in revoked.text, revoked.text)
    for sibling in pki.certificates:
        # OCSP signers are not to be checked (RFC 6960 4.2.2.2.1) and name no CRL.
        if sibling is chain[0] or sibling.is_ca or "CRL Distribution" not in sibling.extensions:
            continue
        if pki.issuer(sibling) is chain[1]:
            report.accepted(f"{pki.label} {sibling.name}: openssl verify -crl_check, not revoked",
                            openssl_verify(pki, [sibling, *chain[1:]], "-crl_check", "-CRLfile", crl))


def check_published(pki, responder, report):
    for name in ("v2g_root", "cpo_sub1", "cpo_sub2"):
        certificate = pki.named(name)
        try:
            code, _, body = responder.get(f"/certs/{name}.cer")
        except OSError as error:
            code, body = 0, repr(error).encode()
        report.check(f"{pki.label} {name}: /certs/{name}.cer is the certificate",
                     code == 200 and certificate is not None and from_pem(body) == certificate.der, (code, body[:40]))
    for path, wanted in (("/health", 200), ("/metrics", 200), ("/certs/../private/v2g_root.key", 404),
                         ("/crl/%2e%2e%2fpki.sqlite", 404), ("/no-such-page", 404)):
        try:
            code = responder.get(path)[0]
        except OSError as error:
            code = repr(error)
        good = code == wanted or (wanted == 404 and code in (400, 403))
        report.check(f"{pki.label}: GET {path} is answered {wanted}", good, code)


def check_verifier(v2g, pki, chain, report):
    """`v2g verify` with the evidence that OpenSSL has just judged."""
    anchors = pki.pem_file("verify-anchors.pem", [chain[-1]])
    shown = pki.pem_file("verify-chain.pem", chain[:-1])

    def verify(*evidence):
        return run(v2g, "verify", "--profile", pki.edition, "--role", "secc", "--anchors", anchors, "--chain", shown,
                   *evidence)

    good, revoked = pki.work / "good.der", pki.work / "revoked.der"
    report.accepted(f"{pki.label} secc: v2g verify with the good answer", verify("--ocsp", good))
    for name, result in (
        ("with the revoked answer", verify("--ocsp", revoked)),
        ("with --require-ocsp and no answer", verify("--require-ocsp")),
        ("with its CRL", verify("--crl", pki.work / f"{chain[1].name}.crl.pem")),
    ):
        report.check(f"{pki.label} secc: v2g verify refuses it {name}", result.code == 1,
                     f"exit {result.code}\n{result.text}")
