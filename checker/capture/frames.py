"""What both formats share: a frame, and how to find the next record after one that cannot be true."""

from __future__ import annotations

from collections.abc import Callable

from checker.capture.source import Source

Frame = tuple[int, int, int, bytes, int, int, int]
"""Number, time in ns, link type, buffer, begin and captured end in it, and where the frame ended on the wire."""

LONGEST = 1 << 18
"""Octets that a frame may have, as in tcpdump and Wireshark: what claims more is corrupt."""
_SEARCHED = 1 << 19
"""How many octets after a corrupt record are looked through for the next one."""
_CHAIN = 3
"""How many records in a row must look right before reading goes on."""

Follows = Callable[[bytes, int], int | None]
"""Buffer and place -> the place of the next record, if a record can stand here; None if not, or if it is cut off."""


def found_again(source: Source, at: int, follows: Follows, step: int) -> int | None:
    """Return where records go on after a corrupt one at `at`, in the source's new buffer; or None.

    A place counts if records follow one another from there, _CHAIN of them or to the end of the file; it is a
    multiple of `step` octets away.
    """
    buffer = source.refill(at, _SEARCHED)
    places = range(step, min(len(buffer), _SEARCHED), step)
    return next((place for place in places if _chained(buffer, place, follows)), None)


def _chained(buffer: bytes, at: int, follows: Follows) -> bool:
    for _ in range(_CHAIN):
        following = follows(buffer, at)
        if following is None:
            return False
        if following == len(buffer):
            break
        at = following
    return True
