"""Documents that break their schema in one place, as the non-strict mode of EXI can still say them.

Whoever decodes such bytes may refuse them, but may not answer with another document.
"""

import copy

from lxml import etree

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
FOREIGN = "{urn:example:foreign}"
WORDS = ("text", "x", "", "-1", "3.5", "é", "Finished", "99999999999999999999")


def bend(document, random):
    """A copy with one fault, and the name of the fault; None when this fault has no place in this document."""
    root = copy.deepcopy(document)
    elements = [each for each in root.iter() if isinstance(each.tag, str)]
    leaves = [each for each in elements if len(each) == 0]
    parents = [each for each in elements if len(each) > 0]
    fault = random.choice(sorted(FAULTS))
    return (root, fault) if FAULTS[fault](root, elements, leaves, parents, random) else (None, fault)


def unknown_attribute(root, elements, leaves, parents, random):
    random.choice(elements).set(random.choice((FOREIGN, "")) + random.choice("ab"), random.choice(WORDS))
    return True


def unknown_element(root, elements, leaves, parents, random):
    if not parents:
        return False
    parent = random.choice(parents)
    child = etree.Element(random.choice((FOREIGN, "")) + random.choice(("Other", "Header")))
    child.text = random.choice(WORDS) or None
    parent.insert(random.randint(0, len(parent)), child)
    return True


def unexpected_text(root, elements, leaves, parents, random):
    if not parents:
        return False
    parent = random.choice(parents)
    if random.random() < 0.5:
        parent.text = "text"
    else:
        random.choice(list(parent)).tail = "text"
    return True


def wrong_value(root, elements, leaves, parents, random):
    if not leaves:
        return False
    random.choice(leaves).text = random.choice(WORDS) or None
    return True


def wrong_attribute_value(root, elements, leaves, parents, random):
    holders = [each for each in elements if each.attrib]
    if not holders:
        return False
    holder = random.choice(holders)
    holder.set(random.choice(sorted(holder.attrib)), "1 not a name")
    return True


def missing_element(root, elements, leaves, parents, random):
    if not parents:
        return False
    parent = random.choice(parents)
    parent.remove(random.choice(list(parent)))
    return True


def repeated_element(root, elements, leaves, parents, random):
    if not parents:
        return False
    parent = random.choice(parents)
    child = random.choice(list(parent))
    parent.insert(list(parent).index(child), copy.deepcopy(child))
    return True


def exchanged_elements(root, elements, leaves, parents, random):
    pairs = [each for each in parents if len(each) > 1]
    if not pairs:
        return False
    parent = random.choice(pairs)
    child = parent[random.randint(1, len(parent) - 1)]
    parent.remove(child)
    parent.insert(0, child)
    return True


def element_of_another_place(root, elements, leaves, parents, random):
    if not parents:
        return False
    parent = random.choice(parents)
    child = copy.deepcopy(random.choice(leaves))
    parent.insert(random.randint(0, len(parent)), child)
    return True


def nil(root, elements, leaves, parents, random):
    # Not false: encoders leave that out, since it says nothing.
    random.choice(elements).set(XSI + "nil", "true")
    return True


def unknown_root(root, elements, leaves, parents, random):
    root.tag = FOREIGN + "Root"
    return True


FAULTS = {each.__name__.replace("_", " "): each for each in (
    unknown_attribute, unknown_element, unexpected_text, wrong_value, wrong_attribute_value, missing_element,
    repeated_element, exchanged_elements, element_of_another_place, nil, unknown_root)}
