"""A daemon's life: ready, reload, stop, and what is on disk when it is killed."""

import json
import signal
import subprocess
import time

CHARGING = ["--energy", "dc", "--protocol", "iso2", "--loops", "40", "--pace", "50"]


def in_session(bench, station, words):
    """A car that charges, as soon as it does."""
    since = len(station.log)
    car = bench.start_car(*words)
    began = station.waits_for("CurrentDemandReq", 10, since)
    return car, began


def reload(bench):
    check = bench.report.check
    station = bench.station("reload")
    car, began = in_session(bench, station, CHARGING)
    check("reload: a car charges", began, station.log[-1000:])
    check("reload: taken up while it charges", station.reload() and car.poll() is None, station.log[-1000:])
    drive = bench.finish_car(car)
    check("reload: the session goes on to its good end", drive.code == 0 and drive.last.get("chargeLoops") == 40, drive.text)
    # What is wrong leaves everything as it was.
    good = station.file.read_text()
    station.file.write_text(good.replace("evses:", "evzes:"))
    since = len(station.log)
    station.process.send_signal(signal.SIGHUP)
    check("a reload of a wrong file: refused, with the key named",
          station.waits_for("the reload was refused", 5, since) and "evzes" in station.log[since:], station.log[since:])
    drive = bench.drive("--energy", "dc", "--protocol", "iso2")
    check("after it the next car charges as before", drive.code == 0, drive.text)
    station.file.write_text(good.replace("log: debug", "log: debug\nauthorization: [eim]"))
    check("a reload with other settings: taken", station.reload(), station.log[-800:])
    drive = bench.drive("--energy", "dc", "--protocol", "iso2", "--auth", "pnc")
    check("and it counts for the next car: no contract payment any more", drive.code == 1, drive.text)
    check("SIGTERM without a session: ends with 0", station.end() == 0 and "stopped" in station.log)


def stop(bench):
    check = bench.report.check
    station = bench.station("stop")
    car, began = in_session(bench, station, [*CHARGING[:-3], "400", "--pace", "50"])
    asked = time.monotonic()
    status = station.end()
    took = time.monotonic() - asked
    drive = bench.finish_car(car)
    check("SIGTERM in a session: ends with 0", began and status == 0, f"{status} after {took:.1f} s\n{station.log[-1500:]}")
    check("SIGTERM in a session: the car is not left without an end", drive.code in (0, 1) and drive.last, drive.text)
    records = station.records()
    check("SIGTERM in a session: its record is on disk, with an outcome",
          len(records) == 1 and records[0].get("outcome") and records[0].get("reason"), records)


def killed(bench):
    check = bench.report.check
    station = bench.station("killed")
    drive = bench.drive("--energy", "dc", "--protocol", "iso2", "--loops", "25")
    check("kill: a session before", drive.code == 0, drive.text)
    station.new_record(0)
    port = station.dynamic_port
    receipts = drive.last.get("receipts", 0)
    car, began = in_session(bench, station, [*CHARGING, "--sessions", "1"])
    station.end(signal.SIGKILL)
    drive = bench.finish_car(car)
    check("kill in a session: the car ends by itself, not well", began and drive.code == 1, drive.text)
    files = [path for path in station.state.rglob("*") if path.is_file()]
    whole = [json.loads(path.read_text()) for path in files if path.suffix == ".json"]
    check("kill: the earlier record is whole", len(whole) == 1 and whole[0]["outcome"] == "completed", whole)
    check("kill: its receipts are there", len([path for path in files if path.suffix == ".exi"]) >= receipts > 0, files)
    check("kill: no half file", not [path for path in files if "tmp" in path.name or path.stat().st_size == 0], files)
    secret = [path for path in files if path.suffix in (".json", ".exi", ".key") and path.stat().st_mode & 0o077]
    check("records, receipts and the key of pseudonyms are the owner's alone", not secret, secret)
    again = bench.station("killed-again", state=station.state)
    check("started again: the same dynamic port", again.dynamic_port == port)
    drive = bench.drive("--energy", "dc", "--protocol", "iso2", "--loops", "25")
    check("started again: the next car charges", drive.code == 0, drive.text)
    again.end()


def trouble(bench):
    """What a daemon that cannot start says."""
    check = bench.report.check
    place = bench.work / "trouble"
    place.mkdir(exist_ok=True)
    for name, text, wanted, code in (
        ("an unknown key", "interface: evse0\nstat: /tmp\n", "stat", 78),
        ("no such interface", f"interface: evse9\npki: {bench.pki}\nstate: {place}/state\nevses:\n"
         "  - {id: DE*ABC*E0001, power: dc, simulated: instant}\n", "evse9", 1),
    ):
        file = place / "station.yaml"
        file.write_text(text)
        try:
            done = subprocess.run(
                ["ip", "netns", "exec", bench.cable.station, str(bench.bin / "v2g-daemon"), "--config", str(file)],
                capture_output=True, text=True, timeout=20)
            check(f"{name}: ends with {code} and names it", done.returncode == code and wanted in done.stderr,
                  f"exit {done.returncode}\n{done.stderr}")
        except subprocess.TimeoutExpired:
            check(f"{name}: ends with {code} and names it", False, "no end after 20 s")


def run(bench):
    station = bench.station("figures")
    print(f"      ready after {station.ready_after * 1000:.0f} ms, resident {station.rss_at_start:.1f} MiB")
    station.end()
    reload(bench)
    stop(bench)
    killed(bench)
    trouble(bench)
