"""A whole PKI whose keys live in a PKCS#11 token (SoftHSM2), run through the command line and judged by OpenSSL."""

import pathlib
import shutil

from . import ocsp
from .chains import openssl_verify
from .pki import PKI
from .report import run
from .revocation import wait_until_revoked

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
           "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so")


def check_tokens(v2g, work, report):
    report.heading("keys in a token")
    module = next((path for path in MODULES if pathlib.Path(path).exists()), None)
    if module is None or not shutil.which("softhsm2-util"):
        report.check("SoftHSM2 is installed", False, "scripts/setup installs it")
        return
    folder = work / "tokens"
    (folder / "store").mkdir(parents=True)
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder / 'store'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    hsm = {"SOFTHSM2_CONF": str(settings), "V2G_PIN": "271828"}
    made = run("softhsm2-util", "--init-token", "--free", "--label", "v2g", "--so-pin", "31415926", "--pin", "271828",
               environment=hsm)
    if not report.accepted("SoftHSM2 makes a token", made):
        return
    token = f"pkcs11:token=v2g?module-path={module}"
    for edition, algorithm in (("iso2", "p256"), ("iso20", "p521")):
        check_edition(v2g, folder, edition, algorithm, token, module, hsm, report)
    for what, options, wanted, text in (
        ("a second PKI on the same token", ("--keys", token), 2, "already"),
        ("a token that is not there", ("--keys", f"pkcs11:token=other?module-path={module}"), 3, "'v2g'"),
        ("a module that is not there", ("--keys", "pkcs11:token=v2g?module-path=/none.so"), 3, "/none.so"),
        ("a PIN in the argument", ("--keys", "pkcs11:token=v2g?pin-value=271828"), 2, "pin-value"),
        ("a reference to one object", ("--keys", "pkcs11:token=v2g;object=root"), 2, "object"),
    ):
        done = run(v2g, "pki", "init", "--dir", folder / "more", *options, environment=hsm)
        report.check(f"token: pki init with {what} is refused with exit {wanted}",
                     done.code == wanted and text in done.text and "271828" not in done.text, f"exit {done.code}\n{done.text}")
    done = run(v2g, "pki", "init", "--dir", folder / "more", environment=hsm)
    report.accepted("token: pki init goes on in the same folder with a better --keys", done)


def check_edition(v2g, folder, edition, algorithm, token, module, hsm, report):
    label, place = f"token {edition}", folder / edition
    made = run(v2g, "pki", "init", "--dir", place, "--edition", edition, "--keys", token, "--samples", environment=hsm)
    if not report.accepted(f"{label}: v2g pki init", made):
        return
    keys = list((place / "private").iterdir())
    report.check(f"{label}: no key is in a file", not keys, keys)
    csr, out = folder / f"{edition}.csr", folder / f"{edition}.pem"
    report.accepted(f"{label}: v2g pki csr with a key in the token", run(
        v2g, "pki", "csr", "--role", "secc", "--subject", "DE*ABC*E2", "--algorithm", algorithm, "--new-key",
        f"pkcs11:token=v2g;object=station-{edition}?module-path={module}", "--out", csr, environment=hsm))
    shown = run("openssl", "req", "-in", csr, "-verify", "-noout")
    report.check(f"{label}: openssl req -verify", shown.code == 0 and "verify OK" in shown.text, shown.text)
    issue = (v2g, "pki", "issue", "--dir", place, "--role", "secc", "--csr", csr, "--out")
    report.accepted(f"{label}: v2g pki issue", run(*issue, out, environment=hsm))
    for what, pin in (("a wrong PIN", "1"), ("no PIN", "")):
        done = run(*issue, folder / "no.pem", environment={**hsm, "V2G_PIN": pin})
        report.check(f"{label}: v2g pki issue with {what} is refused with exit 3",
                     done.code == 3 and not (folder / "no.pem").exists(), f"exit {done.code}\n{done.text}")
    pki = PKI(place, label)
    pki.edition, pki.algorithms = edition, (algorithm,)
    for certificate in pki.certificates:
        chain = pki.chain(certificate)
        good = chain is not None and openssl_verify(pki, chain).code == 0
        report.check(f"{label} {certificate.name}: openssl verify -x509_strict", good)
    chain = pki.chain(pki.named("secc"))
    with ocsp.Responder(v2g, pki, environment=hsm) as responder:
        if not report.check(f"{label}: v2g pki serve comes up", responder.is_ready(), responder.log()):
            return
        question = ocsp.Question(pki, chain)
        ocsp.check_status(question, responder, report, f"{label} secc", "good")
        report.accepted(f"{label}: v2g pki revoke", run(
            v2g, "pki", "revoke", "--dir", place, "--cert", chain[0].path, "--reason", "keyCompromise", environment=hsm))
        wait_until_revoked(pki, question, responder, report)
    crl = run("openssl", "crl", "-in", place / "crl/cpo_sub2.crl", "-inform", "DER", "-noout", "-text")
    report.check(f"{label}: the CRL has it", chain[0].serial in crl.text, crl.text)
    report.accepted(f"{label}: v2g pki crl", run(v2g, "pki", "crl", "--dir", place, environment=hsm))
    report.accepted(f"{label}: v2g pki audit", run(v2g, "pki", "audit", "--dir", place))
