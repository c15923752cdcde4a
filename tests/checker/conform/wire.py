"""Captures written as lines: "A 100 S", "B 300.101 SA", "A 101.301 A 5" and, after a pause, "B 301.106 A t=2.5"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.capture.conversations import Conversation, Told
from checker.capture.segment import ACK, FIN, RST, SYN, Segment
from checker.conform.check import check
from checker.conform.pair import Vantage
from checker.conform.profiles import machine
from checker.conform.recheck import rechecked
from checker.conform.result import EndResult, Incarnation

ADDRESSES = {"A": (b"\x0a\x00\x00\x01", 40_000), "B": (b"\x0a\x00\x00\x02", 80)}
FLAGS = {"S": SYN, "A": ACK, "F": FIN, "R": RST, "-": 0}
NEAR, FAR = 1_000_000, 20_000_000
"""Nanoseconds before a line of the end beside which the capture was taken, and of the other, unless one says t=."""
OPENING = ("A 100 S", "B 300.101 SA", "A 101.301 A")


def segment(frame: int, time: int, line: str) -> Segment:
    """Return the segment that a line describes: end, SEQ or SEQ.ACK, control bits, octets of text, w=window."""
    end, numbers, bits, *rest = line.split()
    seq, _, ack = numbers.partition(".")
    words = dict(word.split("=") for word in rest if "=" in word)
    data = next((int(word) for word in rest if "=" not in word), 0)
    source, destination = ADDRESSES[end], ADDRESSES["B" if end == "A" else "A"]
    flags = sum(FLAGS[bit] for bit in bits)
    return Segment(
        frame, time, (), *source, *destination, int(seq) % (1 << 32), int(ack or 0) % (1 << 32), flags,
        int(words.get("w", 4096)), data, b"", False, frame, 64,
    )  # fmt: skip


def segments(lines: Iterable[str], near: str = "B") -> list[Segment]:
    """Return the segments of lines, frames numbered from 1."""
    found, time = [], FAR
    for frame, line in enumerate(lines, 1):
        pause = next((float(word[2:]) for word in line.split() if word.startswith("t=")), 0)
        time += int(pause * 1e9) or (NEAR if line[0] == near else FAR)
        found.append(segment(frame, time, line))
    return found


def told(captured: Sequence[Segment]) -> list[Told]:
    """Return segments of one conversation as the reader of captures yields them."""
    conversation = Conversation(1, captured[0])
    return [*((conversation, each) for each in captured), (conversation, None)]


def found(
    lines: Iterable[str], *tolerate: str, profile: str = "rfc9293", vantage: Vantage = "middle"
) -> list[Incarnation]:
    """Return what a check of these lines finds; its runs are replayed on the way."""
    return checked(segments(lines, "A" if vantage == "client" else "B"), *tolerate, profile=profile, vantage=vantage)


def checked(
    captured: Sequence[Segment], *tolerate: str, profile: str = "rfc9293", vantage: Vantage = "middle"
) -> list[Incarnation]:
    """Return what a check of these segments finds; its runs are replayed on the way."""
    relation = machine(profile, tolerate)
    incarnations = list(check(told(captured), relation, vantage))
    for each in incarnations:
        wrong = rechecked(relation, each)
        assert not wrong, wrong
    return incarnations


def one(lines: Iterable[str], *tolerate: str, profile: str = "rfc9293", vantage: Vantage = "middle") -> Incarnation:
    """Return the only incarnation that these lines show."""
    incarnations = found(lines, *tolerate, profile=profile, vantage=vantage)
    assert len(incarnations) == 1
    return incarnations[0]


def b_of(incarnation: Incarnation) -> EndResult:
    """Return the end B, port 80."""
    return next(end for end in incarnation.ends if end.address.endswith(":80"))
