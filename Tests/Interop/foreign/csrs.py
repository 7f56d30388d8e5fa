"""CSRs: ours read by other people's tools, theirs issued by us, and what must be refused."""

import itertools

from .chains import openssl_verify
from .pki import PEM_CERTIFICATE, Certificate, from_pem, tampered, to_pem
from .report import run

OPENSSL_KEYS = {
    "p256": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "p384": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
    "p521": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"),
    "ed448": ("-algorithm", "ED448"),
    "rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
}
CERTTOOL_KEYS = {
    "p256": ("--key-type", "ecdsa", "--curve", "secp256r1"),
    "p521": ("--key-type", "ecdsa", "--curve", "secp521r1"),
    "ed448": ("--key-type", "ed448"),
}
STRONGSWAN_KEYS = {
    "p256": ("--type", "ecdsa", "--size", "256"),
    "p521": ("--type", "ecdsa", "--size", "521"),
    "ed448": ("--type", "ed448"),
}
# One name for each role: EVSEID, eMAID with a right check digit, PCID, a plain name, EVCCID.
NAMES = {
    "secc": "DE*ABC*E123456", "contract": "DE83DUIEN83QGZD", "oem": "WMIV1234567890ABCD", "cps": "CPS Signer 1",
    "vehicle": "WMIV1234567890ABCDEX",
}
numbers = itertools.count(1)


def new_path(pki, suffix):
    return pki.work / f"csr-{next(numbers)}.{suffix}"


def openssl_csr(pki, algorithm, name, *more):
    key, csr = new_path(pki, "key"), new_path(pki, "csr")
    run("openssl", "genpkey", *OPENSSL_KEYS[algorithm], "-out", key)
    return csr, run("openssl", "req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", csr, *more)


def certtool_csr(pki, algorithm, name):
    key, csr = new_path(pki, "key"), new_path(pki, "csr")
    template = pki.file("certtool.template", f'cn = "{name}"\n')
    made = run("certtool", "--generate-privkey", *CERTTOOL_KEYS[algorithm], "--outfile", key)
    if made.code != 0:
        return csr, made
    return csr, run("certtool", "--generate-request", "--load-privkey", key, "--template", template, "--outfile", csr)


def strongswan_csr(pki, algorithm, name):
    key = new_path(pki, "key")
    made = run("pki", "--gen", *STRONGSWAN_KEYS[algorithm], "--outform", "pem")
    key.write_bytes(made.output[made.output.find(b"-----BEGIN"):])
    csr = run("pki", "--req", "--in", key, "--type", "priv", "--dn", f"CN={name}", "--outform", "pem")
    path = pki.file(new_path(pki, "csr").name, csr.output[max(csr.output.find(b"-----BEGIN"), 0):])
    return path, csr


def issue(v2g, pki, role, csr, *more):
    out = new_path(pki, "pem")
    return out, run(v2g, "pki", "issue", "--dir", pki.folder, "--role", role, "--edition", pki.edition, "--csr", csr,
                    "--out", out, *more)


def check_our_csrs(v2g, pki, report):
    for algorithm in pki.algorithms:
        csr = new_path(pki, "csr")
        what = f"{pki.label} our {algorithm} CSR"
        made = run(v2g, "pki", "csr", "--role", "secc", "--subject", NAMES["secc"], "--new-key",
                   f"file:{new_path(pki, 'key')}", "--algorithm", algorithm, "--out", csr)
        if not report.accepted(f"{what}: v2g pki csr", made):
            continue
        shown = run("openssl", "req", "-in", csr, "-verify", "-noout")
        report.check(f"{what}: openssl req -verify", shown.code == 0 and "verify OK" in shown.text, shown.text)
        shown = run("certtool", "--crq-info", "--infile", csr)
        report.check(f"{what}: certtool --crq-info", shown.code == 0 and "Self signature: verified" in shown.text,
                     shown.text)
        bad = pki.file("bad.csr", to_pem(tampered(from_pem(csr.read_bytes())), "CERTIFICATE REQUEST"))
        shown = run("openssl", "req", "-in", bad, "-verify", "-noout")
        report.check(f"{what}: openssl req -verify refuses it changed (negative control)",
                     "verify OK" not in shown.text, shown.text)


