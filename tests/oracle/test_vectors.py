"""The oracle's hash is the published one."""

import re

import values
from harness import REPOSITORY

ROW = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \| (\d+) \|$", re.M)


def test_the_published_buckets_come_out():
    rows = ROW.findall((REPOSITORY / "docs/buckets.md").read_text())
    assert len(rows) >= 20
    for salt, value, bucket in rows:
        assert values.bucket(salt.encode(), value.encode()) == int(bucket)


def test_the_verification_value_of_murmur3_comes_out():
    hashes = b"".join(
        values.murmur3_32(bytes(range(i)), 256 - i).to_bytes(4, "little")
        for i in range(256))
    assert values.murmur3_32(hashes) == 0xB0F57EE3
