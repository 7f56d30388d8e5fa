"""Josev as a station or a car, as it is, in its own virtual environment. Settings come from the environment.

usage: peer.py station | peer.py car CONFIG.json

Its log goes to standard output, one JSON object a line: {"t", "level", "text"}. A car ends after one session: Josev's own
would wait for ever.
"""

import asyncio
import json
import logging
import os
import sys
import time

FIRST = time.monotonic()
ROUNDS = 12  # of messages before the first session


class Lines(logging.Handler):
    """Log records as lines; knows when a session is over."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.over = asyncio.Event()

    def emit(self, record):
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text += f" [{record.exc_info[0].__name__}: {record.exc_info[1]}]"
        print(json.dumps({"t": round(time.monotonic() - FIRST, 3), "level": record.levelname, "text": text[:4000]}),
              flush=True)
        if text.startswith("Reason: ") or "was not successful" in text or "when trying to connect" in text:
            self.over.set()


def take_log(lines):
    """After the imports, which set up a log of their own."""
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(logging.INFO)


def warm(codec):
    """Josev's codec runs in a Java machine, whose first message takes longer than a car may wait for the answer. So it
    has coded some before the cable is plugged in, as a station in service has."""
    from iso15118.shared.exi_codec import EXI
    from iso15118.shared.messages.app_protocol import AppProtocol, SupportedAppProtocolReq
    from iso15118.shared.messages.enums import Namespace

    EXI().set_exi_codec(codec)
    protocol = os.environ["PROTOCOLS"]
    offer = AppProtocol(protocol_ns=Namespace.ISO_V2_MSG_DEF, major_version=2, minor_version=0, schema_id=1, priority=1)
    messages = [(SupportedAppProtocolReq(app_protocol=[offer]), Namespace.SAP)]
    if protocol.startswith("ISO_15118_20"):
        from iso15118.shared.messages.iso15118_20.common_messages import SessionSetupReq
        from iso15118.shared.messages.iso15118_20.common_types import MessageHeader
        from iso15118.shared.messages.iso15118_20.dc import DCCableCheckReq
        header = MessageHeader(session_id="00", timestamp=0)
        messages.append((SessionSetupReq(header=header, evcc_id="WMIV2G"), Namespace.ISO_V20_COMMON_MSG))
        messages.append((DCCableCheckReq(header=header), Namespace.ISO_V20_DC))
    else:
        if protocol == "ISO_15118_2":
            from iso15118.shared.messages.iso15118_2.body import Body, SessionSetupReq
            from iso15118.shared.messages.iso15118_2.header import MessageHeader
            from iso15118.shared.messages.iso15118_2.msgdef import V2GMessage
            namespace = Namespace.ISO_V2_MSG_DEF
        else:
            from iso15118.shared.messages.din_spec.body import Body, SessionSetupReq
            from iso15118.shared.messages.din_spec.header import MessageHeader
            from iso15118.shared.messages.din_spec.msgdef import V2GMessage
            namespace = Namespace.DIN_MSG_DEF
        body = Body(session_setup_req=SessionSetupReq(evcc_id="025632470001"))
        messages.append((V2GMessage(header=MessageHeader(session_id="00"), body=body), namespace))
    for _ in range(ROUNDS):
        for message, namespace in messages:
            EXI().from_exi(EXI().to_exi(message, namespace), namespace)


async def station(lines):
    from iso15118.secc import SECCHandler
    from iso15118.secc.controller.interface import ServiceStatus
    from iso15118.secc.controller.simulator import SimEVSEController
    from iso15118.secc.secc_settings import Config
    from iso15118.shared.exificient_exi_codec import ExificientEXICodec

    take_log(lines)
    config = Config()
    config.load_envs()
    controller = SimEVSEController()
    await controller.set_status(ServiceStatus.STARTING)
    codec = ExificientEXICodec()
    warm(codec)
    await SECCHandler(exi_codec=codec, evse_controller=controller, config=config).start(config.iface)


async def car(path, lines):
    from iso15118.evcc import Config, EVCCHandler
    from iso15118.evcc.controller.simulator import SimEVController
    from iso15118.evcc.evcc_config import EVCCConfig
    from iso15118.shared.exificient_exi_codec import ExificientEXICodec

    take_log(lines)
    config = Config()
    config.load_envs()
    # Read here, since Josev takes its defaults in place of a file that it cannot read.
    with open(path, encoding="utf-8") as file:
        settings = EVCCConfig(**json.load(file))
    settings.load_raw_values()
    codec = ExificientEXICodec()
    warm(codec)
    handler = EVCCHandler(evcc_config=settings, iface=config.iface, exi_codec=codec, ev_controller=SimEVController(settings))
    session = asyncio.create_task(handler.start())
    over = asyncio.create_task(lines.over.wait())
    await asyncio.wait({session, over}, return_when=asyncio.FIRST_COMPLETED)
    # Its connection is closed by then, or within the seconds that Josev waits before it does.
    session.cancel()
    over.cancel()


async def main():
    lines = Lines()
    if sys.argv[1] == "station":
        await station(lines)
    else:
        await car(sys.argv[2], lines)


asyncio.run(main())
