"""Whether two XML documents say the same, given the types of their elements."""

import base64
import binascii

from lxml import etree

from model import Complex, Group, Simple, Slot, local

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
PARSER = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False, huge_tree=True)


def parse(xml):
    return etree.fromstring(xml.encode(), PARSER)


def normal(simple, value):
    """A value in one of its lexical forms: the same for two texts that mean the same."""
    try:
        if simple.kind == "integer":
            return str(int(value.strip()))
        if simple.kind == "boolean":
            return {"1": "true", "0": "false"}.get(value.strip(), value.strip())
        if simple.kind == "hex":
            return binascii.unhexlify(value.strip()).hex()
        if simple.kind == "base64":
            return base64.b64decode("".join(value.split()), validate=True).hex()
    except (ValueError, binascii.Error):
        pass
    return value


def children(type_):
    """The declarations that may occur directly beneath a type, by name."""
    if not hasattr(type_, "by_name"):
        type_.by_name = {}
        stack = [type_.content] if type_.content is not None else []
        while stack:
            particle = stack.pop()
            if isinstance(particle, Group):
                stack += particle.children
            elif isinstance(particle, Slot):
                type_.by_name.update((member.name, member) for member in particle.members)
    return type_.by_name


def attributes(element, other):
    """Attributes by name. Where built-in grammars may not learn, EXIficient marks elements that it did not expect with
    the type that everything has (EXI Profile, W3C); that says nothing."""
    found = dict(element.attrib)
    if XSI_TYPE not in other.attrib and found.get(XSI_TYPE, "").endswith("anyType"):
        del found[XSI_TYPE]
    return found


def difference(left, right, declaration, message_set, path=""):
    """Where two elements differ, in words; None when they say the same."""
    path = f"{path}/{local(left.tag)}"
    if left.tag != right.tag:
        return f"{path}: {left.tag} against {right.tag}"
    type_ = declaration.type if declaration is not None else None
    simple = type_ if isinstance(type_, Simple) else None
    known = {}
    if isinstance(type_, Complex):
        simple = type_.text
        known = {name: attribute for name, attribute, _ in type_.attributes}
    ours, theirs = attributes(left, right), attributes(right, left)
    if set(ours) != set(theirs):
        return f"{path}: attributes {sorted(ours)} against {sorted(theirs)}"
    for name, value in ours.items():
        other = theirs[name]
        if name in known:
            value, other = normal(known[name], value), normal(known[name], other)
        if value != other:
            return f"{path}/@{local(name)}: {value!r} against {other!r}"
    if len(left) != len(right):
        return f"{path}: {len(left)} against {len(right)} elements"
    texts = [(left.text, right.text)] + [(one.tail, two.tail) for one, two in zip(left, right)]
    for one, two in texts:
        one, two = one or "", two or ""
        if simple is not None:
            one, two = normal(simple, one), normal(simple, two)
        if one != two:
            return f"{path}: {one!r} against {two!r}"
    below = children(type_) if isinstance(type_, Complex) else {}
    for one, two in zip(left, right):
        found = difference(one, two, below.get(one.tag) or message_set.globals.get(one.tag), message_set, path)
        if found:
            return found
    return None
