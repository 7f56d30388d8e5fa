"""Hostile peers: the daemon lives on as the same process, the next car charges, and memory comes back."""

import base64
import os
import random
import socket
import ssl
import struct
import subprocess
import time

from .wire import ISO20_DC, ISO20_TYPE, SAP_TYPE, Coder, HandCar, connect, frame

HALF_OPEN = 1000
RSS_RISE_MIB = 20
#: A frame that began has to be whole within five seconds, with some room for a busy machine.
DRIP_SECONDS = 8
EMAID = "DEABCC12345678"


def charges(bench, station, name):
    """What has to hold after each attack."""
    drive = bench.drive("--energy", "dc", "--protocol", "iso2")
    bench.report.check(
        f"after {name}: the daemon lives, and the next car charges", station.is_alive and drive.code == 0,
        drive.text + ("" if station.is_alive else station.log[-1500:]))


def junk_frames(coder):
    dice = random.Random(15118)
    sap = HandCar.negotiation(coder)
    return {
        "random bytes": bytes([0x01]) + dice.randbytes(300),
        "a wrong version": struct.pack("!BBHI", 0x02, 0xFD, SAP_TYPE, len(sap)) + sap,
        "a version whose inverse is wrong": struct.pack("!BBHI", 0x01, 0x01, SAP_TYPE, len(sap)) + sap,
        "a length of 4 GiB": struct.pack("!BBHI", 0x01, 0xFE, SAP_TYPE, 0xFFFFFFFF) + sap,
        "a length of 64 KiB and one": struct.pack("!BBHI", 0x01, 0xFE, SAP_TYPE, 65537) + sap,
        "a length of zero": struct.pack("!BBHI", 0x01, 0xFE, SAP_TYPE, 0),
        "an unknown payload type": frame(sap, 0x7777),
        "EXI of another schema": frame(coder.encode("iso2", {"V2G_Message": {
            "Header": {"SessionID": "00" * 8}, "Body": {"SessionSetupReq": {"EVCCID": "0A1B2C3D4E5F"}}}})),
        "EXI that ends early": frame(sap[:5]),
        "EXI of random bytes": frame(b"\x80" + dice.randbytes(200)),
        "only zeros": frame(bytes(4000)),
    }


def junk(bench, station, coder):
    for is_tls in (False, True):
        where = "TLS" if is_tls else "plain TCP"
        for name, octets in junk_frames(coder).items():
            with HandCar(coder, bench.cable.address, station.dynamic_port, is_tls) as car:
                car.send(octets)
                bench.report.check(f"{where}, {name}: closed", car.is_closed(6), "the station keeps the connection")
    charges(bench, station, "junk frames")


def lengths(bench, station, coder):
    """Lengths that are right, in unusual portions; and a drip, which must not hold the connection."""
    check = bench.report.check
    with HandCar(coder, bench.cable.address, station.dynamic_port, is_tls=False) as car:
        for octet in frame(HandCar.negotiation(coder)):
            car.send(bytes([octet]))
        check("one byte at a time: answered", car.receive() is not None)
        check("and the session goes on", car.ask("SessionSetupReq", {"EVCCID": "0A1B2C3D4E5F"}) is not None)
        request = car.request("ServiceDiscoveryReq", {})
        car.send(request + request[:3])
        check("one and a half frames at once: the whole one is answered", car.receive() is not None)
    cars = {where: HandCar(coder, bench.cable.address, station.dynamic_port, where == "TLS") for where in ("plain TCP", "TLS")}
    octets = {}
    for where, car in cars.items():
        check(f"{where}: negotiated (the control)", car.negotiate() == "OK_SuccessfulNegotiation")
        octets[where] = list(car.request("SessionSetupReq", {"EVCCID": "0A1B2C3D4E5F"}))
        car.plug.settimeout(0.2)
    began, cut = time.monotonic(), {}
    while len(cut) < 2 and time.monotonic() - began < DRIP_SECONDS:
        for where, car in cars.items():
            if where not in cut and len(octets[where]) > 1:
                try:
                    car.plug.sendall(bytes([octets[where].pop(0)]))
                    if car.plug.recv(1) == b"":
                        cut[where] = time.monotonic() - began
                except TimeoutError:
                    pass
                except OSError:
                    cut[where] = time.monotonic() - began
        time.sleep(0.4)
    for where, car in cars.items():
        check(f"{where}: a frame that comes in drips is cut after 5 s", 4 < cut.get(where, 0) <= DRIP_SECONDS, cut)
        car.plug.close()
    charges(bench, station, "drips")


