"""What has to be refused, each beside the session that succeeds and differs in that one thing."""

import subprocess
import time

from .wire import Coder, HandCar

DC = ["--energy", "dc"]


def good(bench, name, *words, pki=None):
    drive = bench.drive(*DC, *words, pki=pki)
    return bench.report.check(f"{name}: charges (the control)", drive.code == 0, drive.text)


def refused(bench, name, words, *texts, pki=None, code=1):
    """The car has to leave by itself with that status, and say each of the texts."""
    drive = bench.drive(*DC, *words, pki=pki)
    absent = [text for text in texts if text not in drive.err]
    absent += [] if drive.last.get("outcome") in ("refused", "noStation") else [f"outcome {drive.last.get('outcome')}"]
    return bench.report.check(
        f"{name}: the car ends with {code} and says why", drive.code == code and not absent, f"{absent}\n{drive.text}")


def revoked_contract(bench):
    """Revoked while the station runs: it counts without a reload."""
    pki = bench.copy_pki("pki-contract-revoked")
    station = bench.station("contract-revoked", pki=pki)
    for protocol, code in (("iso2", "FAILED_CertificateRevoked"), ("iso20", "WARNING_CertificateRevoked")):
        name = f"{protocol}: contract revoked"
        words = ["--protocol", protocol, "--auth", "pnc"]
        good(bench, f"{protocol}: contract not yet revoked", *words)
        bench.report.check(f"{name}: v2g pki revoke", bench.revoke(pki, protocol, "contract") is True)
        # CRLs are looked at once a second.
        time.sleep(1.1)
        known, since = station.known(), len(station.log)
        refused(bench, name, words, code)
        record = station.new_record(known)
        log = station.log[since:]
        bench.report.check(f"{name}: the station answered {code}", code in record.get("codes", {}), record.get("codes"))
        for text in ("SSL_R_CERTIFICATE_VERIFY_FAILED", "role contract", "V2G.STATUS.REVOKED"):
            bench.report.check(f"{name}: the log says {text}", text in log, log[-1500:])
        seen = [each for each in record.get("certificates", []) if each["role"] == "contract"]
        bench.report.check(
            f"{name}: the record holds verdict and rule",
            bool(seen) and seen[0]["verdict"] == "refused" and "V2G.STATUS.REVOKED" in " ".join(seen[0]["rules"]), seen)
        good(bench, f"{name}, but paid by external means", "--protocol", protocol, "--auth", "eim")
    station.end()


def revoked_station(bench):
    pki = bench.copy_pki("pki-secc-revoked")
    station = bench.station("secc-revoked", pki=pki)
    for protocol in ("iso2", "iso20"):
        good(bench, f"{protocol}: station certificate not revoked", "--protocol", protocol)
        bench.report.check(f"{protocol}: v2g pki revoke", bench.revoke(pki, protocol, "secc") is True)
    bench.report.check("station certificate revoked: reload", station.reload(), station.log[-800:])
    for protocol in ("iso2", "iso20"):
        refused(
            bench, f"{protocol}: station certificate revoked", ["--protocol", protocol],
            "SSL_R_CERTIFICATE_VERIFY_FAILED", "role SECC certificate", "V2G.STATUS.")
    bench.report.check(
        "station certificate revoked: the station says so itself",
        "a certificate of this station is revoked" in station.log and "V2G.STATUS.REVOKED" in station.log)
    station.end()


def foreign_roots(bench):
    other = bench.make_pki("pki-other")
    car = bench.copy_pki("pki-car-foreign-root")
    for edition in ("iso2", "iso20"):
        (car / edition / "certs/v2g_root.crt").write_bytes((other / edition / "certs/v2g_root.crt").read_bytes())
    station = bench.station("foreign-v2g-root")
    for protocol in ("iso2", "iso20"):
        good(bench, f"{protocol}: the V2G root of the station", "--protocol", protocol)
        refused(
            bench, f"{protocol}: a V2G root of another PKI at the car", ["--protocol", protocol],
            "SSL_R_CERTIFICATE_VERIFY_FAILED", "role SECC certificate", "Invalid Certificate Path", pki=car)
    station.end()

    pki = bench.copy_pki("pki-foreign-mo-root")
    for edition in ("iso2", "iso20"):
        (pki / edition / "certs/mo_root.crt").write_bytes((other / edition / "certs/mo_root.crt").read_bytes())
    station = bench.station("foreign-mo-root", pki=pki)
    for protocol in ("iso2", "iso20"):
        name = f"{protocol}: an MO root of another PKI at the station"
        since, known = len(station.log), station.known()
        drive = bench.drive(*DC, "--protocol", protocol, "--auth", "pnc")
        bench.report.check(f"{name}: the car ends with 1", drive.code == 1, drive.text)
        codes = station.new_record(known).get("codes", {})
        log = station.log[since:]
        bench.report.check(
            f"{name}: refused by chain",
            any(each.startswith(("FAILED", "WARNING")) for each in codes) and "SSL_R_CERTIFICATE_VERIFY_FAILED" in log
            and "role contract" in log and "Invalid Certificate Path" in log, f"{codes}\n{log[-1500:]}")
        good(bench, f"{name}, but paid by external means", "--protocol", protocol, "--auth", "eim")
    station.end()

    for edition in ("iso2", "iso20"):
        (pki / edition / "certs/mo_root.crt").unlink()
    station = bench.station("no-mo-root", pki=pki)
    for protocol in ("iso2", "iso20"):
        since = len(station.log)
        drive = bench.drive(*DC, "--protocol", protocol, "--auth", "pnc")
        log = station.log[since:]
        bench.report.check(
            f"{protocol}: no MO root at the station: refused, and the missing issuer is named",
            drive.code == 1 and "Invalid Certificate Path, missing issuer 'CN=V2G Test Operator MO Root CA" in log,
            f"{drive.text}\n{log[-1500:]}")
    station.end()


