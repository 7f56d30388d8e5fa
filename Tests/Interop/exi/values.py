"""Values for simple types: each kind has a list of named special cases, which are tried before random ones."""

import base64

URI_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:?=&+"
# Around the places where a code point needs one more group of seven bits, and the ends of what XML allows.
CODE_POINTS = [0x20, 0x7E, 0x7F, 0x80, 0xA0, 0xFF, 0x100, 0x3FFF, 0x4000, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x1F600,
               0x10FFFF]
BINARY_LENGTHS = [0, 1, 2, 3, 63, 127, 128, 129, 1000, 16384]


def integer_cases(simple):
    low, high = simple.low, simple.high
    numbers = {0, 1, -1, 127, 128, -127, -128, -129, 4095, 4096, 4097, 255, 256}
    for power in range(2, 10):
        for offset in (-1, 0, 1):
            numbers.add(128 ** power + offset)
            numbers.add(-(128 ** power) + offset)
    if low is not None:
        numbers |= {low, low + 1, low + 4094, low + 4095, low + 4096}
    if high is not None:
        numbers |= {high, high - 1}
    if low is None and high is None:
        for bits in (31, 32, 63, 64, 65, 127, 159, 160, 161, 512):
            numbers |= {2 ** bits - 1, 2 ** bits, -(2 ** bits), -(2 ** bits) - 1}
    return sorted(number for number in numbers
                  if (low is None or number >= low) and (high is None or number <= high))


def length_cases(simple):
    lengths = set(BINARY_LENGTHS)
    if simple.max_length is not None:
        lengths |= {simple.max_length, simple.max_length - 1}
    lengths |= {simple.min_length, simple.min_length + 1}
    high = simple.max_length if simple.max_length is not None else 1 << 20
    return sorted(each for each in lengths if simple.min_length <= each <= high)


def cases(simple):
    """Labels of the special values of a type. `pick` makes the value."""
    if simple.kind == "enum":
        return list(simple.values)
    if simple.kind == "boolean":
        return ["true", "false"]
    if simple.kind == "integer":
        return integer_cases(simple) + ["random"]
    if simple.kind in ("base64", "hex"):
        return length_cases(simple) + ["zeros", "ones", "random"]
    if simple.kind in ("id", "idref"):
        return ["short", "long", "letters"] if simple.kind == "id" else ["known"]
    if simple.kind == "uri":
        labels = ["empty", "one", "typical"]
    else:
        labels = ["empty", "one", "ascii", "markup", "edges", "latin", "plane0", "astral", "spaces", "control", "blank"]
        labels += ["two-byte length"] if simple.max_length is None or simple.max_length >= 130 else []
    labels += ["max"] if simple.max_length is not None else ["long"]
    return [each for each in labels if each != "empty" or simple.min_length == 0]


def pick(simple, label, random):
    if simple.kind in ("enum", "boolean"):
        return label
    if simple.kind == "integer":
        return str(random_integer(simple, random) if label == "random" else label)
    if simple.kind in ("base64", "hex"):
        return binary(simple, label, random)
    return text(simple, label, random)


def random_integer(simple, random):
    low = simple.low if simple.low is not None else -(2 ** 160)
    high = simple.high if simple.high is not None else 2 ** 160
    if random.random() < 0.5:
        return random.randint(low, high)
    # As likely to be small as large.
    number = random.getrandbits(random.randint(1, 160)) * random.choice((1, -1))
    return min(max(number, low), high)


def binary(simple, label, random):
    high = simple.max_length if simple.max_length is not None else 300
    if isinstance(label, int):
        data = random.randbytes(label)
    else:
        length = random.randint(simple.min_length, max(simple.min_length, min(high, 300)))
        data = {"zeros": b"\0" * length, "ones": b"\xff" * length}.get(label) or random.randbytes(length)
    return data.hex().upper() if simple.kind == "hex" else base64.b64encode(data).decode()


def text(simple, label, random):
    high = simple.max_length if simple.max_length is not None else 400
    usual = random.randint(max(1, simple.min_length), max(1, simple.min_length, min(high, 40)))
    if label == "empty":
        return ""
    if label in ("max", "long"):
        usual = high if label == "max" else random.choice((400, 3000))
    elif label == "one":
        usual = max(1, simple.min_length)
    elif label == "two-byte length":
        usual = random.randint(126, 130)
    if simple.kind == "uri":
        if label == "typical" and high >= 40:
            return random.choice(("http://www.w3.org/TR/canonical-exi/", "urn:iso:15118:2:2013:MsgDef", "#id1"))
        return "".join(random.choice("abcxyz") for _ in range(usual)) if usual < 3 else \
            "u:" + "".join(random.choice(URI_LETTERS.replace(":", "")) for _ in range(usual - 2))
    make = {
        "latin": lambda: chr(random.choice((random.randint(0x41, 0x7A), random.randint(0xA1, 0x24F)))),
        "plane0": lambda: chr(random.choice((random.randint(0x370, 0x3FF), random.randint(0x4E00, 0x9FFF),
                                             random.randint(0xE000, 0xF8FF)))),
        "astral": lambda: chr(random.choice((0x41, random.randint(0x10000, 0x10FFFD), random.randint(0x1F300, 0x1F6FF)))),
        "markup": lambda: random.choice("<>&\"'];ab"),
        "spaces": lambda: random.choice("  ab"),
        "control": lambda: random.choice("\t\n\ra "),
        "blank": lambda: " ",
        "edges": lambda: chr(random.choice(CODE_POINTS)),
    }.get(label, lambda: chr(random.randint(0x21, 0x7E)))
    return "".join(make() for _ in range(usual))


def name(label, random, taken):
    """A new xs:ID."""
    while True:
        length = {"short": random.randint(1, 3), "long": random.randint(20, 140)}.get(label, random.randint(2, 10))
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        more = letters + "0123456789-._" + ("éñλж中" if label == "letters" else "")
        made = random.choice(letters + "_") + "".join(random.choice(more) for _ in range(length))
        if made not in taken:
            taken.append(made)
            return made