def check_their_csrs(v2g, pki, report):
    """Each role with a key made by OpenSSL, and a station with keys of every maker and algorithm."""
    algorithm = pki.algorithms[0]
    for role, name in NAMES.items():
        if role != "vehicle" or pki.edition == "iso20":
            check_issued(v2g, pki, report, role, f"OpenSSL {algorithm}", *openssl_csr(pki, algorithm, name))
    for algorithm in pki.algorithms:
        for maker, make in (("OpenSSL", openssl_csr), ("certtool", certtool_csr), ("strongSwan", strongswan_csr)):
            check_issued(v2g, pki, report, "secc", f"{maker} {algorithm}", *make(pki, algorithm, NAMES["secc"]))
    check_greedy_csr(v2g, pki, report)


def check_issued(v2g, pki, report, role, maker, csr, made):
    what = f"{pki.label} {role} from a CSR of {maker}"
    if made.code != 0 or not csr.exists() or b"BEGIN" not in csr.read_bytes():
        report.skip(what, f"the tool cannot make one: {made.text.strip().splitlines()[-1:]}")
        return None
    out, done = issue(v2g, pki, role, csr)
    if not report.accepted(f"{what}: v2g pki issue", done):
        return None
    blocks = [block.decode("ascii") for block in PEM_CERTIFICATE.findall(out.read_bytes())]
    report.check(f"{what}: the answer is leaf, sub 2, sub 1", len(blocks) == 3, f"{len(blocks)} certificates")
    answer = [Certificate(pki.file(f"answer-{index}.pem", block)) for index, block in enumerate(blocks)]
    root = next((each for each in pki.certificates if answer and each.is_self_issued
                 and each.subject_hash == answer[-1].issuer_hash), None)
    if not report.check(f"{what}: its root is known", root is not None):
        return None
    report.accepted(f"{what}: openssl verify -x509_strict", openssl_verify(pki, [*answer, root]))
    leaf = pki.pem_file("issued-leaf.pem", answer[:1])
    report.accepted(f"{what}: v2g lint", run(v2g, "lint", "--role", role, "--profile", pki.edition, leaf))
    report.accepted(f"{what}: v2g verify",
                    run(v2g, "verify", "--profile", pki.edition, "--role", role, "--anchors",
                        pki.pem_file("issued-root.pem", [root]), "--chain", out))
    return answer


def check_greedy_csr(v2g, pki, report):
    """A CSR that asks for more than a name gets the name, and nothing else."""
    csr, made = openssl_csr(pki, pki.algorithms[0], NAMES["secc"], "-addext", "basicConstraints=critical,CA:TRUE",
                            "-addext", "subjectAltName=DNS:evil.example", "-addext", "keyUsage=keyCertSign")
    answer = check_issued(v2g, pki, report, "secc", "OpenSSL that asks to be a CA", csr, made)
    if answer:
        shown = run("openssl", "x509", "-noout", "-text", data=answer[0].pem.encode()).text
        report.check(f"{pki.label}: nothing of it is in the certificate",
                     "CA:TRUE" not in shown and "evil.example" not in shown and "Certificate Sign" not in shown, shown)


def check_refused_csrs(v2g, pki, report):
    def refuse(what, role, csr, wanted=1, *more):
        out, done = issue(v2g, pki, role, csr, *more)
        report.check(f"{pki.label}: a CSR {what} is refused with exit {wanted} and gets nothing",
                     done.code == wanted and not out.exists(), f"exit {done.code}\n{done.text}")

    good, _ = openssl_csr(pki, pki.algorithms[0], NAMES["secc"])
    changed = tampered(from_pem(good.read_bytes()))
    refuse("with a changed signature", "secc", pki.file("changed.csr", to_pem(changed, "CERTIFICATE REQUEST")))
    for algorithm in ("rsa", "p384", "p521" if pki.edition == "iso2" else "p256"):
        refuse(f"with a key of {algorithm}", "secc", openssl_csr(pki, algorithm, NAMES["secc"])[0])
    refuse("that is no CSR", "secc", pki.file("no.csr", b"hello\n"), 2)
    refuse("that is not there", "secc", pki.work / "nowhere.csr", 2)
    refuse("of a contract whose check digit is wrong", "contract",
           openssl_csr(pki, pki.algorithms[0], "DE83DUIEN83QGZE")[0])
    key_twice, _ = openssl_csr(pki, pki.algorithms[0], NAMES["cps"])
    out, first = issue(v2g, pki, "cps", key_twice)
    report.check(f"{pki.label}: a key is used once", first.code == 0 and out.exists(), first.text)
    refuse("of the same key in another role", "secc", key_twice)
    refuse("of the same key under another name", "cps", key_twice, 1, "--subject", "CPS Signer 2")
    _, renewed = issue(v2g, pki, "cps", key_twice)
    report.accepted(f"{pki.label}: the same key, role and name is a renewal", renewed)
