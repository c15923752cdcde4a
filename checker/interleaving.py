"""The runs of both ends of a captured connection in one order: frames as captured, each event where it must be.

A segment arrives at once if the run of its receiver allows it; otherwise after what the run puts before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from checker.conform.result import EndResult, Frame, Incarnation, Step

SIDES = ("client", "server")


@dataclass(frozen=True)
class Move:
    """What happens next.

    kind    "own": an event of the end's own; "departs": a frame is captured; "arrives": a segment arrives.
    end     0 the client, 1 the server.
    step    the step of the run; None for a frame that no run sends.
    frame   the captured segment that departs or arrives; None when it was not captured.
    states  of both ends afterwards; None where nothing is known.
    """

    kind: Literal["own", "departs", "arrives"]
    end: int
    step: Step | None
    frame: Frame | None
    states: tuple[str | None, str | None]


def in_order(found: Incarnation) -> list[Move]:
    """Return what happened at both ends, in one order. Steps and frames must have been kept."""
    return list(_Order(found).moves())


def first_states(found: Incarnation) -> tuple[str | None, str | None]:
    """Return the states of both ends before anything happens."""
    client, server = ((steps[0].before or (None,))[0] if (steps := steps_of(end)) else None for end in found.ends)
    return client, server


def steps_of(end: EndResult) -> tuple[Step, ...]:
    """Return an end's steps; none of one that was never seen, of which nothing is known."""
    return end.steps if end.seen else ()


class _Order:
    def __init__(self, found: Incarnation) -> None:
        self.frames: Sequence[Frame] = found.frames
        self.known: Mapping[int, Frame] = {frame.frame: frame for frame in found.frames}
        self.steps = [steps_of(end) for end in found.ends]
        self.sends = [_sends(steps) for steps in self.steps]
        self.place = [0, 0]
        self.states = list(first_states(found))
        self.departed: set[int] = set()

    def moves(self) -> Iterator[Move]:
        for frame in self.frames:
            end = SIDES.index(frame.sender)
            sending = self.sends[end].get(frame.frame)
            if sending is not None:
                yield from self._advance(end, sending)
            self.departed.add(frame.frame)
            step = None if sending is None else self.steps[end][sending]
            yield self._move("departs", end, step, frame)
            yield from self._settle(1 - end)
            yield from self._settle(end)
        for end in (0, 1):
            yield from self._advance(end, len(self.steps[end]) - 1)

    def _move(
        self, kind: Literal["own", "departs", "arrives"], end: int, step: Step | None, frame: Frame | None
    ) -> Move:
        return Move(kind, end, step, frame, (self.states[0], self.states[1]))

    def _advance(self, end: int, until: int) -> Iterator[Move]:
        """Yield the moves of an end's steps, up to one of them."""
        while self.place[end] <= until:
            step = self.steps[end][self.place[end]]
            self.place[end] += 1
            self.states[end] = step.after[0]
            if step.arrived is None:
                yield self._move("own", end, step, None)
            else:
                yield self._move("arrives", end, step, self.known.get(step.arrived_frame or 0))

    def _settle(self, end: int) -> Iterator[Move]:
        """Yield what an end does before anything else must happen: it takes in what has departed."""
        steps, ahead = self.steps[end], self.place[end]
        while ahead < len(steps):
            step = steps[ahead]
            if step.arrived is None and any(sent.frame is not None for sent in step.sent):
                return
            if step.arrived is not None and step.arrived_frame is not None:
                if step.arrived_frame in self.known and step.arrived_frame not in self.departed:
                    return
                yield from self._advance(end, ahead)
            ahead += 1


def _sends(steps: Sequence[Step]) -> dict[int, int]:
    """Return which step sends each frame."""
    return {sent.frame: place for place, step in enumerate(steps) for sent in step.sent if sent.frame is not None}
