"""Whether a session was good, from what both sides said about it."""

import json
import re

from cases import TITLES

FAILED = re.compile(r"FAILED\w*")


def peer_lines(path):
    lines = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict) and "text" in value:
            lines.append(value)
    return lines


def peer_reason(lines):
    """What the peer said last about its end, and its errors."""
    reasons = [each["text"][8:] for each in lines if each["text"].startswith("Reason: ")]
    errors = [each["text"] for each in lines if each["level"] in ("ERROR", "CRITICAL")]
    said = [*errors[-1:], *reasons[-1:]] or [each["text"] for each in lines[-1:]]
    return "; ".join(said)[:500]


def last_received(lines):
    names = [each["text"][:-len(" received")] for each in lines if each["text"].endswith(" received")]
    return names[-1].split("(")[0] if names else ""


def station(case, state, log):
    """Our station with the peer's car: our record of the session, and what the car received."""
    lines = peer_lines(log)
    records = [json.loads(each.read_text()) for each in sorted((state / "sessions").glob("*.json"))]
    said = peer_reason(lines)
    if not records:
        return False, f"our station has no record of a session; the car: {said}"
    record = records[-1]
    problems = []
    if record.get("outcome") != "completed":
        problems.append(f"outcome {record.get('outcome')}: {record.get('reason')}")
    if record.get("protocolName") != case.protocol:
        problems.append(f"protocol {record.get('protocolName')}")
    if record.get("authorization") != case.authorization:
        problems.append(f"authorization {record.get('authorization')}")
    failed = sorted(code for code in record.get("codes", {}) if FAILED.match(code))
    if failed:
        problems.append(f"response codes {', '.join(failed)}")
    if case.installs and not any(each["kind"] == "relay" for each in record.get("timeline", [])):
        problems.append("no contract was installed")
    if case.uses_tls and not record.get("tls"):
        problems.append("no TLS")
    if not last_received(lines).startswith("SessionStopRes"):
        problems.append(f"the car's last message was {last_received(lines) or 'none'}: {said}")
    return not problems, "; ".join(problems) or describe(record)


def describe(record):
    parts = [f"{record.get('messages')} messages"]
    if record.get("receipts"):
        parts.append(f"{record['receipts']} receipts")
    if record.get("tls"):
        parts.append(f"{record['tls']['version']} {record['tls']['group']}")
    return ", ".join(parts)


def car(case, code, output, errors, log):
    """Our car with the peer's station: our record and exit status, and what the station complained about."""
    lines = peer_lines(log)
    records = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    if not records:
        return False, f"exit {code}: {(errors.strip().splitlines() or ['no record'])[-1]}; the station: {peer_reason(lines)}"
    record = records[-1]
    problems = []
    if case.refused:
        good = code == 1 and record.get("outcome") == "refused" and not record.get("chargeLoops")
        return good, f"{'as it should: ' if good else ''}exit {code}, {record.get('outcome')}: {record.get('reason')}"
    if code != 0 or record.get("outcome") != "completed":
        problems.append(f"exit {code}, {record.get('outcome')}: {record.get('reason')}; the station: {peer_reason(lines)}")
    if not (record.get("protocolName") or "").startswith(TITLES[case.protocol]):
        problems.append(f"protocol {record.get('protocolName')}")
    if record.get("authorization") != case.authorization:
        problems.append(f"authorization {record.get('authorization')}")
    if case.installs and not record.get("contractInstalled"):
        problems.append("no contract was installed")
    if case.uses_tls and not record.get("tlsVersion"):
        problems.append("no TLS")
    if not record.get("chargeLoops"):
        problems.append("no charge loop")
    parts = [f"{record.get('chargeLoops')} loops"]
    if record.get("receipts"):
        parts.append(f"{record['receipts']} receipts")
    if record.get("tlsVersion"):
        parts.append(f"{record['tlsVersion']} {record.get('keyExchange')}")
    if record.get("chargingAfterMilliseconds"):
        parts.append(f"charging after {record['chargingAfterMilliseconds']:.0f} ms")
    return not problems, "; ".join(problems) or ", ".join(parts)
