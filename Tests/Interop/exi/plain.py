"""Plain instances of the schemas for golden vectors: everyday values, lean or rich, and a few documents by hand."""

import base64

import compare
from instances import Generator, one_line
from josev import DIN, DS, EXI, V20, V2G
from model import SIGNED, Complex, Group, Slot, local

TEXTS = {"EVSEID": "DE*ABC*E123456*1", "EVCCID": "WMIV1234567890ABCDEX", "eMAID": "DEABCC12345678", "EMAID": "DEABCC12345678",
         "MeterID": "1EMH0012345678", "X509IssuerName": "CN=V2G Root CA,O=Example,DC=V2G", "Currency": "EUR",
         "Language": "eng", "PriceAlgorithm": "urn:iso:std:iso:15118:-20:PriceAlgorithm:1-Power",
         "ProtocolNamespace": V2G + "MsgDef", "TaxRuleName": "VAT", "TariffDescription": "Night tariff"}
URIS = {"CanonicalizationMethod": EXI, "Transform": EXI, "SignatureMethod":
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "DigestMethod": "http://www.w3.org/2001/04/xmlenc#sha256"}
OCTETS = {"SessionID": 8, "GenChallenge": 16, "Certificate": 48, "DigestValue": 32, "SignatureValue": 64,
          "DHPublicKey": 133, "DHpublickey": 65, "ContractSignatureEncryptedPrivateKey": 48, "SigMeterReading": 64}
NUMBERS = {"TimeStamp": 1_700_000_000, "MeterReading": 123_456, "X509SerialNumber": 2 ** 127 + 12_345, "TMeter": 1_700_000_000}


# Lists of elements whose content is a wildcard, which plain documents leave out.
NEED_WILDCARDS = ("Object", "SignatureProperty")


class PlainGenerator(Generator):
    """Takes every option there is (`rich`) or none (`lean`)."""

    def __init__(self, message_set, seed):
        super().__init__(message_set, f"{seed} plain")
        self.rich = False
        self.full = None  # the element whose lists are full
        self._name = ""

    def decide(self, decision, options, weights=None, reach=None):
        if all(isinstance(each, bool) for each in options):
            return self.rich if self.rich in options else options[0]
        return self.random.choice(list(options))

    def _count(self, particle):
        if not self._fits(particle):
            return 0
        if self.full is not None and particle.key.endswith("/" + self.full):
            return particle.high
        high = 2 if particle.high is None else min(2, particle.high)
        return max(particle.low, high if self.rich else 0)

    def _element(self, declaration):
        around, self._name = self._name, local(declaration.name)
        node = super()._element(declaration)
        self._name = around
        return node

    def _value(self, simple):
        name = self._name
        if simple.kind == "enum":
            return self.random.choice(simple.values)
        if simple.kind == "boolean":
            return self.random.choice(("true", "false"))
        if simple.kind == "integer":
            return str(self._number(simple, name))
        if simple.kind in ("base64", "hex"):
            return self._octets(simple, name)
        if simple.kind == "id":
            self._ids.append(f"id{len(self._ids) + 1}")
            return self._ids[-1]
        if simple.kind == "idref":
            return ""
        if simple.kind == "uri":
            return URIS.get(name, TEXTS.get(name, "#id1" if name == "Reference" else "urn:example:v2g"))
        text = TEXTS.get(name, f"{name} {self.random.randint(1, 99)}")
        high = simple.max_length if simple.max_length is not None else 100
        return text[:high].ljust(simple.min_length, "x")

    def _number(self, simple, name):
        number = NUMBERS.get(name)
        if number is None:
            number = self.random.choice((self.random.randint(0, 9), self.random.randint(10, 500)))
        low = simple.low if simple.low is not None else number
        high = simple.high if simple.high is not None else number
        return min(max(number, low), high) if number <= high else self.random.randint(low, high)

    def _octets(self, simple, name):
        high = simple.max_length if simple.max_length is not None else 64
        length = min(max(OCTETS.get(name, 6 if name == "EVCCID" else 20), simple.min_length), high)
        data = self.random.randbytes(length)
        return data.hex().upper() if simple.kind == "hex" else base64.b64encode(data).decode()

    def make(self, declaration, rich):
        self.rich = rich
        return self.instance(declaration)


