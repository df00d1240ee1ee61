"""Random documents, and requests that come close to what they ask.

A Maker makes one document and any number of requests to it. Most values of
requests are made from the document's own literals: equal to them, beside
them, at the border of a block, the same instant in another zone.
"""

import ipaddress
import random
from datetime import datetime, timedelta, timezone

from condition import SUBJECT_MAX
from values import bucket

VARIANTS = ["stable", "gray", "blue", "a.b-c"]
LISTS = {"testers": "string", "vip": "string", "office": "ip",
         "legacy": "live", "blocked": "live"}
TESTS_MAX = 16   # that a document may ask of live lists

# Each attribute and the kind of value that it mostly holds.
ATTRIBUTES = {"user": "text", "city": "text", "device_id": "number",
              "build": "number", "app": "version", "ip": "address",
              "until": "time", "agent": "pattern"}
TEXTS = ["a", "b", "ab", "abc", "A", "alice", "alice@example.com", "it's",
         'say "x"', "北京", "北", "Zürich", "e\u0301", "😀", "5", "5.0", "v8",
         "10.0.0.1", "1 2", "\\d", "-", "true", "@testers", "zz", "a,b"]
NUMBERS = ["0", "-0", "5", "5.0", "05", "-5", "4.999", "5.001", "42", "1e3",
           "12345678901234567890", "12345678901234567891",
           "0.10000000000000000000000000000000001", "0.1", "-0.1", "65.5",
           "9" * 300, "1" + "0" * 300]
VERSIONS = ["8", "8.0", "8.0.0", "8.0.47", "8.0.47.2560", "8.0.47.2559", "8.1",
            "8.0.9", "8.0.10", "0", "1.0.0-alpha", "1.0.0-alpha.1",
            "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
            "1.0.0", "1.0.0+x", "1-rc.01", "1.0.0-1", "1.0.0--", "8.0.47-rc.1",
            "8.0.47-rc.2+build.7", "99999999999999999999.1", "1.2.3.4.5.6.7"]
BLOCKS = ["10.0.0.0/8", "10.1.0.0/16", "192.168.2.20", "192.168.2.0/24",
          "192.168.2.16/30", "0.0.0.0/0", "128.0.0.0/1", "255.255.255.255",
          "2001:db8::/32", "2001:db8::1", "::/0", "::1", "::ffff:10.0.0.0/104",
          "::ffff:0.0.0.0/96", "fe80::/10", "2001:db8:0:8000::/49"]
TIMES = [1_600_000_000, 1_700_000_000, 1_700_000_001, 951_782_400, -1, 0,
         4_102_444_799]
PATTERNS = ["^a", "b$", "^abc$", "a.c", "[0-9]+", r"^\d{1,3}$", "(a|b)+c?",
            "北", "^.$", r"\bexample\b", "(?i)ALICE", "[^a-z]", "x*", "^(?!a)",
            r"^v?\d+(\.\d+)*$", "iphone|ipad", r"\w+@\w+\.com", r"\s", r"\."]
AGENTS = ["abc", "axc", "a", "北京", "42", "1234", "alice@example.com", "x y",
          "Alice", "iphone 7", "8.0.47", "zz", "é", "b\n", "Ünï", "\u0661"]
ODD = [b"", b"\x00", b"a\xff", b"\xc3(", b"8.", b"v", b"1.2.3.4.5", b"1..2",
       b"010.0.0.1", b"1.2.3.256", b"fe80::1%1", b":::", b" 5", b"5 ", b"+5",
       b".5", b"2026-02-30T00:00:00Z", b"2026-01-01T00:00:00", b"x" * 255,
       b"x" * 256, b"[::1]", b"1-", b"1-a..b", b"10.0.0.0/8", b"-", b"--5",
       b"2026-01-01T00:00:60Z", b"2026-01-01T00:00:00+24:00"]
LONG = b"a" * (SUBJECT_MAX + 1)

ZONES = [0, 0, 60, -60, 480, -570, 1439, -1439]


def time_text(seconds, minutes):
    zone = timezone(timedelta(minutes=minutes))
    text = (datetime(1970, 1, 1, tzinfo=timezone.utc)
            + timedelta(seconds=seconds)).astimezone(zone).isoformat()
    return text.replace("+00:00", "Z")


