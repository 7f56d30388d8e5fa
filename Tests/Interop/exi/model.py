"""What the XSDs of a message set allow, read with the Python package `xmlschema`.

Shares nothing with our schema compiler: the two must come to the same understanding from the XSDs alone.
Element names are in Clark notation, `{namespace}local`.
"""

import pathlib

import xmlschema
from xmlschema.validators import XsdAnyElement, XsdElement

SETS = {
    "sap": "V2G_CI_AppProtocol.xsd",
    "din": "din_spec/V2G_CI_MsgDef.xsd",
    "iso2": "iso15118_2/V2G_CI_MsgDef.xsd",
    "iso20-common": "iso15118_20/V2G_CI_CommonMessages.xsd",
    "iso20-ac": "iso15118_20/V2G_CI_AC.xsd",
    "iso20-dc": "iso15118_20/V2G_CI_DC.xsd",
    "iso20-acdp": "iso15118_20/V2G_CI_ACDP.xsd",
    "iso20-wpt": "iso15118_20/V2G_CI_WPT.xsd",
    "xmldsig": "xmldsig-core-schema.xsd",
}
XS = "{http://www.w3.org/2001/XMLSchema}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"

# Signed by some message of the set; these always belong to the fragments.
SIGNED = {
    "iso2": ["AuthorizationReq", "CertificateInstallationReq", "CertificateUpdateReq", "ContractSignatureCertChain",
             "ContractSignatureEncryptedPrivateKey", "DHpublickey", "MeteringReceiptReq", "SalesTariff", "SignedInfo",
             "eMAID"],
    "iso20-common": ["AbsolutePriceSchedule", "OEMProvisioningCertificateChain", "PnC_AReqAuthorizationMode",
                     "PriceLevelSchedule", "SignedInfo", "SignedInstallationData", "SignedMeteringData"],
    "din": ["ContractAuthenticationReq", "CertificateInstallationReq", "CertificateUpdateReq",
            "CertificateInstallationRes", "CertificateUpdateRes", "MeteringReceiptReq", "SalesTariff", "SignedInfo"],
    "xmldsig": ["SignedInfo"],
}


def local(name):
    return name.rpartition("}")[2]


class Simple:
    """A simple type: what kind of value, and its facets."""

    KINDS = {"string": "string", "anyURI": "uri", "ID": "id", "IDREF": "idref", "boolean": "boolean",
             "base64Binary": "base64", "hexBinary": "hex"}

    def __init__(self, key, xsd):
        self.key = key
        self.values = None
        self.low = self.high = None
        self.min_length, self.max_length = xsd.min_length or 0, xsd.max_length
        builtin = xsd
        while not (builtin.name or "").startswith(XS):
            builtin = builtin.base_type
        name = local(builtin.name)
        if xsd.enumeration:
            self.kind, self.values = "enum", list(xsd.enumeration)
        elif name in self.KINDS:
            self.kind = self.KINDS[name]
        else:
            if local(builtin.root_type.name) not in ("decimal", "integer"):
                raise ValueError(f"{key}: {name} is a type that this generator does not know")
            self.kind = "integer"
            self.low, self.high = xsd.min_value, xsd.max_value


class Complex:
    def __init__(self, key):
        self.key = key
        self.attributes = []  # (name, Simple, required)
        self.text = None  # Simple
        self.content = None  # Group
        self.mixed = False
        self.abstract = False


class Declaration:
    """A declared element; `type` is a Simple or a Complex."""

    def __init__(self, name, type_, abstract, xsd):
        self.xsd = xsd
        self.name = name
        self.type = type_
        self.abstract = abstract

    @property
    def instantiable(self):
        """Elements of abstract types would need xsi:type, which ISO 15118 does not use."""
        return not self.abstract and not (isinstance(self.type, Complex) and self.type.abstract)


    def is_valid(self, document):
        """Whether an element is an instance of this declaration, a local one too."""
        return self.xsd.is_valid(document)


class Particle:
    def __init__(self, key, low, high):
        self.key, self.low, self.high = key, low, high


class Group(Particle):
    def __init__(self, key, low, high, model):
        super().__init__(key, low, high)
        self.model = model
        self.children = []


class Slot(Particle):
    """A place for one element: the one that is named, or one of its substitution group."""

    def __init__(self, key, low, high, members):
        super().__init__(key, low, high)
        self.members = members  # the instantiable ones


