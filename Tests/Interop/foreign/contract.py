"""The command line as a contract: exit codes, streams, times, files that are not what they should be, keys."""

import json
import os
import shutil

from .csrs import openssl_csr
from .pki import PKI, from_pem, to_pem
from .report import run

DONE, REFUSED, USAGE, ENVIRONMENT = 0, 1, 2, 3
STATION = "DE*ABC*E00001"


class Contract:
    """Runs `v2g` and holds the exit code, and that a failure says why, against what was agreed."""

    def __init__(self, v2g, folder, report):
        self.v2g, self.folder, self.report = v2g, folder, report
        folder.mkdir()

    def expect(self, wanted, what, *command, data=b"", holds=None, environment=None, seconds=60):
        done = run(self.v2g, *command, data=data, environment=environment, seconds=seconds)
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        good = done.code in wanted and (done.code == DONE or b"v2g: " in done.output or b"rror: " in done.output)
        if good and holds is not None:
            good = bool(holds(done))
        self.report.check(f"{what}: exit {' or '.join(map(str, wanted))}", good, f"exit {done.code}\n{done.text}")
        return done

    def file(self, name, content, mode=None):
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if mode is not None:
            path.chmod(mode)
        return path


def check_contract(v2g, work, report):
    report.heading("the command line as a contract")
    contract = Contract(v2g, work / "contract", report)
    check_usage(contract)
    folder = check_init(contract)
    if not (folder / "certs/secc.crt").exists():
        report.check("contract: a PKI to go on with", False)
        return
    pki = PKI(folder, "contract")
    pki.edition, pki.algorithms = "iso2", ("p256",)
    check_verify_input(contract, pki)
    check_times(contract, pki)
    check_lint_input(contract, pki)
    check_keys(contract, pki)
    check_issue(contract, pki)
    check_revoke(contract, pki)
    check_serving(contract, pki)
    check_damaged(contract, pki)


def check_usage(contract):
    expect = contract.expect
    expect(DONE, "--help", "--help", holds=lambda done: b"Exit status" in done.output)
    expect(DONE, "--version", "--version", holds=lambda done: b"swift-v2g" in done.output)
    expect(DONE, "pki issue --help", "pki", "issue", "--help")
    for what, command in (
        ("an unknown command", ("nonsense",)), ("an unknown option", ("pki", "list", "--dir", "x", "--bogus")),
        ("a missing option", ("verify", "--role", "secc")), ("an unknown role", ("pki", "csr", "--role", "boss")),
        ("a CA role at verify", ("verify", "--profile", "iso2", "--role", "cpo-sub2", "--anchors", "x", "--chain", "y")),
        ("an unknown edition", ("verify", "--profile", "iso3", "--role", "secc", "--anchors", "x", "--chain", "y")),
        ("an unknown algorithm", ("pki", "init", "--dir", contract.folder / "no", "--algorithm", "rsa")),
        ("an argument too many", ("pki", "list", "--dir", "x", "more")),
        ("an empty --dir", ("pki", "list", "--dir=")), ("an empty --dir at init", ("pki", "init", "--dir=")),
        ("no PKI at --dir", ("pki", "list", "--dir", contract.folder / "nowhere")),
    ):
        expect(USAGE, what, *command)


