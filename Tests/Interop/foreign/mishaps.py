"""Mishaps around `v2g pki init`: killed in the middle, a full disk, a second start."""

import random
import shutil
import signal
import subprocess
import time

from .pki import PKI
from .chains import openssl_verify
from .report import run

KILLS = 20


def check_mishaps(v2g, work, report):
    report.heading("an init that is cut off")
    folder = work / "mishaps"
    folder.mkdir()
    started = time.monotonic()
    report.accepted("pki init undisturbed", run(v2g, "pki", "init", "--dir", folder / "whole", "--samples"))
    whole = time.monotonic() - started
    wanted = names(folder / "whole")
    broken = []
    for number in range(KILLS):
        place = folder / f"killed-{number}"
        process = subprocess.Popen([v2g, "pki", "init", "--dir", place, "--samples"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        moment = random.uniform(0.005, whole)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        again = run(v2g, "pki", "init", "--dir", place, "--samples")
        audit = run(v2g, "pki", "audit", "--dir", place)
        pki = PKI(place, "killed")
        chain = pki.named("secc") and pki.chain(pki.named("secc"))
        if (again.code, audit.code) != (0, 0) or names(place) != wanted or not chain or openssl_verify(pki, chain).code != 0:
            broken.append(f"killed after {moment:.3f} s: init {again.code}, audit {audit.code}, "
                          f"{sorted(names(place) ^ wanted)}\n{again.text}{audit.text}")
    report.check(f"pki init killed {KILLS} times: the second run completes it, nothing is left over", not broken,
                 "\n".join(broken))
    check_full_disk(v2g, folder, report)


def names(place):
    """Files but the copies by serial."""
    return {str(path.relative_to(place)) for path in place.glob("*/*") if path.parent.name != "newcerts"} | {
        "leftover" for path in place.glob("newcerts/*") if path.suffix != ".pem"}


def check_full_disk(v2g, folder, report):
    """A file system of a few hundred KiB, in a name space of its own."""
    if not shutil.which("unshare") or run("unshare", "-rm", "mount", "-t", "tmpfs", "none", folder).code != 0:
        report.skip("a full disk", "this system lets nobody mount a small file system")
        return
    place = folder / "small"
    place.mkdir()
    script = folder / "full-disk.sh"
    script.write_text("""
mount -t tmpfs -o size="$3" none "$2" || exit 9
"$1" pki init --dir "$2/pki" --samples; first=$?
mount -o remount,size=64m "$2" || exit 9
"$1" pki init --dir "$2/pki" --samples; second=$?
"$1" pki audit --dir "$2/pki"; third=$?
echo "codes $first $second $third"
""")
    for size in ("16k", "100k", "300k", "500k"):
        done = run("unshare", "-rm", "sh", script, v2g, place, size)
        report.check(f"pki init on a disk of {size} fails with exit 3, says why, and completes when there is space",
                     "codes 3 0 0" in done.text and "v2g: " in done.text, done.text)
