"""Two namespaces with a cable between them, stations and cars on it, and what they left behind."""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

CLONE_NEWNET = 0x40000000
STATION_IF = "evse0"
CAR_IF = "ev0"
#: Nothing of ours takes longer; a car that hangs is a failed check.
CAR_SECONDS = 30


def _ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True, timeout=10)


class Cable:
    """A veth pair between the namespaces of the station and of the car. This process moves into the car's."""

    def __init__(self):
        self.station = f"v2gown{os.getpid()}s"
        self.car = f"v2gown{os.getpid()}c"
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            for words in (
                ["netns", "add", self.station], ["netns", "add", self.car],
                ["link", "add", STATION_IF, "netns", self.station, "type", "veth", "peer", "name", CAR_IF, "netns", self.car],
            ):
                done = _ip(*words)
                if done.returncode != 0:
                    raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")
            for place, name in ((self.station, STATION_IF), (self.car, CAR_IF)):
                subprocess.run(
                    ["ip", "netns", "exec", place, "sysctl", "-qw", f"net.ipv6.conf.{name}.accept_dad=0"], timeout=10)
                _ip("-n", place, "link", "set", "lo", "up")
                _ip("-n", place, "link", "set", name, "up")
            self._enter(os.open(f"/run/netns/{self.car}", os.O_RDONLY))
            self.address = self._link_local(self.station, STATION_IF)
            self._link_local(self.car, CAR_IF)
        except BaseException:
            self.remove()
            raise

    @staticmethod
    def trouble():
        """Why namespaces cannot be made here; empty when they can."""
        name = f"v2gown{os.getpid()}t"
        done = _ip("netns", "add", name)
        _ip("netns", "del", name)
        return "" if done.returncode == 0 else f"no namespaces: {done.stderr.strip()}"

    def _enter(self, handle):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(handle, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def _link_local(self, place, name):
        for _ in range(50):
            done = _ip("-n", place, "-6", "-j", "addr", "show", "dev", name, "scope", "link")
            for entry in json.loads(done.stdout or "[]"):
                for found in entry.get("addr_info", []):
                    if not found.get("tentative"):
                        return found["local"]
            time.sleep(0.1)
        raise OSError(f"{name} has no link-local address")

    def remove(self):
        self._enter(self.home)
        for name in (self.station, self.car):
            _ip("netns", "del", name)


class Station:
    """One running `v2g-daemon` with its log and its state."""

    def __init__(self, bench, name, text, state):
        self.folder = bench.work / name
        self.folder.mkdir(exist_ok=True)
        self.state = state
        self.file = self.folder / "station.yaml"
        self.file.write_text(text)
        self.log_file = self.folder / "daemon.log"
        began = time.monotonic()
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", bench.cable.station, str(bench.bin / "v2g-daemon"), "--config", str(self.file)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.is_ready = self.waits_for(" ready", 15)
        self.ready_after = time.monotonic() - began
        self.rss_at_start = self.rss if self.is_ready else 0

    @property
    def log(self):
        return self.log_file.read_text("utf-8", "replace")

    @property
    def is_alive(self):
        return self.process.poll() is None

    @property
    def rss(self):
        """Resident memory in MiB."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    @property
    def dynamic_port(self):
        return int((self.state / f"dynamic-port-{STATION_IF}").read_text())

    def waits_for(self, text, seconds=5, since=0):
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if text in self.log[since:]:
                return True
            if not self.is_alive:
                return text in self.log[since:]
            time.sleep(0.02)
        return False

    def records(self):
        """The session records, oldest first by their order on disk."""
        files = sorted((self.state / "sessions").glob("*.json"), key=lambda each: each.stat().st_mtime_ns)
        return [json.loads(each.read_text()) for each in files]

    def known(self):
        """How many records there are, once those of sessions that just ended are written."""
        last, limit = -1, time.monotonic() + 3
        while time.monotonic() < limit:
            count = len(list((self.state / "sessions").glob("*.json")))
            if count == last and count == self.log.count("session ended"):
                break
            last = count
            time.sleep(0.05)
        return max(last, 0)

    def new_record(self, known, seconds=3):
        """The record beyond `known` ones; it is written just after the connection ended."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            found = self.records()
            if len(found) > known:
                return found[-1]
            time.sleep(0.02)
        return {}

    def reload(self):
        since = len(self.log)
        self.process.send_signal(signal.SIGHUP)
        return self.waits_for("reloaded", 10, since)

    def end(self, number=signal.SIGTERM, seconds=15):
        """The exit status; `None` when it had to be killed."""
        if self.is_alive:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


class Drive:
    """What a car did."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        self.records = []
        for line in out.splitlines():
            try:
                self.records.append(json.loads(line))
            except ValueError:
                pass

    @property
    def text(self):
        return f"exit {self.code}\n{self.err}\n" + "\n".join(
            json.dumps({key: value for key, value in each.items() if key != "timeline"}) for each in self.records)

    @property
    def last(self):
        return self.records[-1] if self.records else {}


class Bench:
    def __init__(self, folder, work, cable, report):
        self.bin, self.work, self.cable, self.report = folder, work, cable, report
        self._stations = []
        self._cars = []
        self.pki = self.make_pki("pki")

    # PKIs

    def v2g(self, *words, seconds=60):
        return subprocess.run(
            [str(self.bin / "v2g"), *map(str, words)], capture_output=True, text=True, timeout=seconds)

    def make_pki(self, name):
        place = self.work / name
        if not place.exists():
            done = self.v2g("pki", "init", "--dir", place, "--edition", "both", "--samples")
            if done.returncode != 0:
                raise OSError(f"v2g pki init: {done.stderr}")
        return place

    def copy_pki(self, name, of=None):
        place = self.work / name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(of or self.pki, place, symlinks=True)
        return place

    def revoke(self, pki, edition, name):
        done = self.v2g(
            "pki", "revoke", "--dir", pki, "--edition", edition, "--cert", pki / edition / "certs" / f"{name}.crt",
            "--reason", "keyCompromise")
        return done.returncode == 0 or done.stderr

    # Both ends

    def station(self, name, power="dc", evses=None, pki=None, extra="", state=None):
        place = self.work / name
        place.mkdir(exist_ok=True)
        lines = evses or [f"{{id: DE*ABC*E0001, power: {power}, simulated: instant}}"]
        if state is None:
            state = place / "state"
            shutil.rmtree(state, ignore_errors=True)
        text = "\n".join([
            f"interface: {STATION_IF}", f"pki: {pki or self.pki}", f"state: {state}", "log: debug", extra.strip(),
            "evses:", *[f"  - {line}" for line in lines], ""])
        station = Station(self, name, text, state)
        self._stations.append(station)
        self.report.check(f"{name}: the daemon is ready", station.is_ready, station.log[-2000:])
        return station

    def start_car(self, *words, pki=None):
        process = subprocess.Popen(
            [str(self.bin / "v2g"), "ev", "--interface", CAR_IF, "--pki", str(pki or self.pki), "--json", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._cars.append(process)
        return process

    def finish_car(self, process, seconds=CAR_SECONDS):
        try:
            out, err = process.communicate(timeout=seconds)
            return Drive(process.returncode, out, err)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            return Drive(None, out, f"{err}\nno end after {seconds} s")

    def drive(self, *words, pki=None, seconds=CAR_SECONDS):
        return self.finish_car(self.start_car(*words, pki=pki), seconds)

    def end_all(self):
        for process in self._cars:
            if process.poll() is None:
                process.kill()
                process.communicate()
        for station in self._stations:
            station.end()
        self._cars, self._stations = [], []
