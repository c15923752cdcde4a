"""What is worth telling about a capture beside its segments: counted, with the first few frames of each kind."""

from __future__ import annotations

from collections import Counter
from typing import Literal

Kind = Literal[
    "truncated", "corrupt", "unknown link", "not IP", "not TCP", "fragment", "malformed", "cut header", "cut options",
    "no time", "duplicate", "backwards", "late", "idle", "crowd",
]  # fmt: skip

_SAYS: dict[Kind, str] = {
    "truncated": "the file ends inside a record and was used as far as it goes",
    "corrupt": "records that cannot be what they say, skipped",
    "unknown link": "link types that are not read here, skipped",
    "not IP": "neither IPv4 nor IPv6",
    "not TCP": "IP, but not TCP",
    "fragment": "fragments of IP packets, which are not put together, skipped",
    "malformed": "headers that contradict themselves, skipped",
    "cut header": "headers that the capture cut off, skipped",
    "cut options": "TCP options that the capture cut off, read as far as they go",
    "no time": "recorded without a time, so that of the frame before stands in",
    "duplicate": "recorded twice, as by a mirror port, the second dropped",
    "backwards": "earlier than the segment before, as if captured out of order",
    "late": "more out of order than the look-ahead can sort",
    "idle": "conversations forgotten after a long silence, so that what comes later counts as another",
    "crowd": "conversations forgotten because too many were open, so that what comes later counts as another",
}
KINDS: tuple[Kind, ...] = tuple(_SAYS)
"""Every kind, in the order in which they are told."""
ROUTINE: frozenset[Kind] = frozenset({"not IP", "not TCP"})
"""What is in every capture and convicts nothing."""
KEPT = 5
"""How many frames of a kind are kept by number."""


class Notes:
    """What was met while reading one capture. Bounded, and the same for the same file.

    frames   frames met so far: the number of the last one.
    octets   octets of the file read so far, compressed as they are; of `size`, which is 0 for a pipe.
    """

    def __init__(self) -> None:
        self.frames = self.octets = self.size = 0
        self.counts: Counter[Kind] = Counter()
        self.first: dict[Kind, list[tuple[int, str]]] = {}

    def add(self, kind: Kind, frame: int, detail: str = "") -> None:
        """Count what was met at a frame; `detail` says more in a few words."""
        self.counts[kind] += 1
        if self.counts[kind] <= KEPT:
            self.first.setdefault(kind, []).append((frame, detail))

    def lines(self, *, routine: bool = False) -> list[str]:
        """Return one line a kind: what, how often and where first. Routine kinds are told if asked for."""
        return [
            f"{_SAYS[kind]}: {_times(self.counts[kind])} ({self._where(kind)})"
            for kind in KINDS
            if self.counts[kind] and (routine or kind not in ROUTINE)
        ]

    def _where(self, kind: Kind) -> str:
        kept = self.first[kind]
        places = [f"frame {frame}{detail and ': ' + detail}" for frame, detail in kept]
        return "; ".join(places) + ("; ..." if self.counts[kind] > len(kept) else "")


class Skipped(Exception):
    """A frame that holds no segment to read, and why."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
