"""The decision a second time, written from the documentation alone.

It is slow and short, and shares nothing with src/core; test_oracle.py holds
the two against each other.
"""

from typing import NamedTuple

import condition
from values import bucket

BUCKETS = 100000
IDENTITY_MAX = 255


class Decision(NamedTuple):
    variant: str
    reason: str
    pending: frozenset = frozenset()


class Release:
    """A release's document, ready to decide."""

    def __init__(self, name, document):
        self.variants = document.get("variants", ["stable", "gray"])
        self.default = document.get("default", self.variants[0])
        self.salt = document.get("salt", name).encode()
        self.by = document.get("by", [])
        self.rules = [Rule(self, rule) for rule in document.get("rules", [])]
        self.split = Split(self, document) if "split" in document else None


class Rule:
    """A condition, and a variant or a split."""

    def __init__(self, release, rule):
        self.name = rule["name"]
        self.condition = condition.parse(rule["if"], self.name)
        self.variant = rule.get("variant")
        self.split = Split(release, rule) if "split" in rule else None


class Split:
    """Which variant owns which buckets."""

    def __init__(self, release, holder):
        self.salt = release.salt
        self.by = holder.get("by") or release.by
        ranges = holder.get("buckets") or self._first_ranges(
            release, holder["split"])
        self.ranges = [(first, end, variant)
                       for variant, owned in ranges.items()
                       for first, end in owned]

    def _first_ranges(self, release, weights):
        """Without a history each variant takes the lowest that are free."""
        ranges, free = {}, 0
        for variant in release.variants:
            if variant != release.default and weights.get(variant):
                end = free + round(weights[variant] * BUCKETS / 100)
                ranges[variant] = [(free, end)]
                free = end
        return ranges

    def everybodys(self):
        """The variant that has all buckets, or None."""
        owners = {variant for _, _, variant in self.ranges}
        size = sum(end - first for first, end, _ in self.ranges)
        return owners.pop() if size == BUCKETS and len(owners) == 1 else None

    def owner(self, place):
        return next((variant for first, end, variant in self.ranges
                     if first <= place < end), None)

    def decide(self, request, default):
        """(variant, reason); without identity the default, as it is."""
        for attribute in self.by:
            value = request.attributes.get(attribute)
            if value and len(value) <= IDENTITY_MAX:
                place = bucket(self.salt, value)
                return (self.owner(place) or default,
                        f"split:{attribute}:{place}")
        everybodys = self.everybodys()
        return (everybodys, "split") if everybodys else (default, "default")


def decide(release, request, default=None, off=False, override=None):
    """DEFAULT is the one in force where it is not the document's own."""
    default = default or release.default
    if off:
        return Decision(default, "disabled")
    if override:
        return Decision(override, "override")
    return _Walk(release, request, default).decision()


class _Walk:
    """Down the rules, once."""

    def __init__(self, release, request, default):
        self.release = release
        self.request = request
        self.default = default
        self.found = None
        self.skipped = []
        self.pending = set()

    def decision(self):
        for rule in self.release.rules:
            if self._ends(rule):
                break
        else:
            self._find(*self._bottom())
        return Decision(*self.found, frozenset(self.pending))

    def _ends(self, rule):
        """Whether nothing after this rule can matter."""
        truth, doubts = rule.condition(self.request)
        if truth is None:
            return self._is_unknown(rule, doubts)
        if truth:
            self._find(*self._outcome(rule))
        return truth

    def _is_unknown(self, rule, doubts):
        asked = {doubt.pending for doubt in doubts if doubt.pending}
        self.pending |= asked
        if rule.variant not in (None, self.default):
            self.skipped.append(doubts[0].cause)
            return False
        self._find(self.default, f"error:{doubts[0].cause}")
        return not asked

    def _find(self, variant, reason):
        """What decides first stays; rules after it are only asked of."""
        if self.found is None:
            self.found = variant, reason

    def _outcome(self, rule):
        if rule.split:
            return rule.split.decide(self.request, self.default)
        return rule.variant, f"targeting_match:{rule.name}"

    def _bottom(self):
        """Where no rule decided: a default that a skipped rule leaves open."""
        variant, reason = self.default, "default"
        if self.release.split:
            variant, reason = self.release.split.decide(
                self.request, self.default)
        if reason == "default" and self.skipped:
            reason = f"error:{self.skipped[0]}"
        return variant, reason
