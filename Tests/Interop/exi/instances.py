"""Random valid instances of a message set, guided by what has not been made yet.

Every choice of the walk (how often an element occurs, which branch, which substitute, which value) is a named decision
with named options. A decision takes an option that was never taken, else one beneath which something was never taken,
else a random one. The same seed makes the same instances.
"""

import random as random_module

import values
from model import Complex, DS, Group, Simple, Slot, Wildcard

NODES = 3000  # elements a document may have before lists keep to their minimum
RARE = {16384: 0.002, 1000: 0.05, "long": 0.1}
FEW = 5  # stands for any small count above two
MANY = 9  # how many items of a long list are varied; the others are kept small


class Node:
    __slots__ = ("name", "attributes", "items")

    def __init__(self, name):
        self.name = name
        self.attributes = []  # (name, value)
        self.items = []  # Node and str


class Generator:
    def __init__(self, message_set, seed, wildcards=False):
        self.set = message_set
        self.random = random_module.Random(f"{message_set.name} {seed} {wildcards}")
        self.wildcards = wildcards
        self.taken = set()
        self.uncovered = set()
        self._makeable = {}
        self._reach = {}

    # What can be made, and what lies beneath.

    def makeable(self, type_):
        """Whether a type has an instance at all in this flavor: without wildcards, one that needs them has none."""
        if isinstance(type_, Simple):
            return True
        if type_.key not in self._makeable:
            self._makeable[type_.key] = True
            self._makeable[type_.key] = type_.content is None or self._fits(type_.content)
        return self._makeable[type_.key]

    def _fits(self, particle):
        """Whether a particle can occur once."""
        if isinstance(particle, Wildcard):
            return self.wildcards and bool(self._wild_kinds(particle))
        if isinstance(particle, Slot):
            return any(self.makeable(member.type) for member in particle.members)
        if particle.model == "choice":
            return any(self._fits(child) for child in particle.children)
        return all(child.low == 0 or self._fits(child) for child in particle.children)

    def reach(self, type_):
        """Every (decision, option) that an instance of this type can take."""
        if type_.key not in self._reach:
            self._reach[type_.key] = found = set()
            if isinstance(type_, Simple):
                found.update((type_.key, label) for label in values.cases(type_))
            else:
                for name, simple, required in type_.attributes:
                    found.update(((type_.key, "@" + name), state) for state in ((True,) if required else (True, False)))
                    found |= self.reach(simple)
                if type_.text is not None:
                    found |= self.reach(type_.text)
                if type_.content is not None:
                    found |= self._reach_particle(type_.content)
                if type_.mixed and self.wildcards:
                    found.update(((type_.key, "text"), state) for state in (True, False))
        return self._reach[type_.key]

    def _reach_particle(self, particle):
        if not self._fits(particle):
            return set()
        found = {((particle.key, "count"), count) for count in self._counts(particle)}
        if isinstance(particle, Wildcard):
            found.update(((particle.key, "wild"), kind) for kind in self._wild_kinds(particle))
        elif isinstance(particle, Slot):
            for member in particle.members:
                if self.makeable(member.type):
                    found.add(((particle.key, "member"), member.name))
                    found |= self.reach(member.type)
        else:
            for index, child in enumerate(particle.children):
                if self._fits(child) or child.low == 0:
                    if particle.model == "choice" and self._fits(child):
                        found.add(((particle.key, "branch"), index))
                    found |= self._reach_particle(child)
        return found

    def _counts(self, particle):
        """The counts that matter: both ends, one, two, a few; for unbounded lists also many."""
        if not self._fits(particle):
            return [0] if particle.low == 0 else []
        high = 40 if particle.high is None else particle.high
        counts = {particle.low, particle.low + 1, 1, 2, FEW, high}
        return sorted(each for each in counts if particle.low <= each <= high)

    def aim(self, declarations, deep=True):
        """Names what is to be covered: these elements, and with `deep` everything beneath them."""
        for each in declarations:
            self.uncovered.add((("root",), each.name))
            if deep:
                self.uncovered |= self.reach(each.type)
        self.uncovered -= self.taken

    # Decisions.

    def decide(self, decision, options, weights=None, reach=None):
        """One of the options. `reach(option)` is a set of what lies beneath it."""
        fresh = [each for each in options if (decision, each) in self.uncovered]
        if fresh and not self._small:
            chosen = self.random.choice(fresh)
        else:
            deep = [] if reach is None or self._small or not self.uncovered else \
                [each for each in options if not self.uncovered.isdisjoint(reach(each))]
            if deep and len(deep) < len(options):
                chosen = self.random.choice(deep)
            elif weights is not None:
                chosen = self.random.choices(options, [weights(each) for each in options])[0]
            else:
                chosen = self.random.choice(options)
        self.taken.add((decision, chosen))
        self.uncovered.discard((decision, chosen))
        return chosen

    # The walk.

    def instance(self, declaration):
        self._small = False
        self._ids = []
        self._references = []
        self._budget = NODES
        self._depth = 0
        self.taken.add((("root",), declaration.name))
        self.uncovered.discard((("root",), declaration.name))
        node = self._element(declaration)
        for holder, index in self._references:
            # A reference with nothing to refer to is what DIN 70121 messages have without a signature.
            holder[index] = (holder[index][0], self.random.choice(self._ids or ["id1"]))
        return node

    def root(self, declarations, main):
        """An element to make next: one with something uncovered beneath, else mostly a message."""
        pool = [each for each in declarations if self.makeable(each.type)]
        fresh = [each for each in pool if (("root",), each.name) in self.uncovered
                 or not self.uncovered.isdisjoint(self.reach(each.type))]
        if fresh:
            preferred = [each for each in fresh if each in main]
            return self.random.choice(preferred if preferred and self.random.random() < 0.5 else fresh)
        preferred = [each for each in pool if each in main]
        return self.random.choice(preferred if preferred and self.random.random() < 0.7 else pool)

    def _element(self, declaration):
        self._budget -= 1
        node = Node(declaration.name)
        type_ = declaration.type
        if isinstance(type_, Simple):
            node.items.append(self._value(type_))
            return node
        for name, simple, required in type_.attributes:
            options = [True] if required else [True, False]
            if self.decide((type_.key, "@" + name), options, reach=lambda each: self.reach(simple) if each else ()):
                node.attributes.append((name, self._value(simple)))
                if simple.kind == "idref":
                    self._references.append((node.attributes, len(node.attributes) - 1))
        if type_.text is not None:
            node.items.append(self._value(type_.text))
        elif type_.content is not None:
            self._particle(type_.content, node)
        if type_.mixed and self.wildcards:
            self._mix(type_, node)
        return node

    def _value(self, simple):
        labels = values.cases(simple)
        if simple.kind == "integer":
            # Mostly numbers of no special kind once each special one was made.
            label = self.decide(simple.key, labels, lambda each: len(labels) if each == "random" else 1)
        else:
            label = self.decide(simple.key, labels, lambda each: RARE.get(each, 1))
        if simple.kind == "id":
            return values.name(label, self.random, self._ids)
        if simple.kind == "idref":
            return ""
        return values.pick(simple, label, self.random)

    def _particle(self, particle, node):
        if particle.high == 0:
            return
        count = self._count(particle)
        was_small = self._small
        for index in range(count):
            self._small = was_small or index >= MANY
            self._once(particle, node)
        self._small = was_small

    def _count(self, particle):
        counts = self._counts(particle)
        if counts == [0]:
            return 0
        if self._small or self._budget <= 0:
            counts = [each for each in counts if each <= max(particle.low, 1)]
        elif self._budget < NODES * 0.9:
            counts = [each for each in counts if each <= max(particle.low, 64)]

        def weight(count):
            return 0.02 if count > 64 else 0.3 if count > 2 else 1

        def beneath(count):
            return self._reach_cached(particle) if count else ()

        if self._small and particle.low == 0 and particle.high is not None and particle.high > 0:
            return self.decide((particle.key, "count"), counts, lambda count: 1 if count else 4)
        count = self.decide((particle.key, "count"), counts, weight, beneath)
        if count == FEW and (particle.high is None or particle.high > FEW):
            return self.random.randint(max(particle.low, 3), min(particle.high or 12, 12))
        return count

    def _reach_cached(self, particle):
        key = ("particle", particle.key)
        if key not in self._reach:
            self._reach[key] = {item for item in self._reach_particle(particle) if item[0] != (particle.key, "count")}
        return self._reach[key]

    def _once(self, particle, node):
        if isinstance(particle, Wildcard):
            self._wild(particle, node)
        elif isinstance(particle, Slot):
            members = {each.name: each for each in particle.members if self.makeable(each.type)}
            name = self.decide((particle.key, "member"), list(members), reach=lambda each: self.reach(members[each].type))
            node.items.append(self._element(members[name]))
        elif particle.model == "choice":
            usable = [index for index, child in enumerate(particle.children) if self._fits(child)]
            index = self.decide((particle.key, "branch"), usable,
                                reach=lambda each: self._reach_cached(particle.children[each]))
            self._particle(particle.children[index], node)
        else:
            for child in particle.children:
                self._particle(child, node)

    # What wildcards let in.

    def _wild_kinds(self, particle):
        """Kinds of elements for a wildcard. A strict one wants an element that some schema declares."""
        other = [each for each in self._wild_globals() if not each.name.startswith(DS)]
        kinds = []
        if particle.namespace == ["##any"]:
            kinds.append("signature element")
        if other:
            kinds.append("message element")
        if particle.process == "lax":
            kinds += ["foreign element", "foreign tree"]
            kinds += ["no namespace"] if particle.namespace == ["##any"] else []
        return kinds

    def _wild_globals(self):
        return [each for each in self.set.roots if not isinstance(each.type, Complex) or self._depth_free(each)]

    def _depth_free(self, declaration):
        return declaration.type.content is None or not declaration.name.endswith("}Signature")

    def _wild(self, particle, node):
        kind = self.decide((particle.key, "wild"), self._wild_kinds(particle))
        if kind.startswith(("signature", "message")):
            pool = [each for each in self._wild_globals() if each.name.startswith(DS) == kind.startswith("signature")]
            simple = [each for each in pool if isinstance(each.type, Simple)]
            self._depth += 1
            deep = self._depth > 2 and simple
            was_small, self._small = self._small, True
            node.items.append(self._element(self.random.choice(simple if deep else pool)))
            self._small = was_small
            self._depth -= 1
        else:
            node.items.append(self._foreign(kind, 0))

    def _foreign(self, kind, depth):
        self._budget -= 1
        letters = self.random.choice(("a", "bc", "Other", "Id", "Value"))
        space = "" if kind == "no namespace" else self.random.choice(("urn:example:foreign", "urn:example:second"))
        node = Node("{%s}%s" % (space, letters) if space else letters)
        if kind == "foreign tree":
            for name in self.random.sample(("k", "{urn:example:foreign}k", "Id2"), self.random.randint(0, 3)):
                node.attributes.append((name, self.random.choice(("", "v", "ü", "5"))))
            for _ in range(self.random.randint(0, 3) if depth < 2 else 0):
                node.items.append(self._foreign(kind, depth + 1))
                if self.random.random() < 0.3:
                    node.items.append("mixed")
        if not node.items and self.random.random() < 0.7:
            node.items.append(self.random.choice(("text", "1", "é", "a longer text, of more than a few words")))
        return node

    def _mix(self, type_, node):
        if not self.decide((type_.key, "text"), [True, False]):
            return
        for _ in range(self.random.randint(1, 2)):
            place = self.random.randint(0, len(node.items))
            around = node.items[max(0, place - 1):place + 1]
            if not any(isinstance(each, str) for each in around):
                node.items.insert(place, self.random.choice(("text", "x", "ö", "a b c", "1.5")))


