"""What is tried, and what is known not to go, with the reason."""

import dataclasses

STATION = "our station, its car"
CAR = "our car, its station"


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    direction: str
    protocol: str  # iso2, iso20, din
    energy: str  # ac, dc
    authorization: str  # pnc, eim
    installs: bool = False
    quirks: tuple = ()
    quick: bool = False
    # A control: without the quirk the session must be refused.
    refused: bool = False
    # Once in so many charge loop messages; 0 never.
    receipts: int = 3
    # A setting that the peer needs, for the table.
    remark: str = ""
    # Why the peer cannot do it. Such a case is listed and not run.
    impossible: str = ""
    seconds: int = 75

    @property
    def key(self):
        side = "station" if self.direction == STATION else "car"
        return f"{self.name.lower().replace(' ', '-')}/{side}"

    @property
    def uses_tls(self):
        return self.protocol != "din"


def pair(name, protocol, energy, authorization, installs=False, station=(), car=(), quick=(), **more):
    return [
        Case(name, STATION, protocol, energy, authorization, installs, tuple(station), "station" in quick, **more),
        Case(name, CAR, protocol, energy, authorization, installs, tuple(car), "car" in quick, **more),
    ]


# A chain without OCSP answers needs `josev` at our car in every edition with TLS; P-256 in -20 needs it at both.
# The simulated power electronics of Josev's station need `simulated-output` at our car, and its codec, which is slower than
# the 0.25 s and 0.5 s of the charge loops with DC on a busy machine, `slow-charge-loop`.
DC_CAR = ("simulated-output", "slow-charge-loop")
CASES = [
    *pair("-2 AC PnC", "iso2", "ac", "pnc", car=["josev"], quick=("station", "car")),
    *pair("-2 AC PnC install", "iso2", "ac", "pnc", installs=True, car=["josev"]),
    *pair("-2 DC EIM", "iso2", "dc", "eim", car=["josev", *DC_CAR]),
    Case("-2 DC PnC", STATION, "iso2", "dc", "pnc", receipts=0,
         remark="no receipts asked: its car does not answer ReceiptRequired in CurrentDemandRes"),
    Case("-2 DC PnC", CAR, "iso2", "dc", "pnc", quirks=("josev", *DC_CAR)),
    *pair("-20 DC EIM", "iso20", "dc", "eim", station=["josev", "slow-charge-loop"], car=["josev", *DC_CAR]),
    Case("-20 DC PnC", STATION, "iso20", "dc", "pnc", quirks=("josev", "slow-charge-loop"), quick=True, receipts=0,
         remark="no metering confirmation asked: its car has none, NotImplementedError"),
    Case("-20 DC PnC", CAR, "iso20", "dc", "pnc", quirks=("josev", *DC_CAR)),
    *pair("-20 AC PnC", "iso20", "ac", "pnc", station=["josev", "slow-charge-loop"], car=["josev", "slow-charge-loop"],
          receipts=0, remark="no metering confirmation asked"),
    *pair("DIN DC EIM", "din", "dc", "eim", car=DC_CAR),
    # Controls: without its quirk each departure is refused.
    Case("no OCSP answer", CAR, "iso2", "ac", "pnc", refused=True),
    Case("P-256 in -20", CAR, "iso20", "dc", "pnc", quirks=("simulated-output",), refused=True),
    Case("simulated output", CAR, "iso2", "dc", "eim", quirks=("josev", "slow-charge-loop"), refused=True),
    Case("-20 PnC install", CAR, "iso20", "dc", "pnc", installs=True,
         impossible="Josev's station has no certificate installation in -20: NotImplementedError"),
]

TITLES = {"iso2": "ISO 15118-2", "iso20": "ISO 15118-20", "din": "DIN 70121"}


def peer_protocol(case):
    if case.protocol == "iso20":
        return f"ISO_15118_20_{case.energy.upper()}"
    return {"iso2": "ISO_15118_2", "din": "DIN_SPEC_70121"}[case.protocol]


def peer_environment(case, pki, interface):
    """Josev's settings, for either of its sides."""
    yes_no = {True: "True", False: "False"}
    return {
        "NETWORK_INTERFACE": interface,
        "PKI_PATH": f"{pki}/",
        "PROTOCOLS": peer_protocol(case),
        "AUTH_MODES": case.authorization.upper(),
        "SECC_ENFORCE_TLS": yes_no[case.uses_tls],
        "ENABLE_TLS_1_3": yes_no[case.protocol == "iso20"],
        "ALLOW_CERT_INSTALL_SERVICE": "True",
        "LOG_LEVEL": "INFO",
        "MESSAGE_LOG_JSON": "False",
        "MESSAGE_LOG_EXI": "False",
    }


def peer_car(case):
    """The settings of Josev's car."""
    return {
        "supportedProtocols": [peer_protocol(case)],
        "supportedEnergyServices": [case.energy.upper()],
        "energyTransferMode": "DC_extended" if case.energy == "dc" else "AC_three_phase_core",
        "isCertInstallNeeded": case.installs,
        "useTls": case.uses_tls,
        "enforceTls": case.uses_tls,
        "sdpRetryCycles": 1,
        "chargeLoopCycle": 5,
    }


def our_station(case, pki, state, interface):
    """Our station's configuration."""
    lines = [
        f"interface: {interface}",
        f"pki: {pki}",
        f"state: {state}",
        f"protocols: [{case.protocol}]",
        f"authorization: [{case.authorization}]",
        "log: debug",
        f"receiptEvery: {case.receipts}",
        f"quirks: [{', '.join(case.quirks)}]",
        "evses:",
        f"  - {{id: DE*ABC*E0001, power: {case.energy}, simulated: true}}",
    ]
    return "\n".join(lines) + "\n"


def our_car(case, pki, interface):
    """Our car's arguments."""
    arguments = ["ev", "--interface", interface, "--pki", str(pki), "--auth", case.authorization,
                 "--energy", case.energy, "--protocol", case.protocol, "--loops", "5", "--json"]
    if case.installs:
        arguments.append("--install-contract")
    for quirk in case.quirks:
        arguments += ["--quirks", quirk]
    return arguments
