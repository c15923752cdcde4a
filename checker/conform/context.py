"""What an end's follower knows beside its run: of the other end, and of where the capture was taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from checker.conform.endpoint import ahead
from checker.conform.machine import HALF, MASK

Values = tuple[Any, ...]
HOLES = 32
"""So many holes in the numbers of an end are remembered."""


def _anything(_segment: Values) -> bool:
    return True


@dataclass
class Context:
    """What is known of the other end, and of where the capture was taken.

    exact     the capture was taken at this end: nothing gets lost or doubled between the two.
    middle    the capture may have begun in the middle of the connection.
    peer_first, peer_end   the first number captured from the other end, and the one after the last; None if none was.
    peer_window            the largest window that it announced.
    holes     ranges of its numbers that no frame shows, [from, to).
    acked     the furthest number of this end that the other acknowledged, in any frame.
    isn       the last ISN that was captured from this end.
    told      what the other end knows of this one.
    """

    exact: bool = False
    middle: bool = False
    peer_first: int | None = None
    peer_end: int | None = None
    peer_window: int = 0
    holes: list[tuple[int, int]] = field(default_factory=list)
    acked: int | None = None
    isn: int | None = None
    peer_could: Callable[[Values], bool] = field(default=_anything)
    peer_owes: Callable[[], tuple[Values, ...]] = field(default=tuple)
    told: Context | None = None

    def heard(self, fields: Values) -> None:
        """Take note of the numbers of a segment from the other end."""
        first, ack, data, window, syn, has_ack, fin, rst = fields
        if window > self.peer_window:  # noqa: PLR1730  # for every segment: max() takes three times as long
            self.peer_window = window
        if rst:
            return
        known, acked = self.peer_end, self.acked
        if has_ack and ack != acked and (acked is None or syn or (ack - acked) & MASK < HALF):
            self.acked = ack
        length = data + syn + fin
        if first == known and not syn:
            if length:
                self.peer_end = (first + length) & MASK
        else:
            self._out_of_order(first, length, known, syn=syn)

    def _out_of_order(self, first: int, length: int, known: int | None, *, syn: bool) -> None:
        """Take note of numbers that do not follow the last ones."""
        end = (first + length) & MASK
        if known is None or syn:
            self.peer_first, self.peer_end, self.holes = first, end, []
        elif ahead(first, known) > 0:
            self.holes = [*self.holes, (known, first)][-HOLES:]
            self.peer_end = end
        else:
            if self.peer_first is not None and ahead(first, self.peer_first) < 0:
                self.peer_first = first
            if ahead(end, known) > 0:
                self.peer_end = end
            if self.holes and length:
                self.holes = [rest for hole in self.holes for rest in _without(hole, first, end)]

    def forget(self) -> None:
        """Let go of the other end, so that both can be freed at once."""
        self.peer_could, self.peer_owes, self.told = _anything, tuple, None

    def uncaptured(self, first: int, end: int) -> int | None:
        """Return the number up to which something is missing of those from `first` to `end`; None if nothing is."""
        if self.peer_end is None or self.peer_first is None:
            return end
        if self.middle and ahead(self.peer_first, first) > 0:
            return self.peer_first if ahead(end, self.peer_first) > 0 else end
        for low, high in self.holes:
            if ahead(high, first) > 0 and ahead(end, low) > 0:
                return high if ahead(end, high) > 0 else end
        return end if ahead(end, self.peer_end) > 0 else None


def _without(hole: tuple[int, int], first: int, end: int) -> list[tuple[int, int]]:
    """Return what is left of a range of numbers without those from `first` to `end`."""
    low, high = hole
    rest = []
    if ahead(first, low) > 0:
        rest.append((low, first if ahead(high, first) > 0 else high))
    if ahead(high, end) > 0:
        rest.append((end if ahead(end, low) > 0 else low, high))
    return [(low, high)] if rest == [(low, high), (low, high)] else rest