class Maker:
    """One document of the release NAME. PLAIN keeps to what headers carry."""

    def __init__(self, rng: random.Random, name="shop", plain=False):
        self.rng = rng
        self.name = name
        self.plain = plain
        self.literals = {}   # attribute: [bytes near which requests go]
        self.tests = set()   # (list, attribute)
        self.kinds = self._kinds_of_tests()
        self.document = self._document()

    # --- the document

    def _document(self):
        rng = self.rng
        variants = rng.sample(VARIANTS, rng.choice([1, 2, 2, 2, 3, 4]))
        self.default = rng.choice(variants)
        self.salt = rng.choice([self.name, self.name, "other", "盐:1"])
        made = {"variants": variants, "default": self.default,
                "salt": self.salt, "by": self._by()}
        made["rules"] = [self._rule(f"r{i}", variants)
                         for i in range(rng.randrange(6))]
        if rng.random() < 0.6:
            made.update(self._split(variants, made["by"]))
        return made

    def _by(self):
        return self.rng.sample(list(ATTRIBUTES), self.rng.choice([1, 2, 2, 3]))

    def _rule(self, name, variants):
        made = {"name": name, "if": self._expression(3)}
        if self.rng.random() < 0.7:
            return {**made, "variant": self.rng.choice(variants)}
        if self.rng.random() < 0.5:
            made["by"] = self._by()
        return {**made, **self._split(variants, made.get("by", ["user"]))}

    def _split(self, variants, by):
        """Ranges with borders where somebody's bucket is."""
        others = [one for one in variants if one != self.default]
        if not others or self.rng.random() < 0.1:
            return {"split": dict.fromkeys(others, 0)}
        if self.rng.random() < 0.2:
            return {"split": self._weights(others)}
        ranges = {}
        for first, end in self._cuts(by):
            owner = self.rng.choice(others + [None])
            if owner:
                ranges.setdefault(owner, []).append([first, end])
        return {"split": {name: sum(end - first for first, end in owned) / 1000
                          for name, owned in ranges.items()},
                "buckets": ranges}

    def _weights(self, others):
        left, weights = 100_000, {}
        for name in others:
            taken = self.rng.choice([0, left, self.rng.randint(0, left)])
            weights[name] = taken / 1000
            left -= taken
        return weights

    def _cuts(self, by):
        cuts = {0, 100_000}
        for _ in range(self.rng.randrange(4)):
            value = self._literal(self.rng.choice(by))
            place = bucket(self.salt.encode(), value)
            cuts |= {place, place + 1}
        cuts = sorted(cuts)
        return list(zip(cuts, cuts[1:]))

    # --- conditions

    def _expression(self, depth):
        roll = self.rng.random()
        if depth == 0 or roll < 0.4:
            return self._test()
        if roll < 0.55:
            return f"not {self._grouped(depth - 1)}"
        word = self.rng.choice([" and ", " or "])
        return word.join(self._grouped(depth - 1)
                         for _ in range(self.rng.choice([2, 2, 3])))

    def _grouped(self, depth):
        """Mostly in parentheses; without them the words' order is at work."""
        made = self._expression(depth)
        bare = self.rng.random() < 0.3 and not made.startswith("not ")
        return made if bare else f"({made})"

    def _test(self):
        attribute = self.rng.choice(list(ATTRIBUTES))
        made = self.rng.choice(self.kinds)(attribute)
        return made.replace(" ", self.rng.choice([" ", " ", "  ", "\n"])) \
            if "'" not in made and '"' not in made else made

    def _kinds_of_tests(self):
        """Each third document is mostly about lists."""
        kinds = [self._has, self._comparison, self._comparison,
                 self._comparison, self._set, self._part, self._matches,
                 self._now, self._membership]
        return kinds + self.rng.choice([0, 1, 16]) * [self._membership]

    def _has(self, attribute):
        return self.rng.choice([f"has {attribute}", f"has {attribute}", "true"])

    def _membership(self, attribute):
        name = self.rng.choice(list(LISTS))
        if len(self.tests) == TESTS_MAX:
            return "true"
        self.tests.add((name, attribute))
        return f"{attribute} {self._not()}in @{name}"

    def _not(self):
        return self.rng.choice(["", "not "])

    def _kind(self, attribute):
        """Sometimes another than the attribute's values have."""
        return ATTRIBUTES[attribute] if self.rng.random() < 0.85 \
            else self.rng.choice(list(ATTRIBUTES.values()))

    def _comparison(self, attribute):
        kind = self._kind(attribute)
        value = self._value(attribute, kind)
        order = self.rng.choice(["=", "!="] if kind == "pattern"
                                or kind == "address" and "/" in value
                                else ["=", "!=", "<", "<=", ">", ">="])
        space = self.rng.choice([" ", ""])
        return f"{attribute}{space}{order}{space}{value}"

    def _set(self, attribute):
        number = self.rng.choice([1, 2, 3, 5])
        words = ", ".join(self._value(attribute, self._kind(attribute))
                          for _ in range(number))
        return f"{attribute} {self._not()}in [{words}]"

    def _part(self, attribute):
        text = self.rng.choice(self._words(attribute) + TEXTS)
        first = self.rng.randrange(len(text))
        part = text[first:self.rng.randint(first + 1, len(text))]
        self._keep(attribute, text)
        word = self.rng.choice(["starts", "ends", "contains"])
        return f"{attribute} {word} {self._quoted(part)}"

    def _words(self, attribute):
        return [value.decode() for value in self.literals.get(attribute, [])]

    def _matches(self, _):
        return f"agent matches {self._quoted(self.rng.choice(PATTERNS))}"

    def _now(self, _):
        order = self.rng.choice(["<", ">="])
        return f"now {order} {self._time(self.rng.choice(TIMES))}"

    def _value(self, attribute, kind):
        """A literal as a condition writes it."""
        if kind == "time":
            return self._keep(attribute, self._time(self.rng.choice(TIMES)))
        if kind in ("text", "pattern"):
            return self._quoted(
                self._keep(attribute, self.rng.choice(TEXTS + AGENTS[:9])))
        pool = {"number": NUMBERS, "version": VERSIONS, "address": BLOCKS}[kind]
        made = self._keep(attribute, self.rng.choice(pool))
        if kind == "number" and "e" in made:
            return "1000"
        return f"v{made}" if kind == "version" else made

    def _keep(self, attribute, text):
        self.literals.setdefault(attribute, []).append(text.encode())
        return text

    def _quoted(self, text):
        quote = self.rng.choice("'\"")
        return quote + text.replace(quote, quote * 2) + quote

    def _time(self, seconds):
        return time_text(seconds, self.rng.choice(ZONES))

    # --- requests

    def attributes(self):
        """{name: bytes}, some of the attributes absent or empty."""
        made = {}
        for name in ATTRIBUTES:
            if self.rng.random() < 0.75:
                value = self._near(name, self._literal(name))
                if self._fits(name, value):
                    made[name] = value
        return made

    def _literal(self, attribute):
        """One that the document asks for, or any of its kind."""
        known = self.literals.get(attribute)
        if known and self.rng.random() < 0.7:
            return self.rng.choice(known)
        pool = {"text": TEXTS, "number": NUMBERS, "version": VERSIONS,
                "address": BLOCKS, "pattern": AGENTS,
                "time": [self._time(self.rng.choice(TIMES))]}
        return self.rng.choice(pool[ATTRIBUTES[attribute]]).encode()

    def _near(self, attribute, value):
        roll = self.rng.random()
        if roll < 0.06:
            return self.rng.choice(ODD)
        if attribute == "agent" and roll < 0.09:
            return LONG
        near = {"number": near_number, "version": near_version,
                "address": near_address, "time": near_time}.get(
                    ATTRIBUTES[attribute], near_text)
        try:
            return near(self.rng, value.decode()).encode()
        except ValueError:
            return value

    def _fits(self, attribute, value):
        if attribute == "agent" and not matchable(value):
            return False
        return not self.plain or (
            len(value) < 2000 and value == value.strip()
            and not any(byte < 32 or byte == 127 for byte in value))

    def now(self):
        return self.rng.choice(TIMES) + self.rng.choice([-1, 0, 0, 1])

    def answers(self):
        """{(list, attribute): (first, when asked)} for each test of a list."""
        weather = self.rng.choice(["fair", "waiting", "waiting", "foul"])
        return {test: self._answer(weather, LISTS[test[0]])
                for test in sorted(self.tests)}

    def _answer(self, weather, kind):
        known = self.rng.choice(["yes", "no"])
        foul = ["store", "list"] if kind != "live" else \
            ["live", "early", "store", "list"]
        late = self.rng.choice([known, known, self.rng.choice(foul)])
        if weather == "waiting" and kind == "live":
            return self.rng.choice([("pending", late), (late, late)])
        answer = late if weather == "foul" else known
        return answer, answer