def check_init(contract):
    expect, folder = contract.expect, contract.folder / "pki"
    started = "the directory is left alone"
    expect(REFUSED, "pki init of edition -2 with P-521", "pki", "init", "--dir", folder, "--algorithm", "p521")
    contract.report.check(f"{started} after a refusal", not folder.exists())
    expect(USAGE, "pki init with a plan that is no plan", "pki", "init", "--dir", folder, "--plan",
           contract.file("bad.yaml", "organisation: misspelt\n"))
    expect(USAGE, "pki init with a plan that is no YAML", "pki", "init", "--dir", folder, "--plan",
           contract.file("bad2.yaml", b"\xff\xfe{{{"))
    expect(USAGE, "pki init with a missing plan", "pki", "init", "--dir", folder, "--plan", contract.folder / "no.yaml")
    expect(USAGE, "pki init with keys nowhere", "pki", "init", "--dir", folder, "--keys", "cloud")
    contract.report.check(f"{started} after wrong usage", not folder.exists())
    expect(ENVIRONMENT, "pki init below a file", "pki", "init", "--dir", contract.file("file", "x") / "pki")
    expect(ENVIRONMENT, "pki init where nothing can be made", "pki", "init", "--dir", "/proc/v2g")
    expect(DONE, "pki init", "pki", "init", "--dir", folder, "--samples")
    before = sorted((path, path.stat().st_mtime_ns) for path in folder.glob("*/*"))
    expect(USAGE, "pki init again", "pki", "init", "--dir", folder)
    expect(USAGE, "pki init again, with another plan", "pki", "init", "--dir", folder, "--edition", "iso20")
    after = sorted((path, path.stat().st_mtime_ns) for path in folder.glob("*/*"))
    contract.report.check("pki init again changes no file", before == after)
    return folder


def verify(folder, chain, *more, anchors=None, profile="iso2", role="secc"):
    return ("verify", "--profile", profile, "--role", role, "--anchors", anchors or folder / "certs/v2g_root.crt",
            "--chain", chain, *more)


def check_verify_input(contract, pki):
    expect, folder = contract.expect, pki.folder
    chain = [pki.named("secc"), pki.named("cpo_sub2"), pki.named("cpo_sub1")]
    pems = "".join(each.pem for each in chain)
    path = contract.file("chain.pem", pems)
    subs = contract.file("subs.pem", chain[1].pem + chain[2].pem)
    rsa, _ = rsa_chain(contract)
    expect(DONE, "verify", *verify(folder, path))
    expect(DONE, "verify from standard input", *verify(folder, "-"), data=pems.encode())
    expect(DONE, "verify anchors from standard input", *verify(folder, path, anchors="-"),
           data=pki.named("v2g_root").pem.encode())
    expect(DONE, "verify with words around the PEM blocks", *verify(folder, "-"), data=f"my chain\n{pems}\nbye".encode())
    expect(DONE, "verify with DOS line ends", *verify(folder, "-"), data=pems.replace("\n", "\r\n").encode())
    expect(DONE, "verify of a DER leaf with --intermediates",
           *verify(folder, contract.file("leaf.der", chain[0].der), "--intermediates", subs))
    expect(DONE, "verify with a folder of anchors", *verify(folder, path, anchors=folder / "certs"))
    expect(DONE, "verify of a chain in disorder",
           *verify(folder, contract.file("disorder.pem", chain[0].pem + chain[2].pem + chain[1].pem)))
    expect(REFUSED, "verify of a leaf alone", *verify(folder, contract.file("leaf.pem", chain[0].pem)))
    expect(REFUSED, "verify with an empty file of anchors", *verify(folder, path, anchors=contract.file("empty", "")))
    (contract.folder / "hollow").mkdir()
    expect(REFUSED, "verify with an empty folder of anchors", *verify(folder, path, anchors=contract.folder / "hollow"))
    expect(REFUSED, "verify with another root", *verify(folder, path, anchors=folder / "certs/mo_root.crt"))
    expect(REFUSED, "verify of an RSA chain", *verify(folder, rsa, anchors=rsa), holds=lambda done: "RSA" in done.text)
    expect(REFUSED, "verify with a byte behind the leaf's DER",
           *verify(folder, "-"), data=(to_pem(chain[0].der + b"\0", "CERTIFICATE") + pems.split("\n\n")[0]).encode())
    expect(REFUSED, "verify in another role", *verify(folder, path, role="contract"))
    expect(REFUSED, "verify in another edition", *verify(folder, path, profile="iso20"))
    expect(USAGE, "verify with anchors that are garbage", *verify(folder, path, anchors=contract.file("junk", b"junk")))
    expect(USAGE, "verify with anchors that are not there", *verify(folder, path, anchors=contract.folder / "none"))
    expect(USAGE, "verify with a damaged anchor", *verify(
        folder, path, anchors=contract.file("cut.crt", to_pem(chain[2].der[:-9], "CERTIFICATE"))))
    for what, content in (
        ("an empty file", b""), ("words", b"hello\n"), ("random bytes", bytes(range(256))),
        ("a private key", b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"),
        ("a block without an end", pems.encode()[:400]), ("broken base64", pems.replace("M", "%").encode()),
    ):
        expect((REFUSED, USAGE) if what == "an empty file" else USAGE, f"verify of {what}", *verify(folder, "-"),
               data=content)
    expect(USAGE, "verify of a folder", *verify(folder, folder / "certs"))
    expect(USAGE, "verify of a file that is not there", *verify(folder, contract.folder / "none"))
    expect(USAGE, "verify with an OCSP file that is not there", *verify(folder, path, "--ocsp", contract.folder / "none"))
    expect(REFUSED, "verify with an OCSP answer that is garbage", *verify(folder, path, "--ocsp", contract.folder / "junk"))
    expect(REFUSED, "verify with --require-ocsp and none", *verify(folder, path, "--require-ocsp"))
    expect(USAGE, "verify with a CRL that is garbage", *verify(folder, path, "--crl", contract.folder / "junk"))
    expect(DONE, "verify with a CRL", *verify(folder, path, "--crl", folder / "crl/cpo_sub2.crl"))
    check_json(contract, folder, path)


def rsa_chain(contract):
    path = contract.folder / "rsa.pem"
    return path, run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", contract.folder / "rsa.key",
                     "-out", path, "-subj", "/CN=RSA")


