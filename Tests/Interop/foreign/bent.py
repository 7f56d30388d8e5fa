"""Station chains of edition -2 that OpenSSL made, each with one rule of the profile bent. `v2g verify` refuses them;
how many `openssl verify -x509_strict` lets through is printed, since generic validation is what most stations use."""

from .report import run

P256 = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
ROOT_DN, SUB_DN = "/CN=Test V2G Root/O=Other Hands/C=DE/DC=V2G", "/CN=Test CPO Sub {}/O=Other Hands/C=DE/DC=V2G"
LEAF_DN = "/CN=DE*ABC*E123456/O=Other Hands/C=DE/DC=CPO"
KEY_IDS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
OCSP = "authorityInfoAccess=OCSP;URI:http://ocsp.example/\n"
LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyAgreement\n" + KEY_IDS + OCSP


def ca(path_length):
    limit = "" if path_length is None else f",pathlen:{path_length}"
    return f"basicConstraints=critical,CA:TRUE{limit}\nkeyUsage=critical,keyCertSign,cRLSign\n" + KEY_IDS + OCSP


# What is bent: (name, changes). Changes replace the arguments of `make` for root, sub1, sub2 or leaf.
BENT = [
    ("leaf without a domain component", {"leaf": {"dn": "/CN=DE*ABC*E123456/O=Other Hands/C=DE"}}),
    ("leaf with the domain component of a car", {"leaf": {"dn": LEAF_DN.replace("DC=CPO", "DC=OEM")}}),
    ("leaf without digital signature", {"leaf": {"extensions": LEAF.replace("digitalSignature,", "")}}),
    ("leaf that may sign certificates", {"leaf": {"extensions": LEAF.replace("keyAgreement", "keyCertSign")}}),
    ("leaf that may sign CRLs", {"leaf": {"extensions": LEAF.replace("keyAgreement", "cRLSign")}}),
    ("leaf whose key usage is not critical", {"leaf": {"extensions": LEAF.replace("keyUsage=critical,", "keyUsage=")}}),
    ("leaf for OCSP signing", {"leaf": {"extensions": LEAF + "extendedKeyUsage=OCSPSigning\n"}}),
    ("leaf for TLS clients only", {"leaf": {"extensions": LEAF + "extendedKeyUsage=clientAuth\n"}}),
    ("leaf with an unknown critical extension", {"leaf": {"extensions": LEAF + "1.2.3.4.5=critical,DER:0500\n"}}),
    ("leaf that lives 400 days", {"leaf": {"days": 400}}),
    ("leaf with a P-384 key", {"leaf": {"key": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")}}),
    ("leaf with an RSA key", {"leaf": {"key": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")}}),
    ("leaf signed with SHA-384", {"leaf": {"digest": "-sha384"}}),
    ("leaf of more than 800 bytes", {"leaf": {"extensions": LEAF + "1.2.3.4.6=DER:0482" + "0200" + "41" * 512 + "\n"}}),
    ("leaf that is a CA", {"leaf": {"extensions": ca(0)}}),
    ("leaf that has ended", {"leaf": {"days": -1}}),
    ("sub-CA 2 with path length 1", {"sub2": {"extensions": ca(1)}}),
    ("sub-CA 2 without a path length", {"sub2": {"extensions": ca(None)}}),
    ("sub-CA 1 without a path length", {"sub1": {"extensions": ca(None)}}),
    ("sub-CA 2 of the car's side", {"sub2": {"dn": SUB_DN.format(2).replace("DC=V2G", "DC=OEM")}}),
    ("sub-CA 2 without keyCertSign", {"sub2": {"extensions": ca(0).replace("keyCertSign,", "")}}),
    ("sub-CA 2 with a P-384 key", {"sub2": {"key": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")}}),
    ("leaf under sub-CA 1", {"leaf": {"issuer": "sub1"}}),
    ("leaf under the root", {"leaf": {"issuer": "root"}}),
]
# Seen in the field, so the verifier accepts them with a warning; nothing like them is ever issued, and strict lint says so.
FIELD = {"leaf that lives 400 days"}
PLAN = {
    "root": {"issuer": None, "dn": ROOT_DN, "extensions": ca(None).replace(OCSP, "").replace(
        "authorityKeyIdentifier=keyid\n", ""), "days": 7300},
    "sub1": {"issuer": "root", "dn": SUB_DN.format(1), "extensions": ca(1), "days": 1400},
    "sub2": {"issuer": "sub1", "dn": SUB_DN.format(2), "extensions": ca(0), "days": 700},
    "leaf": {"issuer": "sub2", "dn": LEAF_DN, "extensions": LEAF, "days": 60},
}


class Maker:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def make(self, name, issuer, dn, extensions, days, key=P256, digest="-sha256"):
        at = self.folder / name
        config = at.with_suffix(".cnf")
        config.write_text("[e]\n" + extensions)
        run("openssl", "genpkey", *key, "-out", at.with_suffix(".key"))
        run("openssl", "req", "-new", "-key", at.with_suffix(".key"), "-subj", dn, "-out", at.with_suffix(".csr"))
        signer = ("-signkey", at.with_suffix(".key")) if issuer is None else (
            "-CA", self.folder / f"{issuer}.pem", "-CAkey", self.folder / f"{issuer}.key")
        serial = "0x4" + format(abs(hash((str(at), dn))) % (1 << 60), "015x")
        return run("openssl", "x509", "-req", "-in", at.with_suffix(".csr"), *signer, "-set_serial", serial, "-days", days,
                   digest, "-extfile", config, "-extensions", "e", "-out", at.with_suffix(".pem"))

    def chain(self, changes):
        """Makes the four certificates; the path of the root and those that are shown, leaf first."""
        plan = {name: {**arguments, **changes.get(name, {})} for name, arguments in PLAN.items()}
        for name, arguments in plan.items():
            made = self.make(name, **arguments)
            if made.code != 0:
                return None, made
        shown, at = [], "leaf"
        while at != "root":
            shown.append(self.folder / f"{at}.pem")
            at = plan[at]["issuer"]
        return shown, made


def check_bent(v2g, work, report):
    report.heading("chains of other hands, one rule bent in each")
    let_through = 0
    for index, (name, changes) in enumerate([("a chain as it should be", {}), *BENT]):
        maker = Maker(work / f"bent-{index}")
        shown, made = maker.chain(changes)
        if not report.check(f"{name}: OpenSSL makes it", shown is not None, made.text):
            continue
        chain, between = maker.folder / "chain.pem", maker.folder / "between.pem"
        chain.write_bytes(b"".join(path.read_bytes() for path in shown))
        between.write_bytes(b"".join(path.read_bytes() for path in shown[1:]))
        root = maker.folder / "root.pem"
        untrusted = ("-untrusted", between) if len(shown) > 1 else ()
        generic = run("openssl", "verify", "-x509_strict", "-CAfile", root, *untrusted, shown[0])
        judged = run(v2g, "verify", "--profile", "iso2", "--role", "secc", "--anchors", root, "--chain", chain)
        if name in FIELD:
            report.check(f"{name}: v2g verify warns", judged.code == 0 and "warning" in judged.text.lower(), judged.text)
            linted = run(v2g, "lint", "--issuing", "--role", "secc", "--profile", "iso2", shown[0])
            report.check(f"{name}: v2g lint --issuing refuses it", linted.code == 1, f"exit {linted.code}\n{linted.text}")
        elif changes:
            let_through += generic.code == 0
            report.check(f"{name}: v2g verify refuses it", judged.code == 1 and judged.text.strip() != "",
                         f"exit {judged.code}\n{judged.text}")
        else:
            report.accepted(f"{name}: openssl verify accepts it", generic)
            report.accepted(f"{name}: v2g verify accepts it", judged)
    print(f"note  openssl verify -x509_strict lets {let_through} of {len(BENT) - len(FIELD)} through")