def half_open(bench, station):
    """TCP connections that begin TLS and say no more, while a car charges."""
    plugs, refused = [], 0
    since = len(station.log)
    car = bench.start_car("--energy", "dc", "--protocol", "iso2", "--loops", "60", "--pace", "50")
    # They come from the car's own address, whose oldest connection without a frame would have to make room.
    bench.report.check("half-open connections: a car charges before them", station.waits_for("CurrentDemandReq", 10, since))
    hello = bytes.fromhex("1603010100010000fc0303")
    for _ in range(HALF_OPEN):
        try:
            plug = connect(bench.cable.address, station.dynamic_port, 2)
            plug.sendall(hello)
            plugs.append(plug)
        except OSError:
            refused += 1
    drive = bench.finish_car(car)
    bench.report.check(
        f"{HALF_OPEN} half-open TLS connections ({refused} refused): the car that charges is not disturbed",
        drive.code == 0, drive.text)
    charges(bench, station, "them, all still open,")
    for plug in plugs:
        plug.close()
    charges(bench, station, "them, all closed,")


def coming_and_going(bench, station):
    """Connections that close at once must not fill the log."""
    since = len(station.log)
    for _ in range(1000):
        try:
            connect(bench.cable.address, station.dynamic_port, 2).close()
        except OSError:
            pass
    time.sleep(0.5)
    grown = len(station.log) - since
    bench.report.check("1,000 connections that close at once: under 1 MB of log", grown < 1_000_000, grown)
    before = cpu(station)
    time.sleep(1)
    used = cpu(station) - before
    bench.report.check("and the daemon is idle again", used < 0.3, f"{used:.2f} s of CPU in one second")
    charges(bench, station, "them")