def check_json(contract, folder, path):
    command = verify(folder, path, "--json", "--time", "2026-12-01T00:00:00Z")
    first, second = run(contract.v2g, *command), run(contract.v2g, *command)
    contract.report.check("verify --json: the same twice", first.output == second.output and first.output != b"")
    refused = run("sh", "-c", 'exec "$@" 2>/dev/null', "sh", contract.v2g,
                  *verify(folder, path, "--json", anchors=folder / "certs/mo_root.crt"))
    for what, done, verdict, code in (("accepted", first, "accepted", 0), ("refused", refused, "refused", 1)):
        try:
            value = json.loads(done.output)
        except ValueError:
            value = {}
        contract.report.check(f"verify --json: {what} is JSON with its verdict",
                              value.get("verdict") == verdict and done.code == code, f"exit {done.code}\n{done.text}")


def check_times(contract, pki):
    now = ("2026-12-01T12:00:00Z", "2026-12-01T12:00:00+02:00", "2026-12-01T12:00:00.25-08:00", "2026-12-01t12:00:00z")
    path = contract.folder / "chain.pem"
    leaf = pki.named("secc")
    shown = run("openssl", "x509", "-noout", "-startdate", "-in", leaf.path, "-dateopt", "iso_8601")
    day = shown.text.strip().split("=")[-1][:10] if shown.code == 0 else "2026-12-01"
    later = next_day(day)
    for text in now:
        text = text.replace("2026-12-01", later)
        contract.expect(DONE, f"verify --time {text}", *verify(pki.folder, path, "--time", text))
    for text in ("2200-01-01T00:00:00Z", "1970-01-01T00:00:00Z"):
        contract.expect(REFUSED, f"verify --time {text}", *verify(pki.folder, path, "--time", text))
    for text in ("", "now", "2026-12-01", "2026-12-01T12:00:00", "2026-12-01 12:00", "2026-13-01T00:00:00Z",
                 "2026-02-30T00:00:00Z", "2026-12-01T24:00:00Z", "2026-12-01T12:00:00+25:00", "1764590400",
                 "99999-01-01T00:00:00Z", "2026-12-01T12:00:00Zjunk", "-026-12-01T12:00:00Z", "２026-12-01T12:00:00Z"):
        contract.expect(USAGE, f"verify --time '{text}'", *verify(pki.folder, path, f"--time={text}"))


