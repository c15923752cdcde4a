"""Attackers: what they can forge, as segments formed from what they know of the victim's TCB (RFC 5961 §1.2).

A forged segment reaches the victim in the step that sends it: the attacker picks the moment.
"""

from __future__ import annotations

from dataclasses import dataclass

from spec.language import Message, SeqExpr
from spec.vocabulary import ACK, FIN, RCV, RST, SND, SYN, segment

BLIND, ON_PATH, FLOOD = "blind", "on-path", "flood"
NOBODY = 255
"""The ghost INC of a forged segment: no end's incarnation."""


def _forged(number: SeqExpr, acknowledged: SeqExpr) -> tuple[Message, ...]:
    return (
        *segment(SEQ=number, CTL=RST),
        *segment(SEQ=number, CTL=SYN),
        *segment(SEQ=number, ACK=acknowledged, CTL=ACK, DATA=1),
        *segment(SEQ=number, ACK=acknowledged, CTL=FIN | ACK),
    )


FORGED: dict[str, tuple[Message, ...]] = {
    BLIND: _forged(RCV.NXT + 1, SND.UNA),
    ON_PATH: _forged(RCV.NXT, SND.NXT),
    FLOOD: (),
}
"""What each kind of attacker forges, formed in the victim's TCB.

blind     off the path: it guesses, and hits the window but not its edge (one number in 2^32).
on-path   sees every segment and answers first.
flood     forges no segment of this connection; it opens others (SYN flood, RFC 4987).
"""


@dataclass(frozen=True)
class Attacker:
    """An attacker that forges at most `injections` segments to each victim (0 for A, 1 for B); None: without end.

    Raise ValueError for a kind that does not exist.
    """

    kind: str = BLIND
    injections: int | None = 1
    victims: tuple[int, ...] = (0, 1)

    def __post_init__(self) -> None:
        if self.kind not in FORGED:
            raise ValueError(f"an attacker is {', '.join(FORGED)}, not {self.kind!r}.")

    def __str__(self) -> str:
        what = ("connection" if self.kind == FLOOD else "segment") + ("" if self.injections == 1 else "s")
        number = "any" if self.injections is None else self.injections
        return f"{self.kind}, {number} {what} to {' and '.join('AB'[end] for end in self.victims)}"
