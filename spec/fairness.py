"""Fairness: what a run may not put off for ever. Each assumption has a name, which a verdict prints.

weak     what can happen from some moment on, without a break, happens again and again.
strong   what can happen again and again happens again and again.
finite   what happens only finitely often.
"""

from __future__ import annotations

from dataclasses import dataclass

from spec.ghosts import CRASH
from spec.language import Event
from spec.vocabulary import R2_REACHED, USER_TIMEOUT

WEAK, STRONG, FINITE = "weak", "strong", "finite"


@dataclass(frozen=True)
class Fairness:
    """An assumption on runs: an id, its strength, a sentence, its source."""

    id: str
    strength: str
    sentence: str
    cite: str

    def __str__(self) -> str:
        return f"{self.id} ({self.strength}): {self.sentence}"


_MURPHY = "Murphy and Shankar, Connection management for the transport layer (1991)"
FAIRNESS: dict[str, Fairness] = {
    fairness.id: fairness
    for fairness in (
        Fairness("FC", STRONG, "a segment that is in flight again and again is delivered again and again", _MURPHY),
        Fairness(
            "FT", WEAK, "time passes, a timer that stays enabled fires, what is queued is sent", "RFC 9293 §3.8.1"
        ),
        Fairness("FA", WEAK, "a user whose connection is in CLOSE-WAIT closes it", "RFC 9293 §3.6, case 2"),
        Fairness("FS", WEAK, "a user that has something to send sends it", "RFC 9293 §3.5.1"),
        Fairness(
            "FF",
            FINITE,
            "segments are lost, repeated and forged, ends crash and users lose patience only finitely often "
            "(a flood of other connections may go on)",
            _MURPHY,
        ),
    )
}
"""Every fairness assumption by id."""

FAULTS = frozenset({CRASH.name, USER_TIMEOUT.name, R2_REACHED.name})
"""The events that FF lets happen only finitely often."""


def is_timer(event: Event) -> bool:
    """Return whether an event is what FT speaks of: it happens by itself, and it is no fault."""
    return event.spontaneous and event.name not in FAULTS