def cpu(station):
    """Seconds of CPU that a process used."""
    fields = open(f"/proc/{station.process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def certificates(bench, coder):
    """Each certificate of PaymentDetailsReq replaced by each kind of junk.

    The station has no sub-CAs of its own: with them, a chain is complete whatever the car adds to its leaf.
    """
    pki = bench.copy_pki("pki-without-sub-cas")
    for name in ("mo_sub1", "mo_sub2"):
        (pki / f"iso2/certs/{name}.crt").unlink()
    station = bench.station("junk-certificates", pki=pki, evses=[
        f"{{id: DE*ABC*E000{number}, power: dc, simulated: instant}}" for number in (1, 2)])

    def der(name):
        return ssl.PEM_cert_to_DER_cert((bench.pki / f"iso2/certs/{name}.crt").read_text())

    dice = random.Random(2)
    leaf, subs = der("contract"), [der("mo_sub2"), der("mo_sub1")]
    flipped = bytearray(leaf)
    flipped[len(flipped) // 2] ^= 0x55
    kinds = {
        "nothing": b"", "one byte": b"\x30", "random bytes": dice.randbytes(300), "zeros": bytes(800),
        "half of it": leaf[: len(leaf) // 2], "a flipped byte": bytes(flipped), "a length of 4 GiB": b"\x30\x84\xff\xff\xff\xff" + leaf[6:],
        "an indefinite length": b"\x30\x80" + leaf[4:], "800 nested sequences": b"\x30\x80" * 400,
        "text": b"-----BEGIN CERTIFICATE-----\n" * 10, "a station's certificate": der("secc"), "a root": der("mo_root"),
    }

    def ask(chain, emaid=None):
        with HandCar(coder, bench.cable.address, station.dynamic_port) as car:
            if car.set_up() is None or (car.select("Contract") or {}).get("ResponseCode") != "OK":
                return "no session"
            text = [base64.b64encode(each).decode() for each in chain]
            body = {"eMAID": emaid or EMAID, "ContractSignatureCertChain": {
                "Certificate": text[0], "SubCertificates": {"Certificate": text[1:]}}}
            answer = car.ask("PaymentDetailsReq", body)
            return answer["ResponseCode"] if answer else "closed"

    name = subject(bench, "contract")
    code = ask([leaf] + subs, name)
    bench.report.check("PaymentDetailsReq with the real chain: OK (the control)", code.startswith("OK"), code)
    for place, where in enumerate(("leaf", "sub-CA 2", "sub-CA 1")):
        wrong = {}
        for kind, octets in kinds.items():
            chain = [leaf] + subs
            chain[place] = octets
            code = ask(chain, name)
            if not (code.startswith("FAILED") or code == "closed") or not station.is_alive:
                wrong[kind] = code
        bench.report.check(
            f"PaymentDetailsReq, {where} replaced by {len(kinds)} kinds of junk: refused, the daemon lives",
            not wrong and station.is_alive, wrong)
    code = ask([leaf] + subs, "DEXYZC99999999")
    bench.report.check("PaymentDetailsReq with another eMAID: refused", code.startswith("FAILED") or code == "closed", code)
    charges(bench, station, "junk certificates")
    bench.report.check("junk certificates: SIGTERM ends the daemon with 0", station.end() == 0)


def subject(bench, name):
    """The CN of a certificate."""
    text = subprocess.run(
        ["openssl", "x509", "-in", str(bench.pki / f"iso2/certs/{name}.crt"), "-noout", "-subject", "-nameopt", "multiline"],
        capture_output=True, text=True).stdout
    return next(line.split("=", 1)[1].strip() for line in text.splitlines() if "commonName" in line)


def wrong_edition(bench, station, coder):
    """Frames and offers of -20 over TLS 1.2."""
    check = bench.report.check
    setup = frame(
        coder.encode("iso20-common", {"SessionSetupReq": {
            "Header": {"SessionID": "00" * 8, "TimeStamp": 1700000000}, "EVCCID": "WMIV1234567890ABCDEX"}}), ISO20_TYPE)
    with HandCar(coder, bench.cable.address, station.dynamic_port) as car:
        code = car.negotiate(ISO20_DC, (1, 0))
        check("-20 offered on TLS 1.2: not agreed on", code in (None, "Failed_NoNegotiation"), code)
        car.send(setup)
        check("and its frames end the connection", car.is_closed(6))
    with HandCar(coder, bench.cable.address, station.dynamic_port) as car:
        car.send(setup)
        check("a -20 frame first on TLS 1.2: closed without an answer", car.receive() is None)
    with HandCar(coder, bench.cable.address, station.dynamic_port) as car:
        check("-2 agreed on TLS 1.2 (the control)", car.negotiate() == "OK_SuccessfulNegotiation")
        car.send(setup)
        check("then a -20 frame: closed without an answer", car.receive() is None)
    charges(bench, station, "frames of the other edition")


def strange_sessions(bench, station, coder):
    """Session identifiers that are not the session's, and messages out of order."""
    check = bench.report.check
    for name, identifier in (("of another session", "0102030405060708"), ("of zeros", "00" * 8)):
        with HandCar(coder, bench.cable.address, station.dynamic_port) as car:
            car.set_up()
            real, car.session = car.session, identifier
            answer = car.select("ExternalPayment") or {}
            check(f"a session identifier {name} in the middle: FAILED_UnknownSession",
                  answer.get("ResponseCode") == "FAILED_UnknownSession" and real != identifier, answer)
    with HandCar(coder, bench.cable.address, station.dynamic_port) as car:
        car.set_up()
        answer = car.ask("AuthorizationReq", {}) or {}
        check("authorization before payment was selected: FAILED_SequenceError",
              answer.get("ResponseCode") == "FAILED_SequenceError", answer)
    charges(bench, station, "strange sessions")


def discovery(bench, station):
    """Discovery requests in masses, and junk on its port."""
    plug = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    scope = socket.if_nametoindex("ev0")
    request = struct.pack("!BBHIBB", 0x01, 0xFE, 0x9000, 2, 0x00, 0x00)
    dice = random.Random(3)
    for number in range(3000):
        octets = request if number % 2 else dice.randbytes(dice.randrange(1, 200))
        try:
            plug.sendto(octets, ("ff02::1", 15118, 0, scope))
        except OSError:
            pass
    answers = 0
    plug.settimeout(0.3)
    try:
        while plug.recv(100):
            answers += 1
    except OSError:
        pass
    plug.close()
    bench.report.check("1,500 discovery requests at once: answers are bounded", 0 < answers < 200, answers)
    # The bound of one source is over after a second.
    time.sleep(1.1)
    charges(bench, station, "masses of discovery")


def run(bench):
    coder = Coder(bench.bin / "v2g")
    try:
        certificates(bench, coder)
        against_one(bench, coder)
    finally:
        coder.end()


def against_one(bench, coder):
    """All the rest against one process, whose memory is watched."""
    station = bench.station("hostile", evses=[
        f"{{id: DE*ABC*E000{number}, power: dc, simulated: instant}}" for number in (1, 2)])
    charges(bench, station, "nothing (the control)")
    pid, before = station.process.pid, station.rss
    junk(bench, station, coder)
    lengths(bench, station, coder)
    wrong_edition(bench, station, coder)
    strange_sessions(bench, station, coder)
    discovery(bench, station)
    coming_and_going(bench, station)
    half_open(bench, station)
    after = station.rss
    bench.report.check(
        f"memory rose by less than {RSS_RISE_MIB} MiB", after - before < RSS_RISE_MIB, f"{before:.1f} to {after:.1f} MiB")
    print(f"      resident: {before:.1f} MiB before, {after:.1f} MiB after")
    bench.report.check("the same process all along", station.is_alive and station.process.pid == pid)
    bench.report.check("SIGTERM ends it with 0", station.end() == 0)
