"""What the values of the condition language are, as Python sees them.

Each reader takes bytes and gives something that compares as the language
says, or None where the text is no such value.
"""

import ipaddress
import re
from datetime import datetime, timedelta
from decimal import Decimal

NUMBER = re.compile(rb"-?[0-9]+(\.[0-9]+)?")
VERSION = re.compile(rb"v?([0-9]+(?:\.[0-9]+)*)"
                     rb"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
                     rb"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
TIME = re.compile(rb"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)"
                  rb"(?:Z|([+-])(\d\d):(\d\d))")
EPOCH = datetime(1970, 1, 1)
MAPPED = 0xffff << 32
MASK = 0xffffffff


def text(value):
    return value


def number(value):
    """Exact, however many digits."""
    return Decimal(value.decode()) if NUMBER.fullmatch(value) else None


def version(value):
    """As semver.org orders them; parts that are missing are 0."""
    match = VERSION.fullmatch(value)
    if not match:
        return None
    parts = [int(part) for part in match[1].split(b".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return parts, _prerelease(match[2])


def _prerelease(value):
    """After all its pre-releases comes the version itself."""
    if value is None:
        return (1, [])
    return (0, [(0, int(one), b"") if one.isdigit() else (1, 0, one)
                for one in value.split(b".")])


def address(value):
    """128 bits; an IPv4 address is the IPv6 address that maps it."""
    try:
        parsed = ipaddress.ip_address(value.decode("ascii"))
    except ValueError:
        return None
    if parsed.version == 4:
        return MAPPED | int(parsed)
    return None if parsed.scope_id is not None else int(parsed)


def block(value):
    """(address, bits of 128) of "address" or "address/bits"."""
    base, _, bits = value.partition(b"/")
    family = 128 if b":" in base else 32
    return address(base), 128 - family + int(bits or family)


def within(found, place):
    """Whether an address lies in a block."""
    base, bits = place
    return (base ^ found) >> (128 - bits) == 0


def beside(order):
    """How two addresses of one family stand to each other."""
    def test(found, place):
        one_family = found >> 32 == MAPPED >> 32, place[0] >> 32 == MAPPED >> 32
        return one_family[0] == one_family[1] and order(found, place[0])
    return test


def time(value):
    """Seconds since 1970-01-01T00:00:00Z."""
    match = TIME.fullmatch(value)
    if not match:
        return None
    try:
        day = datetime(*map(int, match.groups()[:6]))
    except ValueError:
        return None
    east = _offset(match)
    return None if east is None else (day - EPOCH) // timedelta(seconds=1) \
        - east


def _offset(match):
    if not match[7]:
        return 0
    hours, minutes = int(match[8]), int(match[9])
    if hours > 23 or minutes > 59:
        return None
    return (1 if match[7] == b"+" else -1) * 60 * (60 * hours + minutes)


# --- buckets

def murmur3_32(data, seed=0):
    """MurmurHash3_x86_32 of Austin Appleby."""
    h = seed
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        h ^= _mixed(int.from_bytes(data[i:i + 4], "little"))
        h = (_rotated(h, 13) * 5 + 0xe6546b64) & MASK
    h ^= _mixed(int.from_bytes(data[whole:], "little"))
    return _final(h ^ len(data))


def _rotated(x, by):
    return ((x << by) | (x >> (32 - by))) & MASK


def _mixed(k):
    return _rotated(k * 0xcc9e2d51 & MASK, 15) * 0x1b873593 & MASK


def _final(h):
    h = (h ^ h >> 16) * 0x85ebca6b & MASK
    h = (h ^ h >> 13) * 0xc2b2ae35 & MASK
    return h ^ h >> 16


def bucket(salt, value):
    return murmur3_32(salt + b":" + value) * 100000 >> 32
