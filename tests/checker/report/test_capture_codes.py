"""Wireshark's completeness, as tshark itself tells it: an extra, skipped with a reason where there is no tshark."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.checker.captured import RECORDED, kept

SHARED = Path(__file__).parents[4] / "shared" / "captures"
CAPTURES = [*RECORDED, *sorted(SHARED.glob("*.pcap*"))]
TSHARK = shutil.which("tshark")
pytestmark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")


def by_tshark(path: Path) -> dict[int, int]:
    """Return the completeness of each of tshark's streams by its first frame."""
    fields = ("-T", "fields", "-e", "tcp.stream", "-e", "frame.number", "-e", "tcp.completeness")
    asked = (str(TSHARK), "-2", "-r", str(path), "-Y", "tcp", *fields)
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    first: dict[str, int] = {}
    found: dict[int, int] = {}
    for stream, frame, bits in (line.split("\t") for line in done.stdout.splitlines()):
        found[first.setdefault(stream, int(frame))] = int(bits)
    return found


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_completeness_is_wiresharks(path: Path) -> None:
    ours = {shown.found.first_frame: shown.found.facts.completeness for shown in kept(path)[1]}
    told = by_tshark(path)
    if set(ours) != set(told):
        pytest.skip("tshark begins another stream at each SYN with a new ISN")
    assert ours == told
