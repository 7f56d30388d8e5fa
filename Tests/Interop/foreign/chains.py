"""Path validation of everything issued by OpenSSL, GnuTLS and strongSwan, each with negative controls."""

from .pki import tampered, to_pem
from .report import run


def openssl_verify(pki, chain, *options, anchor=None):
    root = pki.pem_file("root.pem", [anchor or chain[-1]])
    between = pki.pem_file("between.pem", chain[1:-1])
    untrusted = ("-untrusted", between) if len(chain) > 2 else ()
    leaf = pki.pem_file("leaf.pem", chain[:1])
    return run("openssl", "verify", "-x509_strict", "-check_ss_sig", "-no-CApath", "-no-CAstore", *options,
               "-CAfile", root, *untrusted, leaf)


def certtool_verify(pki, pems):
    whole = pki.file("whole.pem", "".join(pems))
    return run("certtool", "--verify-chain", "--infile", whole)


def strongswan_verify(pki, leaf_pem, authorities):
    leaf = pki.file("leaf.pem", leaf_pem)
    options = []
    for index, authority in enumerate(authorities):
        options += ["--cacert", pki.pem_file(f"authority-{index}.pem", [authority])]
    return run("pki", "--verify", "--in", leaf, *options)


def check_chains(pki, report):
    for certificate in pki.certificates:
        chain = pki.chain(certificate)
        what = f"{pki.label} {certificate.name}"
        if not report.check(f"{what}: has its chain", chain is not None, "an issuer is missing or did not sign it"):
            continue
        report.accepted(f"{what}: openssl verify -x509_strict", openssl_verify(pki, chain))
        report.accepted(f"{what}: certtool --verify-chain", certtool_verify(pki, [each.pem for each in chain]))
        report.accepted(f"{what}: strongSwan pki --verify",
                        strongswan_verify(pki, certificate.pem, chain[1:] or chain))


def check_refusals(pki, report):
    """What the three must refuse, or their agreement above would mean nothing."""
    leaf = pki.named("secc")
    other = pki.named("mo_root")
    if leaf is None or other is None:
        report.check(f"{pki.label}: has certs/secc.crt and certs/mo_root.crt", False, "needed for negative controls")
        return
    chain = pki.chain(leaf)
    if chain is None:
        return
    what = f"{pki.label} secc"
    bad_pem = to_pem(tampered(leaf.der), "CERTIFICATE")
    bad_leaf = pki.file("bad.pem", bad_pem)
    between = pki.pem_file("between.pem", chain[1:-1])
    root = pki.pem_file("root.pem", [chain[-1]])
    report.refused(f"{what}, signature changed: openssl verify",
                   run("openssl", "verify", "-x509_strict", "-CAfile", root, "-untrusted", between, bad_leaf))
    report.refused(f"{what}, other root: openssl verify", openssl_verify(pki, chain, anchor=other))
    report.refused(f"{what}, in the year 2200: openssl verify",
                   openssl_verify(pki, chain, "-attime", "7258118400"))
    report.refused(f"{what}, sub-CA left out: openssl verify", openssl_verify(pki, [chain[0], chain[-1]]))
    rest = [each.pem for each in chain[1:]]
    report.refused(f"{what}, signature changed: certtool", certtool_verify(pki, [bad_pem, *rest]))
    report.refused(f"{what}, other root: certtool", certtool_verify(pki, [leaf.pem, other.pem]))
    report.refused(f"{what}, signature changed: strongSwan", strongswan_verify(pki, bad_pem, chain[1:]))
    report.refused(f"{what}, other root: strongSwan", strongswan_verify(pki, leaf.pem, [other]))
