"""How long TIME-WAIT lasts, and what starts the wait anew: the environment's clock, read beside the relation.

The rules say that TIME-WAIT TIMEOUT deletes the TCB (T-4), not when. A world says when, in ticks of the same clock by
which segments age; the letter of RFC 9293 leaves open which segments restart the wait.
"""

from __future__ import annotations

from dataclasses import dataclass

from spec.language import BoolExpr, all_of, any_of
from spec.language.beside import after, arrived, fired, some_sent
from spec.language.sorts import BOOL
from spec.vocabulary import FIN, SEG, STATE

_ANYTHING = BoolExpr("const", BOOL, (), True)

STARTS: BoolExpr = all_of(STATE != "TIME-WAIT", after(STATE) == "TIME-WAIT")
"""The wait begins: "start the time-wait timer" (RFC 9293 §3.10.7.4, fifth and eighth)."""
_LETTER = fired("A-10", "F-5")
REARMS: dict[str, BoolExpr] = {
    "letter": _LETTER,
    "fin": any_of(_LETTER, all_of(STATE == "TIME-WAIT", arrived(), SEG.has(FIN), some_sent(_ANYTHING))),
    "any_emission": all_of(STATE == "TIME-WAIT", some_sent(_ANYTHING)),
}
"""What starts the wait anew, by reading. A step starts it or starts it anew if it stays in TIME-WAIT.

letter         the rules whose text says "restart the 2 MSL time-wait timeout": a retransmitted FIN lies left of the
               window and never gets there.
fin            also a FIN that was answered by the sequence check.
any_emission   whatever makes TIME-WAIT send a segment.
"""


@dataclass(frozen=True)
class TimeWait:
    """A TIME-WAIT of `msls` maximum segment lifetimes (None: it never ends), started anew as `rearm` says.

    Raise ValueError for a reading that does not exist.
    """

    msls: int | None = 2
    rearm: str = "letter"

    def __post_init__(self) -> None:
        if self.rearm not in REARMS:
            raise ValueError(f"TIME-WAIT is re-armed by {', '.join(REARMS)}, not {self.rearm!r}.")
        if self.msls is not None and not 0 <= self.msls <= 4:
            raise ValueError(f"TIME-WAIT lasts 0 to 4 MSL or for ever, not {self.msls}.")

    def __str__(self) -> str:
        if self.msls is None:
            return "for ever"
        return f"{self.msls} MSL, re-armed by {self.rearm.replace('_', ' ')}"
