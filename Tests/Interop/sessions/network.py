"""Two network namespaces joined by a veth pair, with nothing but IPv6 link-local addresses: station and car."""

import os
import subprocess
import time


class NetworkError(Exception):
    pass


def ip(*arguments):
    result = subprocess.run(["ip", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode != 0:
        raise NetworkError(f"ip {' '.join(arguments)}: {result.stderr.strip()}")
    return result.stdout


class Network:
    """Made on entry, removed on exit; names hold the process id, so that runs do not meet."""

    def __init__(self):
        self.station = f"v2gx-{os.getpid()}-s"
        self.car = f"v2gx-{os.getpid()}-c"
        # Each is the only one of its name in its namespace.
        self.station_interface = "v2gxs"
        self.car_interface = "v2gxc"

    def __enter__(self):
        made = []
        try:
            for name in (self.station, self.car):
                ip("netns", "add", name)
                made.append(name)
            ip("link", "add", self.station_interface, "netns", self.station, "type", "veth",
               "peer", "name", self.car_interface, "netns", self.car)
            for name, interface in self.places():
                # Without this an address is tentative for a second or two, and cannot be bound.
                self.run(name, "sysctl", "-qw", f"net.ipv6.conf.{interface}.accept_dad=0",
                         f"net.ipv6.conf.{interface}.disable_ipv6=0")
                ip("-n", name, "link", "set", "lo", "up")
                ip("-n", name, "link", "set", interface, "up")
            self.wait()
        except (NetworkError, OSError):
            self.remove(made)
            raise
        return self

    def __exit__(self, *_):
        self.remove((self.station, self.car))

    def places(self):
        return (self.station, self.station_interface), (self.car, self.car_interface)

    @staticmethod
    def run(name, *command):
        result = subprocess.run(["ip", "netns", "exec", name, *command], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True)
        if result.returncode != 0:
            raise NetworkError(f"{' '.join(command)} in {name}: {result.stderr.strip()}")

    def wait(self):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if all(ip("-n", name, "-6", "addr", "show", interface, "scope", "link", "-tentative").strip()
                   for name, interface in self.places()):
                return
            time.sleep(0.05)
        raise NetworkError("no link-local address within 10 s")

    @staticmethod
    def remove(names):
        for name in names:
            try:
                ip("netns", "del", name)
            except NetworkError as error:
                print(f"sessions: {error}")
