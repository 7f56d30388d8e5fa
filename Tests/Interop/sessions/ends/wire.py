"""A car made by hand: V2GTP frames over TCP or TLS, messages written as JSON and turned into EXI by `v2g exi`."""

import json
import socket
import ssl
import struct
import subprocess

from .bench import CAR_IF

ISO2 = "urn:iso:15118:2:2013:MsgDef"
ISO20_DC = "urn:iso:std:iso:15118:-20:DC"
SAP_TYPE = 0x8001
ISO20_TYPE = 0x8002


class Coder:
    """One `v2g exi encode` or `decode` for each schema set, fed line by line."""

    def __init__(self, program):
        self.program = program
        self.running = {}

    def _ask(self, verb, name, line):
        key = verb, name
        if key not in self.running:
            self.running[key] = subprocess.Popen(
                [str(self.program), "exi", verb, "--set", name, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True)
        process = self.running[key]
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    def encode(self, name, document):
        answer = self._ask("encode", name, json.dumps(document))
        if answer.startswith("{"):
            raise ValueError(f"{answer} of {json.dumps(document)[:200]}")
        return bytes.fromhex(answer)

    def decode(self, name, octets):
        return json.loads(self._ask("decode", name, octets.hex()))

    def end(self):
        for process in self.running.values():
            process.stdin.close()
            process.stdout.close()
            process.wait(5)


def frame(octets, kind=SAP_TYPE):
    return struct.pack("!BBHI", 0x01, 0xFE, kind, len(octets)) + octets


def connect(address, port, seconds=5):
    plug = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    plug.settimeout(seconds)
    plug.connect((address, port, 0, socket.if_nametoindex(CAR_IF)))
    plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return plug


def secured(plug):
    """TLS 1.2 as -2 asks for, without looking at the station's chain."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA256")
    return context.wrap_socket(plug)


class HandCar:
    """One connection. What the station does not answer is `None`."""

    def __init__(self, coder, address, port, is_tls=True):
        self.coder = coder
        plug = connect(address, port)
        self.plug = secured(plug) if is_tls else plug
        self.session = "00" * 8

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.plug.close()

    def receive(self):
        """The payload of the next frame; `None` when the connection ends or nothing comes."""
        try:
            header = self._exactly(8)
            return self._exactly(struct.unpack("!I", header[4:])[0])
        except (OSError, EOFError):
            return None

    def _exactly(self, count):
        got = b""
        while len(got) < count:
            part = self.plug.recv(count - len(got))
            if not part:
                raise EOFError
            got += part
        return got

    def send(self, octets):
        try:
            self.plug.sendall(octets)
        except OSError:
            # The station may have closed already; the answer that does not come tells.
            pass

    def negotiate(self, namespace=ISO2, version=(2, 0)):
        self.send(frame(self.negotiation(self.coder, namespace, version)))
        answer = self.receive()
        return None if answer is None else self.coder.decode("sap", answer)["supportedAppProtocolRes"]["ResponseCode"]

    @staticmethod
    def negotiation(coder, namespace=ISO2, version=(2, 0)):
        return coder.encode("sap", {"supportedAppProtocolReq": {"AppProtocol": [{
            "ProtocolNamespace": namespace, "VersionNumberMajor": version[0], "VersionNumberMinor": version[1],
            "SchemaID": 1, "Priority": 1}]}})

    def request(self, name, body):
        return frame(self.coder.encode(
            "iso2", {"V2G_Message": {"Header": {"SessionID": self.session}, "Body": {name: body}}}))

    def ask(self, name, body):
        """The body of the response to a -2 request."""
        self.send(self.request(name, body))
        answer = self.receive()
        if answer is None:
            return None
        message = self.coder.decode("iso2", answer)["V2G_Message"]
        self.session = message["Header"]["SessionID"]
        return next(iter(message["Body"].values()))

    def set_up(self):
        """Up to the list of services, which is returned."""
        if self.negotiate() != "OK_SuccessfulNegotiation":
            return None
        if self.ask("SessionSetupReq", {"EVCCID": "0A1B2C3D4E5F"}) is None:
            return None
        return self.ask("ServiceDiscoveryReq", {})

    def select(self, payment):
        return self.ask("PaymentServiceSelectionReq", {
            "SelectedPaymentOption": payment, "SelectedServiceList": {"SelectedService": [{"ServiceID": 1}]}})

    def is_closed(self, seconds):
        """Whether the station ends the connection within that time, whatever it sends first."""
        self.plug.settimeout(seconds)
        try:
            while self.plug.recv(4096):
                pass
            return True
        except TimeoutError:
            return False
        except OSError:
            return True
