"""What the faults are told with; see harness/faults.py for watch()."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "gateway"))

from harness.faults import Watch                # noqa: E402


@pytest.fixture
def watch():
    """with watch(nginx, store, asks, within=…, counted=…, told=…) as w:"""
    return Watch
