"""Captures for tests of `trace`: written from lines (tests/checker/conform/wire.py), and the recorded ones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checker.capture_stream import Reading
from checker.cli import main
from checker.conform.machine import Machine
from checker.conform.profiles import machine
from checker.report.capture_words import Shown
from tests.checker.capture import building
from tests.checker.conform import wire

FOLDER = Path(__file__).parents[1] / "captures"
RECORDED = sorted(FOLDER.glob("*.pcap"))
OPENING = list(wire.OPENING)
CLOSED = [*OPENING, "A 101.301 AF", "B 301.102 AF", "A 102.302 A"]
BAD_ACK = [*OPENING, "A 101.999999 A"]
INJECTED = [*OPENING, "A 5000.301 R"]
HOLE = [*OPENING, "B 301.101 A 10", "B 321.101 A 10", "A 101.331 A"]
VERDICTS = {"CONFORMS": CLOSED, "DEVIATES": BAD_ACK, "CAPTURE INCOMPLETE": HOLE}
"""A capture for each verdict."""


def octets_of(*conversations: Iterable[str]) -> bytes:
    """Return a pcap file of conversations, one after the other, each from a port of its own."""
    recorded: list[building.Recorded] = []
    start = building.Recorded(b"").time
    for number, lines in enumerate(conversations):
        for one in wire.segments(lines):
            ends = one.source_port + number * (one.source_port > 1024), one.destination_port
            ports = ends if one.source_port > 1024 else (ends[0], ends[1] + number)
            packet = building.tcp(
                one.seq, one.ack, flags=one.flags, ports=ports, window=one.window, text=bytes(one.data)
            )
            head = building.ipv4(
                packet, source=one.source, destination=one.destination, ip_id=len(recorded) + 1, ttl=one.ttl
            )
            recorded.append(building.Recorded(head, start + number * 10**9 + one.time))
    return building.pcap(recorded, link=building.RAW, nano=True)


def written(path: Path, *conversations: Iterable[str]) -> Path:
    """Write a pcap file of conversations and return its path."""
    path.write_bytes(octets_of(*conversations))
    return path


@cache
def kept(path: Path, profile: str = "rfc9293") -> tuple[Machine, list[Shown]]:
    """Return the connections of a capture with their steps and frames, and what they were held against."""
    relation = machine(profile)
    return relation, list(Reading(path, relation, keep=True).connections())


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Return the exit code of `trace` with these arguments, what it printed, and what it complained of."""
    code = main(["trace", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def data_of(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Any:
    """Return the JSON report of `trace` with these arguments."""
    _, out, _ = said(capsys, "--format", "json", *arguments)
    return json.loads(out)