class Wildcard(Particle):
    def __init__(self, key, low, high, namespace, process):
        super().__init__(key, low, high)
        self.namespace, self.process = namespace, process


class MessageSet:
    def __init__(self, name, folder):
        self.name = name
        self.path = pathlib.Path(folder) / SETS[name]
        self.schema = xmlschema.XMLSchema10(str(self.path), allow="local", defuse="never")
        self.target = self.schema.target_namespace
        self._types = {}
        self._declarations = {}
        self.globals = {name: self._declaration(element) for name, element in self.schema.maps.elements.items()
                        if not name.startswith(XS) and "XMLSchema" not in name}
        self.roots = [each for each in self.globals.values() if each.instantiable]
        self.main_roots = self._main_roots()
        self.by_name = self._by_name()

    def _main_roots(self):
        """What travels as a document: the message elements."""
        if self.name == "xmldsig":
            return self.roots
        message = "{%s}V2G_Message" % self.target
        if message in self.globals:
            return [self.globals[message]]
        return [each for each in self.roots if each.name.startswith("{%s}" % self.target)]

    def _by_name(self):
        """Declarations of each element name, global and local, one for each different type."""
        found = {}
        for element in self.schema.maps.iter_components(XsdElement):
            if element.ref is not None or element.name.startswith(XS) or "XMLSchema" in element.name:
                continue
            found.setdefault(element.name, {})[id(element.type)] = self._declaration(element)
        return {name: list(types.values()) for name, types in sorted(found.items())}

    def fragments(self):
        """Declarations whose names have one type in the whole set, so that EXI 8.5.2 uses that type's grammar."""
        return [types[0] for types in self.by_name.values() if len(types) == 1 and types[0].instantiable]

    def relaxed_fragments(self):
        """Declarations whose names have several types: EXI 8.5.3 gives them the relaxed grammar."""
        return [each for types in self.by_name.values() if len(types) > 1 for each in types if each.instantiable]

    def signed(self):
        wanted = SIGNED.get(self.name, [])
        return [each for name, types in self.by_name.items() if local(name) in wanted
                for each in types if each.instantiable]

    def _declaration(self, element):
        if element.ref is not None:
            element = element.ref
        known = self._declarations.get(id(element))
        if known is None:
            key = element.type.name or f"({element.name})"
            known = Declaration(element.name, self._type(element.type, key), element.abstract, element)
            self._declarations[id(element)] = known
        return known

    def _type(self, xsd, key):
        known = self._types.get(id(xsd))
        if known is not None:
            return known
        if xsd.is_simple():
            made = self._types[id(xsd)] = Simple(key, xsd)
            return made
        made = self._types[id(xsd)] = Complex(key)
        made.abstract, made.mixed = xsd.abstract, xsd.mixed
        for name, attribute in sorted((name or "", each) for name, each in xsd.attributes.items()):
            type_key = attribute.type.name or f"({key}@{name})"
            made.attributes.append((name, self._type(attribute.type, type_key), attribute.use == "required"))
        if xsd.has_simple_content():
            made.text = self._type(xsd.content, xsd.content.name or f"({key} text)")
        elif len(xsd.content):
            made.content = self._particle(xsd.content, key)
        return made

    def _particle(self, xsd, key):
        low, high = xsd.min_occurs, xsd.max_occurs
        if isinstance(xsd, XsdAnyElement):
            return Wildcard(key, low, high, xsd.namespace, xsd.process_contents)
        if isinstance(xsd, XsdElement):
            head = xsd.ref if xsd.ref is not None else xsd
            members = [self._declaration(head)]
            if xsd.ref is not None:
                members += [self._declaration(each) for each in self._substitutes(head.name)]
            return Slot(f"{key}/{local(xsd.name)}", low, high, [each for each in members if each.instantiable])
        made = Group(key, low, high, xsd.model)
        made.children = [self._particle(child, f"{key}.{index}") for index, child in enumerate(xsd)]
        return made

    def _substitutes(self, head):
        """Members of a substitution group, of the groups of its members too."""
        for each in sorted(self.schema.maps.substitution_groups.get(head, ()), key=lambda each: each.name):
            yield each
            yield from self._substitutes(each.name)
