"""Whole sessions: every edition, current, way to pay and control, and what both ends wrote about them."""

import itertools
import subprocess

from .bench import STATION_IF

NAMES = {("iso2", "ac"): "ISO 15118-2", ("iso2", "dc"): "ISO 15118-2",
         ("iso20", "ac"): "ISO 15118-20 AC", ("iso20", "dc"): "ISO 15118-20 DC", ("din", "dc"): "DIN 70121"}
TLS = {"iso2": ("TLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"), "iso20": ("TLS 1.3", "TLS_AES_256_GCM_SHA384")}


def faults(record, wanted):
    """Fields of a record that are not as wanted."""
    return [f"{key} is {record.get(key)!r}, not {value!r}" for key, value in wanted.items() if record.get(key) != value]


def session(bench, station, name, words, car, seen):
    """One drive that has to succeed, with the fields of the car's record and of the station's."""
    known = station.known()
    drive = bench.drive(*words)
    wrong = [] if drive.code == 0 else [f"exit {drive.code}"]
    wrong += faults(drive.last, {"outcome": "completed", **car})
    if not drive.last.get("timeline"):
        wrong.append("the car's record has no timeline")
    bench.report.check(f"{name}: charged, and the car's record says so", not wrong, "\n".join(wrong) + "\n" + drive.text)
    record = station.new_record(known)
    wrong = faults(record, {"outcome": "completed", "connectionEnd": "closedByPeer", **seen})
    if any("FAILED" in code for code in record.get("codes", {})):
        wrong.append(f"codes {record['codes']}")
    if not any(entry["kind"] == "authorized" for entry in record.get("timeline", [])) and not record.get("wasPaused"):
        wrong.append("the timeline has no grant")
    bench.report.check(f"{name}: the station's record agrees", not wrong, "\n".join(wrong))
    return drive, record


def kinds(bench, station, power):
    for auth, control in itertools.product(("pnc", "eim"), (None, "scheduled", "dynamic")):
        protocol = "iso20" if control else "iso2"
        words = ["--protocol", protocol, "--energy", power, "--auth", auth, "--loops", "25"]
        words += ["--control", control] if control else []
        version, suite = TLS[protocol]
        drive, record = session(
            bench, station, " ".join(filter(None, (protocol, power, auth, control))), words,
            {"protocolName": NAMES[protocol, power], "tlsVersion": version, "cipherSuite": suite, "authorization": auth},
            {"protocolName": protocol, "authorization": auth})
        name = " ".join(filter(None, (protocol, power, auth, control)))
        chain = drive.last.get("certificates", [])
        bench.report.check(
            f"{name}: three station certificates, all accepted",
            len(chain) == 3 and all(each["verdict"] == "accepted" for each in chain), chain)
        if auth == "pnc":
            bench.report.check(
                f"{name}: receipts asked for were signed, and kept",
                drive.last.get("receipts", 0) > 0 and drive.last["receipts"] == record.get("receipts"),
                f"car {drive.last.get('receipts')}, station {record.get('receipts')}")


def more(bench, station):
    check = bench.report.check
    for protocol in ("iso2", "iso20"):
        name = f"{protocol}: a contract is installed and charged on"
        session(
            bench, station, name, ["--protocol", protocol, "--energy", "dc", "--install-contract"],
            {"contractInstalled": True, "authorization": "pnc"}, {"protocolName": protocol, "authorization": "pnc"})
        known = station.known()
        drive = bench.drive("--protocol", protocol, "--energy", "dc", "--pause", "--loops", "25")
        outcomes = [each["outcome"] for each in drive.records]
        check(f"{protocol}: paused, then taken up again", drive.code == 0 and outcomes == ["paused", "completed"], drive.text)
        station.new_record(known + 1)
        codes = [each["codes"] for each in station.records()[known:]]
        check(
            f"{protocol}: the station joined the old session",
            len(codes) == 2 and "OK_OldSessionJoined" not in codes[0] and codes[1].get("OK_OldSessionJoined") == 1, codes)
    for control in ("scheduled", "dynamic"):
        session(
            bench, station, f"iso20 dc pnc {control}, both ways",
            ["--protocol", "iso20", "--energy", "dc", "--control", control, "--bpt"],
            {"authorization": "pnc"}, {"protocolName": "iso20", "authorization": "pnc"})
    drive = bench.drive("--energy", "dc")
    check(
        "both protocols offered: -20 is agreed on", drive.code == 0 and drive.last.get("protocolName") == NAMES["iso20", "dc"],
        drive.text)
    known = station.known()
    drive = bench.drive("--energy", "dc", "--protocol", "iso2", "--sessions", "3")
    station.new_record(known + 2)
    sessions = {each.get("session") for each in station.records()[known:]}
    check(
        "three sessions in a row, each with an identifier of its own",
        drive.code == 0 and [each["outcome"] for each in drive.records] == ["completed"] * 3 and len(sessions) == 3,
        f"{drive.text}\n{sessions}")
    texts = [path.read_text() for path in (station.state / "sessions").glob("*.json")]
    check("no record holds the eMAID or its certificate's name in clear", not any("DE-ABC-C" in text for text in texts))


def din(bench, station):
    session(
        bench, station, "din dc eim", ["--protocol", "din", "--energy", "dc", "--auth", "eim"],
        {"authorization": "eim", "cipherSuite": None, "certificates": []}, {"protocolName": "din", "authorization": "eim"})


def ports(bench):
    check = bench.report.check
    station = bench.station(
        "fixed-port", evses=["{id: DE*ABC*E0001, port: 15118, announce: port, power: ac, simulated: instant}"])
    drive = bench.drive("--energy", "ac")
    check(
        "announce: port: the car finds the station on 15118",
        drive.code == 0 and drive.last.get("station", "").endswith(":15118"), drive.text)
    listening = subprocess.run(
        ["ip", "netns", "exec", bench.cable.station, "ss", "-Htln6"], capture_output=True, text=True).stdout
    check("announce: port: nothing else listens", len(listening.split("\n")) == 2 and ":15118" in listening, listening)
    station.end()

    station = bench.station(
        "two-evses", evses=[f"{{id: DE*ABC*E000{number}, power: dc, simulated: instant}}" for number in (1, 2)])
    check("dynamic: the announced port is in 49152...65535", 49152 <= station.dynamic_port <= 65535)
    words = ["--protocol", "iso2", "--energy", "dc", "--loops", "20", "--pace", "50"]
    cars = [bench.start_car(*words) for _ in range(2)]
    drives = [bench.finish_car(car) for car in cars]
    check("two EVSEs: two cars charge at the same time", [each.code for each in drives] == [0, 0],
          "\n".join(each.text for each in drives))
    station.new_record(1)
    evses = sorted(each["evse"] for each in station.records())
    check("two EVSEs: each served one", evses == ["DE*ABC*E0001", "DE*ABC*E0002"], evses)
    station.end()


def run(bench):
    for power in ("ac", "dc"):
        station = bench.station(f"whole-{power}", power=power)
        kinds(bench, station, power)
        if power == "dc":
            more(bench, station)
            din(bench, station)
        # A session that was paused keeps its identifier: none of its receipts may take the place of another.
        station.known()
        receipts = len(list((station.state / "receipts").glob("*.exi")))
        counted = sum(each["receipts"] for each in station.records())
        bench.report.check(f"{power}: every receipt of the records is on disk", receipts == counted > 0, f"{receipts} of {counted}")
        bench.report.check(f"{power}: the daemon never said error", " error v2g" not in station.log)
        station.end()
    ports(bench)
