"""Random runs of the model: two ends, users, a channel that loses, doubles and reorders, and a capture point in it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from checker.capture.segment import ACK, FIN, RST, SYN, Segment
from checker.concrete import ConcreteReader
from spec.language import Relation
from spec.tcp import TCP
from spec.vocabulary import CALL_FIELDS
from tests.checker.conform.wire import ADDRESSES

Values = tuple[Any, ...]
TICK = 1_000_000
CALLS = ("SEND", "SEND", "SEND", "CLOSE", "SEGMENTIZE", "RETRANSMISSION TIMEOUT", "RETRANSMISSION TIMEOUT", "ABORT")


@dataclass
class Run:
    """One random run. Segments go from `near` an end past the capture point, and from there to `far`."""

    chance: random.Random
    relation: Relation[Any] = TCP
    frames: list[Segment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = ConcreteReader(self.relation, 32, CALL_FIELDS, {"RCV.WND": 4096})
        self.tcbs = [self.reader.initial, self.reader.initial]
        self.near: list[list[Values]] = [[], []]
        self.far: list[list[Values]] = [[], []]
        self.isn = [self.chance.randrange(1 << 32), self.chance.randrange(1 << 32)]

    def act(
        self, end: int, event: str, segment: Values | None = None, *, octets: int = 0, active: bool = False
    ) -> None:
        """Let something happen at an end."""
        outcome = self.reader.run(self.tcbs[end], event, segment, (self.isn[end], octets, active, True))
        if outcome is not None:
            self.tcbs[end] = outcome.tcb
            self.near[end] += outcome.sent

    def capture(self, end: int) -> None:
        """Let the oldest segment of an end pass the capture point, or get lost before it."""
        fields = self.near[end].pop(0)
        if self.chance.random() < 0.05:
            return
        name, other = "AB"[end], "BA"[end]
        bits = sum(flag for flag, is_set in zip((SYN, ACK, FIN, RST), fields[4:], strict=True) if is_set)
        number = len(self.frames) + 1
        self.frames.append(
            Segment(
                number, number * TICK, (), *ADDRESSES[name], *ADDRESSES[other], fields[0], fields[1], bits, fields[3],
                fields[2], b"", False, number, 64,
            )
        )  # fmt: skip
        self.far[end].append(fields)

    def deliver(self, end: int) -> None:
        """Let a segment of an end arrive: mostly the oldest; or get lost; or stay behind as a copy."""
        place = 0 if self.chance.random() < 0.85 else self.chance.randrange(min(3, len(self.far[end])))
        fields = self.far[end][place]
        if self.chance.random() > 0.05:
            del self.far[end][place]
        if self.chance.random() > 0.1:
            self.act(1 - end, "SEGMENT ARRIVES", fields)

    def step(self) -> None:
        """Let one thing happen, drawn at random."""
        end = self.chance.randrange(2)
        kind = self.chance.random()
        if kind < 0.4 and self.near[end]:
            self.capture(end)
        elif kind < 0.85 and self.far[end]:
            self.deliver(end)
        elif kind < 0.92:
            self.act(end, self.chance.choice(CALLS), octets=self.chance.randrange(1, 300))


def run(seed: int, steps: int = 60) -> list[Segment]:
    """Return what the capture point saw of a random run that begins with an OPEN at both ends."""
    drawn = Run(random.Random(seed))  # noqa: S311  # a test wants the same draws each time
    drawn.act(1, "OPEN", active=drawn.chance.random() < 0.1)
    drawn.act(0, "OPEN", active=True)
    for _ in range(steps):
        drawn.step()
    return drawn.frames
