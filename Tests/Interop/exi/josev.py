"""Messages in Josev's own JSON and in XML: its codec class must give the bytes that our driver gives, so that the
settings of the driver are those of a peer in the field."""

import json

V2G = "urn:iso:15118:2:2013:"
DIN = "urn:din:70121:2012:"
V20 = "urn:iso:std:iso:15118:-20:"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXI = "http://www.w3.org/TR/canonical-exi/"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"

_REFERENCE = {"URI": "#id1", "Transforms": {"Transform": [{"Algorithm": EXI}]}, "DigestMethod": {"Algorithm": SHA256},
              "DigestValue": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
_SIGNED_INFO = {"CanonicalizationMethod": {"Algorithm": EXI}, "SignatureMethod": {"Algorithm": ECDSA},
                "Reference": [_REFERENCE]}
_SIGNED_INFO_XML = (
    f'<SignedInfo xmlns="{DS}"><CanonicalizationMethod Algorithm="{EXI}"/><SignatureMethod Algorithm="{ECDSA}"/>'
    f'<Reference URI="#id1"><Transforms><Transform Algorithm="{EXI}"/></Transforms><DigestMethod Algorithm="{SHA256}"/>'
    f'<DigestValue>{_REFERENCE["DigestValue"]}</DigestValue></Reference></SignedInfo>')


def _v2g(base, body_json, body_xml, header_json=None, header_xml=""):
    header = {"SessionID": "0102030405060708", **(header_json or {})}
    return ({"V2G_Message": {"Header": header, "Body": body_json}},
            f'<V2G_Message xmlns="{base}MsgDef"><Header><SessionID xmlns="{base}MsgHeader">0102030405060708</SessionID>'
            f'{header_xml}</Header><Body>{body_xml}</Body></V2G_Message>')


def _header20(signature=""):
    return (f'<Header xmlns="{V20}CommonTypes"><SessionID>0102030405060708</SessionID><TimeStamp>1700000000</TimeStamp>'
            f'{signature}</Header>')


_HEADER20 = {"SessionID": "0102030405060708", "TimeStamp": 1700000000}


def _physical(name, value, unit):
    return ({"Multiplier": 0, "Unit": unit, "Value": value},
            f'<{name}><Multiplier xmlns="{V2G}MsgDataTypes">0</Multiplier><Unit xmlns="{V2G}MsgDataTypes">{unit}</Unit>'
            f'<Value xmlns="{V2G}MsgDataTypes">{value}</Value></{name}>')


def _current_demand():
    current, voltage = _physical("EVTargetCurrent", 20, "A"), _physical("EVTargetVoltage", 400, "V")
    body = {"CurrentDemandReq": {
        "DC_EVStatus": {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 20}, "EVTargetCurrent": current[0],
        "ChargingComplete": False, "EVTargetVoltage": voltage[0]}}
    xml = (f'<CurrentDemandReq xmlns="{V2G}MsgBody"><DC_EVStatus><EVReady xmlns="{V2G}MsgDataTypes">true</EVReady>'
           f'<EVErrorCode xmlns="{V2G}MsgDataTypes">NO_ERROR</EVErrorCode>'
           f'<EVRESSSOC xmlns="{V2G}MsgDataTypes">20</EVRESSSOC></DC_EVStatus>{current[1]}'
           f'<ChargingComplete>false</ChargingComplete>{voltage[1]}</CurrentDemandReq>')
    return _v2g(V2G, body, xml)


def _signed_authorization():
    value = "AAEC"
    header = {"Signature": {"SignedInfo": _SIGNED_INFO, "SignatureValue": {"value": value}}}
    body = {"AuthorizationReq": {"Id": "id1", "GenChallenge": "AAECAwQFBgcICQoLDA0ODw=="}}
    xml = (f'<AuthorizationReq xmlns="{V2G}MsgBody" xmlns:b="{V2G}MsgBody" b:Id="id1">'
           "<GenChallenge>AAECAwQFBgcICQoLDA0ODw==</GenChallenge></AuthorizationReq>")
    return _v2g(V2G, body, xml, header, f'<Signature xmlns="{DS}">{_SIGNED_INFO_XML}'
                                        f"<SignatureValue>{value}</SignatureValue></Signature>")


MESSAGES = [
    ("sap", "doc",
     {"supportedAppProtocolReq": {"AppProtocol": [{
         "ProtocolNamespace": V2G + "MsgDef", "VersionNumberMajor": 2, "VersionNumberMinor": 0, "SchemaID": 1,
         "Priority": 1}]}},
     '<a:supportedAppProtocolReq xmlns:a="urn:iso:15118:2:2010:AppProtocol"><AppProtocol><ProtocolNamespace>'
     f'{V2G}MsgDef</ProtocolNamespace><VersionNumberMajor>2</VersionNumberMajor><VersionNumberMinor>0'
     '</VersionNumberMinor><SchemaID>1</SchemaID><Priority>1</Priority></AppProtocol></a:supportedAppProtocolReq>'),
    ("sap", "doc", {"supportedAppProtocolRes": {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1}},
     '<a:supportedAppProtocolRes xmlns:a="urn:iso:15118:2:2010:AppProtocol"><ResponseCode>OK_SuccessfulNegotiation'
     '</ResponseCode><SchemaID>1</SchemaID></a:supportedAppProtocolRes>'),
    ("din", "doc", *_v2g(DIN, {"SessionSetupReq": {"EVCCID": "001122334455"}},
                         f'<SessionSetupReq xmlns="{DIN}MsgBody"><EVCCID>001122334455</EVCCID></SessionSetupReq>')),
    ("iso2", "doc", *_v2g(V2G, {"SessionSetupReq": {"EVCCID": "001122334455"}},
                          f'<SessionSetupReq xmlns="{V2G}MsgBody"><EVCCID>001122334455</EVCCID></SessionSetupReq>')),
    ("iso2", "doc", *_current_demand()),
    ("iso2", "doc", *_signed_authorization()),
    ("iso2", "fragment", {"AuthorizationReq": {"Id": "id1", "GenChallenge": "AAECAwQFBgcICQoLDA0ODw=="}},
     f'<AuthorizationReq xmlns="{V2G}MsgBody" xmlns:b="{V2G}MsgBody" b:Id="id1"><GenChallenge>AAECAwQFBgcICQoLDA0ODw=='
     '</GenChallenge></AuthorizationReq>'),
    ("iso2", "fragment", {"eMAID": {"Id": "id4", "value": "NLTNM000122045U"}},
     f'<eMAID xmlns="{V2G}MsgBody" xmlns:t="{V2G}MsgDataTypes" t:Id="id4">NLTNM000122045U</eMAID>'),
    ("iso20-common", "doc", {"SessionSetupReq": {"Header": _HEADER20, "EVCCID": "WMIV1234567890ABCDEX"}},
     f'<SessionSetupReq xmlns="{V20}CommonMessages">{_header20()}<EVCCID>WMIV1234567890ABCDEX</EVCCID>'
     '</SessionSetupReq>'),
    ("iso20-dc", "doc", {"DC_CableCheckReq": {"Header": _HEADER20}},
     f'<DC_CableCheckReq xmlns="{V20}DC">{_header20()}</DC_CableCheckReq>'),
    ("xmldsig", "fragment", {"SignedInfo": _SIGNED_INFO}, _SIGNED_INFO_XML),
]


def check(exificient):
    """Problems; each message whose bytes differ."""
    problems = []
    for name, mode, message, xml in MESSAGES:
        theirs = exificient.ask([f"josev {name} {mode} {json.dumps(message)}"])[0]
        ours = exificient.encode(name, mode, [xml])[0]
        if theirs != ours or ours.startswith("error"):
            problems.append(f"{name} {mode} {next(iter(message))}\n    Josev's codec {theirs}\n    our driver    {ours}")
    return problems