def next_day(day):
    import datetime
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=2)).isoformat()


def check_lint_input(contract, pki):
    def lint(file, role="secc", profile="iso2"):
        return ("lint", "--role", role, "--profile", profile, file)

    expect, leaf = contract.expect, pki.named("secc")
    expect(DONE, "lint of PEM", *lint(leaf.path))
    expect(DONE, "lint of DER", *lint(contract.folder / "leaf.der"))
    expect(DONE, "lint from standard input", *lint("-"), data=leaf.pem.encode())
    expect(DONE, "lint of a CA", *lint(pki.named("cpo_sub2").path, role="cpo-sub2"))
    expect(REFUSED, "lint in another role", *lint(leaf.path, role="contract"))
    expect(REFUSED, "lint of RSA", *lint(contract.folder / "rsa.pem"))
    expect(USAGE, "lint for a role that the edition has not", *lint(leaf.path, role="vehicle"))
    for name in ("empty", "junk", "none"):
        expect(USAGE, f"lint of {name}", *lint(contract.folder / name))


def check_keys(contract, pki):
    expect, folder = contract.expect, contract.folder

    def csr(out, *more):
        return ("pki", "csr", "--role", "secc", "--subject", STATION, "--out", out, *more)

    bare, named = folder / "bare.key", folder / "named.key"
    expect(DONE, "pki csr --new-key PATH", *csr(folder / "bare.csr", "--new-key", bare))
    expect(DONE, "pki csr --new-key file:PATH", *csr(folder / "named.csr", "--new-key", f"file:{named}"))
    for key in (bare, named):
        contract.report.check(f"{key.name} is PKCS#8 of mode 0400", key.exists() and key.stat().st_mode & 0o777 == 0o400
                              and key.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----"))
    before = bare.read_bytes()
    expect(USAGE, "pki csr --new-key on a key that is there", *csr(folder / "again.csr", "--new-key", bare))
    contract.report.check("a key that is there is not written over", bare.read_bytes() == before)
    expect(DONE, "pki csr --key to standard output", *csr("-", "--key", bare),
           holds=lambda done: b"-----BEGIN CERTIFICATE REQUEST-----" in done.output)
    expect(USAGE, "pki csr with both kinds of key", *csr("-", "--key", bare, "--new-key", folder / "x.key"))
    expect(USAGE, "pki csr without a key", *csr("-"))
    expect(USAGE, "pki csr --key that is not there", *csr("-", "--key", folder / "none"))
    expect(USAGE, "pki csr --key that is garbage", *csr("-", "--key", contract.file("junk.key", "junk", 0o400)))
    expect(USAGE, "pki csr --key with a PIN as an argument",
           *csr("-", "--key", "pkcs11:token=x;object=y?pin-value=1234"), holds=lambda done: b"1234" not in done.output)
    expect((USAGE, ENVIRONMENT), "pki csr --new-key where nothing can be written", *csr("-", "--new-key", folder / "no/dir/k.key"))
    bare.chmod(0o444)
    expect(REFUSED, "pki csr --key that others can read", *csr("-", "--key", bare), holds=lambda done: b"chmod" in done.output)
    bare.chmod(0o400)
    check_passphrase(contract, csr)
    full = run("sh", "-c", 'exec "$@" >/dev/full', "sh", contract.v2g, *csr("-", "--key", bare))
    contract.report.check("pki csr to a full standard output: exit 3", full.code == ENVIRONMENT, f"exit {full.code}")


def check_passphrase(contract, csr):
    expect, folder = contract.expect, contract.folder
    secret = contract.file("passphrase", "correct horse\n", 0o400)
    wrong = contract.file("wrong", "battery staple\n", 0o400)
    locked = folder / "locked.key"
    expect(DONE, "pki csr --new-key with a passphrase",
           *csr(folder / "locked.csr", "--new-key", locked, "--key-passphrase-file", secret))
    contract.report.check("the key file is encrypted PKCS#8", locked.read_bytes().startswith(b"-----BEGIN ENCRYPTED"))
    contract.report.accepted("openssl opens it with the passphrase",
                             run("openssl", "pkey", "-in", locked, "-noout", "-passin", "pass:correct horse"))
    expect(DONE, "pki csr --key with its passphrase", *csr("-", "--key", locked, "--key-passphrase-file", secret))
    for what, more in (("a wrong passphrase", ("--key-passphrase-file", wrong)), ("no passphrase", ()),
                       ("a passphrase file that is not there", ("--key-passphrase-file", folder / "none"))):
        expect((REFUSED, USAGE, ENVIRONMENT), f"pki csr --key with {what}", *csr("-", "--key", locked, *more),
               holds=lambda done: b"horse" not in done.output)
    open_secret = contract.file("open-passphrase", "correct horse\n", 0o644)
    expect(REFUSED, "a passphrase file that others can read",
           *csr("-", "--key", locked, "--key-passphrase-file", open_secret))
    place = folder / "locked-pki"
    expect(DONE, "pki init with encrypted keys", "pki", "init", "--dir", place, "--key-passphrase-file", secret)
    keys = list((place / "private").glob("*.key"))
    contract.report.check("every key file is encrypted", bool(keys) and all(
        key.read_bytes().startswith(b"-----BEGIN ENCRYPTED") for key in keys))
    issue = ("pki", "issue", "--dir", place, "--role", "secc", "--csr", folder / "locked.csr", "--out", folder / "l.pem")
    expect((REFUSED, USAGE, ENVIRONMENT), "pki issue without the passphrase", *issue)
    expect(DONE, "pki issue with the passphrase", *issue, "--key-passphrase-file", secret)


def check_issue(contract, pki):
    expect, folder = contract.expect, contract.folder
    request = (folder / "bare.csr").read_bytes()

    def issue(csr, out, *more, role="secc"):
        return ("pki", "issue", "--dir", pki.folder, "--role", role, "--edition", "iso2", "--csr", csr, "--out", out, *more)

    expect(DONE, "pki issue from standard input to standard output", *issue("-", "-"), data=request,
           holds=lambda done: done.output.count(b"BEGIN CERTIFICATE") == 3)
    expect(DONE, "pki issue of DER", *issue("-", folder / "der.pem"), data=from_pem(request))
    expect(REFUSED, "pki issue of the same key under another name",
           *issue("-", folder / "other.pem", "--subject", "DE*ABC*E7"), data=request)
    expect(REFUSED, "pki issue of the same key in another role",
           *issue("-", folder / "other.pem", "--subject", "CPS 1", role="cps"), data=request)
    expect((REFUSED, USAGE), "pki issue by an authority that is not there", *issue("-", "-", "--ca", "boss"), data=request)
    expect(REFUSED, "pki issue by an authority of another role", *issue("-", "-", "--ca", "mo_sub2"), data=request)
    expect(REFUSED, "pki issue with a host name that is none",
           *issue("-", "-", "--dns", "*.example"), data=request)
    expect(USAGE, "pki issue of nothing", *issue("-", "-"))
    expect(USAGE, "pki issue of a certificate", *issue(pki.named("secc").path, "-"))
    expect((REFUSED, USAGE), "pki issue of random bytes that begin as DER", *issue("-", "-"), data=b"0\x82\x01\x00" + bytes(90))
    expect(USAGE, "pki issue for a PKI of another edition", "pki", "issue", "--dir", pki.folder, "--role", "secc",
           "--edition", "iso20", "--csr", folder / "bare.csr", "--out", "-")
    expect(ENVIRONMENT, "pki issue to where nothing can be written", *issue("-", "/proc/v2g.pem"), data=request)
    expect(REFUSED, "pki issue with days beyond the profile", *issue("-", "-", "--days", "4000"), data=request)
    two = folder / "two"
    expect(USAGE, "pki issue of two requests to standard output", *issue("-", "-"), data=request * 2)
    other, _ = openssl_csr(pki, "p256", "DE*ABC*E00002")
    expect(DONE, "pki issue of two requests into a folder", *issue("-", two), data=request + other.read_bytes())
    contract.report.check("two requests give two files", two.is_dir() and len(list(two.glob("*.pem"))) == 2)
    key = pki.folder / "private/cpo_sub2.key"
    key.chmod(0o440)
    expect((REFUSED, ENVIRONMENT), "pki issue with a CA key that others can read", *issue("-", "-"), data=request,
           holds=lambda done: b"BEGIN" not in done.output)
    key.chmod(0o400)
    expect(DONE, "pki audit after all that", "pki", "audit", "--dir", pki.folder)


def check_revoke(contract, pki):
    expect = contract.expect

    def revoke(*more, reason="superseded"):
        return ("pki", "revoke", "--dir", pki.folder, "--reason", reason, *more)

    serial = pki.named("cps").serial
    expect(USAGE, "pki revoke without a certificate", *revoke())
    expect(USAGE, "pki revoke with an unknown reason", *revoke("--serial", serial, reason="boredom"))
    for text in ("", "0", "xyz", "00" * 21 + "01" * 21):
        expect(USAGE, f"pki revoke --serial '{text[:9]}'", *revoke(f"--serial={text}"))
    expect(REFUSED, "pki revoke of a serial never issued", *revoke("--serial", "0123456789abcdef"))
    expect(USAGE, "pki revoke of a file that is not there", *revoke("--cert", contract.folder / "none"))
    expect(DONE, "pki revoke --serial", *revoke("--serial", serial))
    expect(DONE, "pki revoke again says that it was before", *revoke("--serial", serial.lower()),
           holds=lambda done: b"before" in done.output)
    expect(DONE, "pki show of it", "pki", "show", "--dir", pki.folder, "--serial", serial,
           holds=lambda done: b"revoked (superseded" in done.output)
    expect(REFUSED, "pki show of a serial never issued", "pki", "show", "--dir", pki.folder, "--serial", "01")
    expect(USAGE, "pki crl of an authority that is not there", "pki", "crl", "--dir", pki.folder, "--ca", "boss")
    listed = run(contract.v2g, "pki", "list", "--dir", pki.folder, "--revoked", "--json")
    lines = [json.loads(line) for line in listed.text.splitlines() if line.startswith("{")]
    contract.report.check("pki list --revoked --json has it as one line", [each.get("state") for each in lines] == ["revoked"],
                          listed.text)


def check_serving(contract, pki):
    expect = contract.expect
    expect(ENVIRONMENT, "pki serve where nothing can listen", "pki", "serve", "--dir", pki.folder, "--listen", "192.0.2.1:80")
    for listen in ("nonsense", "127.0.0.1:99999", ":80"):
        expect(USAGE, f"pki serve --listen {listen}", "pki", "serve", "--dir", pki.folder, "--listen", listen)
    expect(USAGE, "pki list of an unknown role", "pki", "list", "--dir", pki.folder, "--role", "boss")


def check_damaged(contract, pki):
    """A store that is no store, was cut, or had a byte turned is told; nothing is made in its place."""
    expect = contract.expect
    for what, damage in (("garbage", lambda data: b"garbage" * 1000), ("cut in half", lambda data: data[:len(data) // 2]),
                         ("empty", lambda data: b"")):
        place = contract.folder / f"damaged-{what.split()[0]}"
        shutil.copytree(pki.folder, place)
        for path in place.glob("pki.sqlite-*"):
            path.unlink()
        store = place / "pki.sqlite"
        damaged = damage(store.read_bytes())
        os.chmod(store, 0o600)
        store.write_bytes(damaged)
        for command in (("audit",), ("crl",)):
            expect((REFUSED, USAGE, ENVIRONMENT), f"pki {command[0]} on a store that is {what}", "pki", *command,
                   "--dir", place)