def matchable(value):
    """Whether a regex's answer is plain: text, and no steps to count."""
    try:
        return len(value.decode()) < 1000 or len(value) > SUBJECT_MAX
    except ValueError:
        return False


# --- values beside others

def near_text(rng, text):
    return rng.choice([text, text, text + "a", "a" + text, text[:-1],
                       text[1:], text.upper(), text + text])


def near_number(rng, text):
    last = str((int(text[-1]) + rng.choice([1, 9])) % 10)
    return rng.choice([text, text, text[:-1] + last, "-" + text, "0" + text,
                       text + "0", text if "." in text else text + ".0",
                       text if "." in text else text + ".000001",
                       text.lstrip("-")])


def near_version(rng, text):
    return rng.choice([text, "v" + text, text + ".0", text + ".1", text + "a",
                       text + "-0", text + "-rc.1", text + "+x",
                       text.partition("-")[0], text.rpartition(".")[0],
                       near_number(rng, text)])


def near_address(rng, text):
    """The first and last of a block, those beside it, in other forms."""
    network = ipaddress.ip_network(text)
    border = int(rng.choice([network[0], network[-1]])) + rng.choice([-1, 0, 1])
    made = ipaddress.ip_address(border) if network.version == 4 \
        else ipaddress.IPv6Address(border)
    if made.version == 4:
        return rng.choice([str(made), f"::ffff:{made}", f"::FFFF:{made}",
                           f"{made}.", f"::{made}"])
    return rng.choice([str(made), made.exploded, str(made).upper()])


def near_time(rng, text):
    there = datetime.fromisoformat(text)
    seconds = round((there - datetime(1970, 1, 1, tzinfo=timezone.utc))
                    .total_seconds()) + rng.choice([-1, 0, 0, 1])
    return rng.choice([time_text(seconds, rng.choice(ZONES)), text,
                       text.replace("T", " ")])
