"""A PKI of ours under the file names that Josev has built in. It uses one set for all its editions, on P-256."""

import pathlib
import shutil
import subprocess

# Our name, Josev's certificate, Josev's key, Josev's file with the passphrase of the key.
NAMES = (
    ("v2g_root", "v2gRootCACert", "v2gRootCA", None),
    ("cpo_sub1", "cpoSubCA1Cert", "cpoSubCA1", None),
    ("cpo_sub2", "cpoSubCA2Cert", "cpoSubCA2", None),
    ("secc", "seccLeafCert", "seccLeaf", "seccLeafPassword"),
    ("oem_root", "oemRootCACert", "oemRootCA", None),
    ("oem_sub1", "oemSubCA1Cert", "oemSubCA1", None),
    ("oem_sub2", "oemSubCA2Cert", "oemSubCA2", None),
    ("oem", "oemLeafCert", "oemLeaf", "oemLeafPassword"),
    ("mo_root", "moRootCACert", "moRootCA", None),
    ("mo_sub1", "moSubCA1Cert", "moSubCA1", None),
    ("mo_sub2", "moSubCA2Cert", "moSubCA2", "moSubCA2LeafPassword"),
    ("contract", "contractLeafCert", "contractLeaf", "contractLeafPassword"),
    ("cps_sub1", "cpsSubCA1Cert", "cpsSubCA1", None),
    ("cps_sub2", "cpsSubCA2Cert", "cpsSubCA2", None),
    ("cps", "cpsLeafCert", "cpsLeaf", "cpsLeafPassword"),
)
CHAINS = {"cpoCertChain": ("secc", "cpo_sub2", "cpo_sub1"), "oemCertChain": ("oem", "oem_sub2", "oem_sub1")}


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          check=True).stdout


def convert(ours, theirs):
    """From a directory of `v2g pki init --edition iso2 --samples` to one for Josev's PKI_PATH."""
    certificates = theirs / "iso15118_2/certs"
    keys = theirs / "iso15118_2/private_keys"
    for each in (certificates, keys):
        each.mkdir(parents=True)
    pems = {}
    for name, certificate, key, passphrase in NAMES:
        source = ours / "certs" / f"{name}.crt"
        pems[name] = openssl("x509", "-in", source)
        (certificates / f"{certificate}.pem").write_bytes(pems[name])
        (certificates / f"{certificate}.der").write_bytes(openssl("x509", "-in", source, "-outform", "DER"))
        shutil.copyfile(ours / "private" / f"{name}.key", keys / f"{key}.key")
        (keys / f"{key}.key").chmod(0o600)
        if passphrase:
            # Empty: the key is not encrypted.
            (keys / f"{passphrase}.txt").write_text("")
    for chain, members in CHAINS.items():
        (certificates / f"{chain}.pem").write_bytes(b"".join(pems[each] for each in members))
    (keys / "moSubCA2.pkcs8.der").write_bytes(
        openssl("pkcs8", "-topk8", "-nocrypt", "-in", ours / "private/mo_sub2.key", "-outform", "DER"))
    return theirs


def make(v2g, place):
    """Our PKI on P-256 at place/ours and Josev's view of it at place/theirs."""
    ours = pathlib.Path(place) / "ours"
    subprocess.run([v2g, "pki", "init", "--dir", ours, "--edition", "iso2", "--samples"], stdin=subprocess.DEVNULL,
                   capture_output=True, check=True)
    return ours, convert(ours, pathlib.Path(place) / "theirs")
