"""Runs pkilint's own commands in one process: jobs as JSON on standard input, findings as JSON on the last line.

Runs with the Python of .cache/venv, where pkilint is.
"""

import contextlib
import io
import json
import sys

from pkilint.bin import lint_crl, lint_ocsp_response, lint_pkix_cert, lint_pkix_signer_signee_cert_chain

COMMANDS = {
    "certificate": (lint_pkix_cert, []),
    "pair": (lint_pkix_signer_signee_cert_chain, []),
    "crl": (lint_crl, ["--type", "CRL", "--profile", "PKIX"]),
    "ocsp": (lint_ocsp_response, []),
}
SEVERITY = "NOTICE"


def lint(kind, files):
    module, options = COMMANDS[kind]
    captured, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(captured), contextlib.redirect_stderr(errors):
        code = module.main(["lint", *options, "--severity", SEVERITY, "--format", "JSON", *files])
    try:
        results = json.loads(captured.getvalue())["results"]
    except (ValueError, KeyError):
        return [{"code": "pkilint.unreadable", "message": errors.getvalue() + captured.getvalue()}]
    found = [
        {"code": each["code"], "severity": each["severity"], "message": each.get("message") or "",
         "node": result["node_path"]}
        for result in results for each in result["finding_descriptions"]
    ]
    if code != 0 and not found:
        found.append({"code": "pkilint.failed", "message": f"exit {code} without a finding"})
    return found


answers = {name: lint(kind, files) for name, kind, files in json.load(sys.stdin)}
print()
print(json.dumps(answers))
