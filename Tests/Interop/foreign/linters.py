"""pkilint over every certificate, issuer pair, CRL and OCSP answer; one Python process for all of them."""

import json
import pathlib

from .report import run

# pkilint reads domain components as DNS labels. ISO 15118 puts names of roles there, so this one complaint about these
# values is known. Its library also holds that a host name has a dot; the preferred syntax (RFC 1034 3.5, which RFC 5280
# 4.2.1.6 asks for) has names of one label, such as the default host of the EST server. No other complaint is known.
KNOWN_CODE = "pkix.name_domain_components_invalid_domain_name"
ROLE_COMPONENTS = ("V2G", "CPO", "CSO", "CPS", "MO", "OEM", "CSMS")


def is_known(finding):
    if finding["code"] == "pkix.invalid_domain_name_syntax" and finding["message"].endswith('"localhost"'):
        return True
    return finding["code"] == KNOWN_CODE and finding["message"].endswith(
        tuple(f'"{component}"' for component in ROLE_COMPONENTS))


class Linter:
    def __init__(self, root):
        self.python = root / ".cache/venv/bin/python"
        self.driver = pathlib.Path(__file__).with_name("pkilint_batch.py")

    @property
    def is_installed(self):
        return self.python.exists()

    def findings(self, jobs):
        """Jobs are (name, kind, [files]); the answer maps each name to its findings."""
        result = run(self.python, self.driver, data=json.dumps(jobs).encode(), seconds=300)
        if result.code != 0:
            raise RuntimeError(f"pkilint could not run:\n{result.text}")
        return json.loads(result.text.splitlines()[-1])


def check_linters(pki, linter, report):
    """Every certificate by itself and with its issuer, every CRL; nothing but the known complaint may come."""
    jobs = []
    for certificate in pki.certificates:
        path = pki.file(f"lint-{len(jobs)}.pem", certificate.pem)
        jobs.append((certificate.name, "certificate", [str(path)]))
        issuer = pki.issuer(certificate)
        if issuer is not None and issuer is not certificate:
            issuer_path = pki.file(f"lint-issuer-{len(jobs)}.pem", issuer.pem)
            jobs.append((f"{certificate.name} under {issuer.name}", "pair", [str(issuer_path), str(path)]))
    for path in sorted((pki.folder / "crl").glob("*.crl")):
        jobs.append((path.name, "crl", [str(path)]))
    answer_findings(pki, linter, report, jobs)

    # Negative control: a certificate that breaks a rule of RFC 5280 has to be found out.
    bad = pki.work / "lint-bad.pem"
    made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
               pki.work / "lint.key", "-out", bad, "-subj", "/CN=bad", "-addext", "keyUsage=digitalSignature")
    found = linter.findings([("bad", "certificate", [str(bad)])])["bad"] if made.code == 0 else []
    report.check(f"{pki.label}: pkilint finds a CA without keyCertSign (negative control)", found, made.text)


def answer_findings(pki, linter, report, jobs):
    for name, findings in linter.findings(jobs).items():
        unknown = [each for each in findings if not is_known(each)]
        report.check(f"{pki.label} {name}: pkilint", not unknown,
                     "\n".join(f"{each.get('severity')} {each['code']}: {each['message']}" for each in unknown))
