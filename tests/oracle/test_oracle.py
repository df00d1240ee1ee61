"""Two decisions, written apart from each other, are the same.

GRAY_ORACLE=N compares N cases, GRAY_ORACLE_SEED=S those of another seed.
"""

import json
import os
import random
import subprocess

import pytest

import decision
import generate
from condition import Request
from harness.build import BUILD, sanitized, sanitizer_reports

CASES = int(os.environ.get("GRAY_ORACLE") or 100_000)
SEED = int(os.environ.get("GRAY_ORACLE_SEED") or 20_260_101)
REQUESTS = 50   # of each document
PART = 10_000   # cases at a time
DRIVER = BUILD / "tests/oracle/driver"


class Case:
    """A request to a document, as both sides take it."""

    def __init__(self, maker):
        rng = maker.rng
        self.variants = maker.document["variants"]
        self.attributes = maker.attributes()
        self.answers = maker.answers()
        self.now = maker.now()
        self.off = rng.random() < 0.01
        self.override = rng.choice(self.variants) \
            if rng.random() < 0.01 else None
        self.default = rng.choice([*self.variants, "elsewhere"]) \
            if rng.random() < 0.1 else None

    def line(self):
        """What the driver reads."""
        numbers = {name: 1 + i for i, name in enumerate(self.variants)}
        return {"attributes": {name: value.hex() for name, value
                               in self.attributes.items()},
                "answers": {" ".join(test): both
                            for test, both in self.answers.items()},
                "now": self.now, "off": self.off,
                "override": numbers.get(self.override, 0),
                "default": numbers.get(self.default, len(self.variants) + 1)
                if self.default else 0}

    def decide(self, release, when):
        """The oracle's decision, first (0) or when all is answered (1)."""
        answers = {test: both[when] for test, both in self.answers.items()}
        return decision.decide(
            release, Request(self.attributes, answers, self.now),
            self.default, self.off, self.override)

    def expected(self, release):
        """What the driver should write."""
        first = self.decide(release, 0)
        both = [first, self.decide(release, 1)] if first.pending else [first]
        return [written(one) for one in both]


def written(one):
    variant = "" if one.variant == "elsewhere" else one.variant
    return {"variant": variant, "reason": one.reason,
            "pending": sorted(map(" ".join, one.pending))}


def make(rng, number):
    """[(maker, its cases)]"""
    return [(maker, [Case(maker) for _ in range(REQUESTS)])
            for maker in (generate.Maker(rng)
                          for _ in range(-(-number // REQUESTS)))]


def core(made, folder):
    """What src/core decides of all cases, in their order."""
    lines = []
    for maker, cases in made:
        lines.append({"document": maker.document, "name": maker.name,
                      "lists": generate.LISTS})
        lines += [case.line() for case in cases]
    done = subprocess.run(
        [DRIVER], input="\n".join(map(json.dumps, lines)).encode() + b"\n",
        env=sanitized(folder, leaks=True), capture_output=True, check=False)
    assert done.returncode == 0, \
        [done.stderr.decode(), *sanitizer_reports(folder)]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for one in (one for answer in answers for one in answer):
        one["pending"].sort()
    return answers


def difference(maker, case, expected, found):
    return "\n".join([
        json.dumps(maker.document, indent=1, ensure_ascii=False),
        f"{case.attributes} now={case.now} default={case.default}",
        f"{case.answers}", f"oracle: {expected}", f"core:   {found}"])


@pytest.mark.parametrize("part", range(-(-CASES // PART)))
def test_the_core_decides_what_the_oracle_decides(part, folder):
    seed = SEED + part
    print(f"seed {seed}")
    made = make(random.Random(seed), min(PART, CASES - part * PART))
    answers = iter(core(made, folder))
    for maker, cases in made:
        release = decision.Release(maker.name, maker.document)
        for case in cases:
            expected, found = case.expected(release), next(answers)
            assert expected == found, \
                difference(maker, case, expected, found)