def bodies(message_set):
    """The messages of a set that has one root for all of them: each as what may stand in Body."""
    for particle in slots(message_set):
        if any(local(member.name) == "SessionSetupReq" for member in particle.members) and len(particle.members) > 9:
            particle.low = 1  # a body may be empty, but then it is no message
            return particle
    return None


def slots(message_set):
    seen = set()
    for types in message_set.by_name.values():
        for declaration in types:
            if isinstance(declaration.type, Complex) and declaration.type.content is not None \
                    and declaration.type.key not in seen:
                seen.add(declaration.type.key)
                yield from inside(declaration.type.content)


def inside(particle):
    if isinstance(particle, Slot):
        yield particle
    elif isinstance(particle, Group):
        for child in particle.children:
            yield from inside(child)


def messages(generator):
    """(name, declaration, XML) of every message, lean and rich; then more until every list occurs."""
    message_set = generator.set
    body = bodies(message_set)
    made = []
    if body is not None:
        root = message_set.main_roots[0]
        everyone = body.members
        for member in everyone:
            body.members = [member]
            for rich in (False, True):
                # Signatures make any message long; those without are told apart by the header only.
                node = generator.make(root, rich)
                if rich and member.name.endswith("Res"):
                    drop_signature(node)
                made.append((title(member, rich), root, one_line(node)))
        body.members = everyone
    else:
        wanted = [each for each in message_set.main_roots if generator.makeable(each.type)
                  and (each.name.endswith(("Req", "Res")) or message_set.name == "xmldsig")]
        for member in wanted:
            for rich in (False, True):
                node = generator.make(member, rich)
                if rich and member.name.endswith("Res"):
                    drop_signature(node)
                made.append((title(member, rich), member, one_line(node)))
    lists = bounds(message_set)
    for attempt in range(40):
        lacking = missing(lists, [xml for _, _, xml in made])
        if not lacking:
            break
        for name, declaration, _ in list(made[:2 * len(made)]):
            if not name.endswith("rich"):
                continue
            short = name.split(" ")[0]
            if body is not None:
                body.members = [each for each in everyone if local(each.name) == short]
            node = generator.make(declaration, True)
            drop_signature(node)
            xml = one_line(node)
            gained = lacking - missing(lists, [xml])
            if gained and len(xml) < 30000:
                made.append((f"{short} with {', '.join(sorted(gained))}", declaration, xml))
                lacking -= gained
        if body is not None:
            body.members = everyone
    return made


def title(declaration, rich):
    return f"{local(declaration.name)} {'rich' if rich else 'lean'}"


def drop_signature(node):
    for each in node.items:
        if not isinstance(each, str) and local(each.name) == "Header":
            each.items = [item for item in each.items if isinstance(item, str) or local(item.name) != "Signature"]


def signed(generator):
    """(name, declaration, XML) of every element that is ever signed, and of SignedInfo."""
    wanted = SIGNED.get(generator.set.name, [])
    for declaration in generator.set.signed():
        if local(declaration.name) in wanted and isinstance(declaration.type, Complex):
            for rich in (False, True):
                node = generator.make(declaration, rich)
                if not any(local(name) == "Id" for name, _ in node.attributes):
                    for name, simple, _ in declaration.type.attributes:
                        if local(name) == "Id":
                            node.attributes.append((name, "id1"))
                yield title(declaration, rich), declaration, one_line(node)


def header(name):
    base = {"iso2": V2G, "din": DIN}[name]
    return f'<Header><SessionID xmlns="{base}MsgHeader">0102030405060708</SessionID></Header>'


def v2g(name, body):
    base = {"iso2": V2G, "din": DIN}[name]
    return f'<V2G_Message xmlns="{base}MsgDef">{header(name)}<Body>{body}</Body></V2G_Message>'


