"""Counting checks, and running other people's programs with a deadline."""

import os
import subprocess
import time

DEADLINE_SECONDS = 30


class Report:
    """Prints one line per check and counts. A crash of a tool is a failed check, never a silent pass."""

    def __init__(self, is_quiet=False):
        self.passed = 0
        self.failed = 0
        self.is_quiet = is_quiet
        self.started = time.monotonic()

    def check(self, name, is_good, detail=""):
        if is_good:
            self.passed += 1
            if not self.is_quiet:
                print(f"ok    {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {name}", flush=True)
            for line in str(detail).strip().splitlines()[:12]:
                print(f"          {line}", flush=True)
        return is_good

    def accepted(self, name, result):
        """The program has to succeed."""
        return self.check(name, result.code == 0, f"exit {result.code}\n{result.text}")

    def refused(self, name, result):
        """A negative control: the program has to fail by itself, not by a time-out or for want of the program."""
        good = result.code not in (0, Result.TIMED_OUT, Result.NOT_FOUND)
        return self.check(f"{name} (negative control)", good, f"exit {result.code}\n{result.text}")

    def skip(self, name, reason):
        print(f"skip  {name}: {reason}", flush=True)

    def heading(self, text):
        print(f"-- {text}", flush=True)

    def finish(self):
        print(f"foreign tools: {time.monotonic() - self.started:.0f} s")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 0 if self.failed == 0 and self.passed > 0 else 1


class Result:
    """What a program did."""

    TIMED_OUT = -1000
    NOT_FOUND = -1001

    def __init__(self, code, output):
        self.code = code
        self.output = output

    @property
    def text(self):
        return self.output.decode("utf-8", "replace")


def run(*command, data=b"", seconds=DEADLINE_SECONDS, environment=None):
    """Runs a program without a shell; standard error is part of the output."""
    try:
        done = subprocess.run(
            [str(part) for part in command], input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=seconds, env={**os.environ, **(environment or {})})
        return Result(done.returncode, done.stdout)
    except subprocess.TimeoutExpired as timeout:
        return Result(Result.TIMED_OUT, (timeout.stdout or b"") + f"\nno end after {seconds} s".encode())
    except FileNotFoundError as missing:
        return Result(Result.NOT_FOUND, str(missing).encode())