def no_station(bench):
    refused(bench, "no station", [], code=3)


def s_client(bench, station, *words):
    """`openssl s_client` on the announced port."""
    try:
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"[{bench.cable.address}%ev0]:{station.dynamic_port}", *words],
            input=b"", capture_output=True, timeout=10)
        return (done.stdout + done.stderr).decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode("utf-8", "replace") + "\nno end after 10 s"


def handshakes(bench, station):
    check = bench.report.check
    since = len(station.log)
    text = s_client(bench, station, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256")
    check("the suite of -2: agreed (the control)", "Cipher is ECDHE-ECDSA-AES128-SHA256" in text, text[-1500:])
    text = s_client(bench, station, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384")
    check("another suite: refused", "handshake failure" in text and "Cipher is (NONE)" in text, text[-1500:])
    check("another suite: the log says Cipher Suite Mismatch", station.waits_for("Cipher Suite Mismatch", 3, since),
          station.log[since:][-1500:])
    text = s_client(
        bench, station, "-tls1_3", "-groups", "P-521", "-sigalgs", "ECDSA+SHA512",
        "-cert", bench.pki / "iso20/certs/vehicle.crt", "-key", bench.pki / "iso20/private/vehicle.key",
        "-cert_chain", bench.work / "vehicle-chain.pem")
    check("TLS 1.3 with the vehicle certificate: agreed (the control)", "alert" not in text and "TLSv1.3" in text, text[-1500:])
    since = len(station.log)
    text = s_client(bench, station, "-tls1_3", "-groups", "P-521", "-sigalgs", "ECDSA+SHA512", "-ign_eof")
    check("TLS 1.3 without a certificate: alert certificate_required",
          "certificate required" in text or "alert number 116" in text, text[-1500:])
    check("TLS 1.3 without a certificate: logged", station.waits_for("TLS refused", 3, since), station.log[since:][-1000:])


def plain(bench, station, coder):
    check = bench.report.check
    with HandCar(coder, bench.cable.address, station.dynamic_port) as car:
        options = (car.set_up() or {}).get("PaymentOptionList", {}).get("PaymentOption")
        check("over TLS: contract payment is offered (the control)", "Contract" in (options or []), options)
        answer = car.select("Contract")
        check("over TLS: and may be selected (the control)", answer and answer["ResponseCode"] == "OK", answer)
    with HandCar(coder, bench.cable.address, station.dynamic_port, is_tls=False) as car:
        options = (car.set_up() or {}).get("PaymentOptionList", {}).get("PaymentOption")
        check("plain TCP: contract payment is not offered", options == ["ExternalPayment"], options)
        answer = car.select("Contract")
        check("plain TCP: nor taken", answer is None or answer["ResponseCode"].startswith("FAILED"), answer)
    with HandCar(coder, bench.cable.address, station.dynamic_port, is_tls=False) as car:
        code = car.negotiate("urn:iso:std:iso:15118:-20:DC", (1, 0))
        check("plain TCP: -20 is not agreed on", code in (None, "Failed_NoNegotiation"), code)


def contract_only(bench, coder):
    station = bench.station("pnc-only", extra="authorization: [pnc]")
    good(bench, "contract only, over TLS", "--protocol", "iso2", "--auth", "pnc")
    with HandCar(coder, bench.cable.address, station.dynamic_port, is_tls=False) as car:
        code = car.negotiate()
        bench.report.check("contract only, plain TCP: nothing is negotiated", code in (None, "Failed_NoNegotiation"), code)
    drive = bench.drive(*DC, "--protocol", "iso2", "--auth", "eim")
    bench.report.check("contract only: external means are refused", drive.code == 1, drive.text)
    station.end()


def run(bench):
    no_station(bench)
    revoked_contract(bench)
    revoked_station(bench)
    foreign_roots(bench)
    names = ("vehicle", "oem_sub2", "oem_sub1")
    (bench.work / "vehicle-chain.pem").write_text(
        "".join((bench.pki / f"iso20/certs/{name}.crt").read_text() for name in names[1:]))
    coder = Coder(bench.bin / "v2g")
    try:
        station = bench.station("handshakes")
        handshakes(bench, station)
        plain(bench, station, coder)
        good(bench, "after all of these")
        station.end()
        contract_only(bench, coder)
    finally:
        coder.end()