def empty(name):
    """Documents with elements of empty simple content."""
    if name == "iso2":
        yield "EVCCID", v2g(name, f'<SessionSetupReq xmlns="{V2G}MsgBody"><EVCCID/></SessionSetupReq>')
        yield "ServiceScope", v2g(
            name, f'<ServiceDiscoveryReq xmlns="{V2G}MsgBody"><ServiceScope/></ServiceDiscoveryReq>')
        yield "OEMProvisioningCert", v2g(
            name, f'<CertificateInstallationReq xmlns="{V2G}MsgBody" xmlns:b="{V2G}MsgBody" b:Id="id1">'
                  f'<OEMProvisioningCert/><ListOfRootCertificateIDs><RootCertificateID xmlns="{V2G}MsgDataTypes">'
                  f'<X509IssuerName xmlns="{DS}"/><X509SerialNumber xmlns="{DS}">1</X509SerialNumber></RootCertificateID>'
                  '</ListOfRootCertificateIDs></CertificateInstallationReq>')
    elif name == "din":
        yield "EVCCID", v2g(name, f'<SessionSetupReq xmlns="{DIN}MsgBody"><EVCCID/></SessionSetupReq>')
    elif name == "sap":
        yield "ProtocolNamespace", (
            '<a:supportedAppProtocolReq xmlns:a="urn:iso:15118:2:2010:AppProtocol"><AppProtocol><ProtocolNamespace/>'
            '<VersionNumberMajor>2</VersionNumberMajor><VersionNumberMinor>0</VersionNumberMinor><SchemaID>1</SchemaID>'
            '<Priority>1</Priority></AppProtocol></a:supportedAppProtocolReq>')
    elif name == "iso20-common":
        yield "EVCCID", (
            f'<SessionSetupReq xmlns="{V20}CommonMessages"><Header xmlns="{V20}CommonTypes"><SessionID>0102030405060708'
            '</SessionID><TimeStamp>1700000000</TimeStamp></Header><EVCCID/></SessionSetupReq>')
    elif name == "xmldsig":
        yield "SignatureValue", f'<SignatureValue xmlns="{DS}"/>'
        yield "SignatureValue with Id", f'<SignatureValue xmlns="{DS}" Id="id1"/>'


def full(generator):
    """Documents with one full list each, as long as they stay short."""
    message_set = generator.set
    wanted = {"iso2": [("SelectedService", "PaymentServiceSelectionReq"), ("RootCertificateID", "CertificateInstallationReq"),
                       ("ProfileEntry", "PowerDeliveryReq"), ("Parameter", "ServiceDetailRes")]}
    body = bodies(message_set)
    for element, message in wanted.get(message_set.name, []):
        everyone = body.members
        body.members = [each for each in everyone if local(each.name) == message]
        generator.full = element
        # Of these two the lists are optional, so that lean documents lack them.
        node = generator.make(message_set.main_roots[0], element in ("Parameter", "ProfileEntry"))
        generator.full = None
        body.members = everyone
        drop_signature(node)
        yield f"{message} with every {element}", message_set.main_roots[0], one_line(node)


def referring(name, items):
    """Documents in which strings occur more than once, so that an encoder with tables refers to them."""
    wanted = {"iso2": ["AuthorizationReq rich", "CertificateInstallationReq rich", "SessionStopReq rich"],
              "din": ["MeteringReceiptReq rich"], "sap": ["supportedAppProtocolReq rich"],
              "iso20-common": ["AuthorizationReq rich", "ServiceDiscoveryReq rich"], "iso20-dc": ["DC_ChargeLoopReq rich"],
              "xmldsig": ["SignedInfo rich"]}.get(name, [])
    return [item for item in items if item[0] in wanted]


def bounds(message_set):
    """Elements that may occur more than once in their type, with their bounds; not those in a repeated group."""
    found = {}
    for types in message_set.by_name.values():
        for declaration in types:
            type_ = declaration.type
            if isinstance(type_, Complex) and type_.content is not None and not type_.mixed:
                lists(type_.content, local(type_.key), found)
    return [{"type": type_, "element": name, "minimum": low, "maximum": high}
            for (type_, name), (low, high) in sorted(found.items()) if name not in NEED_WILDCARDS]


def lists(particle, type_, found):
    if isinstance(particle, Slot):
        if particle.high is None or particle.high > 1:
            found[(type_, particle.key.rpartition("/")[2])] = (particle.low, particle.high)
    elif isinstance(particle, Group) and particle.high == 1:
        for child in particle.children:
            lists(child, type_, found)


def missing(found, documents):
    """Names of lists that no document has."""
    names = {each["element"] for each in found}
    for xml in documents:
        names -= {local(each.tag) for each in compare.parse(xml).iter()}
    return names