def escape(value, in_attribute=False):
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if in_attribute:
        value = value.replace('"', "&quot;")
    # Line ends of any kind would break the line, and a parser would change some of them.
    return "".join(f"&#{ord(each)};" if each in "\t\n\r\x85\u2028" else each for each in value)


def from_tree(element):
    """A parsed element as a node."""
    node = Node(element.tag)
    node.attributes = list(element.attrib.items())
    node.items = [element.text] if element.text else []
    for child in element:
        node.items.append(from_tree(child))
        if child.tail:
            node.items.append(child.tail)
    return node


def one_line(node, around=""):
    """A node as XML on one line; every element whose namespace differs from its parent's declares it."""
    space, _, name = node.name[1:].rpartition("}") if node.name.startswith("{") else ("", "", node.name)
    out = ["<", name]
    if space != around:
        out += [' xmlns="', escape(space, True), '"']
    for index, (full, value) in enumerate(node.attributes):
        if full.startswith("{"):
            uri, _, short = full[1:].rpartition("}")
            out += [f' xmlns:a{index}="', escape(uri, True), f'" a{index}:{short}="', escape(value, True), '"']
        else:
            out += [" ", full, '="', escape(value, True), '"']
    if not node.items or node.items == [""]:
        return "".join([*out, "/>"])
    out.append(">")
    out += [escape(each) if isinstance(each, str) else one_line(each, space) for each in node.items]
    return "".join([*out, "</", name, ">"])
