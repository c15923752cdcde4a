"""What only a whole exploration shows: P-26 (coverage) and P-42 (terminal states); P-25 is in figure5."""

from __future__ import annotations

from spec.environment import EVERY_KIND
from spec.language.beside import Property
from spec.vocabulary import NO_CONNECTION, STATES

NEVER_FIRES: dict[str, str] = {
    "L-4": "every segment a conformant peer sends has SYN, ACK or RST",
    "SS-1": "a conformant peer resets with SEQ=SEG.ACK and no ACK, or acknowledges our SYN exactly",
    "R-0": "no end puts text into a RST",
    "Y-1": "needs a SYN in the window: an ISN that is not fresh, or an attacker",
    "Y-2": "as Y-1",
    "Y-2a": "as Y-1",
    "Y-3": "as Y-1 (variants without RFC 5961)",
    "Y-3a": "as Y-1 (variants without RFC 5961)",
    "A-0": "every acceptable segment of a conformant peer has an ACK",
    "A-3f": "needs an ACK of the future: an ISN that is not fresh, or an attacker",
    "A-10": "a retransmitted FIN lies left of TIME-WAIT's window and is answered by Q-2",
    "D-1f": "our sender never puts text and FIN into one segment",
    "D-1bf": "as D-1f",
    "D-2": "a conformant peer sends nothing after its FIN",
    "F-0": "CLOSED, LISTEN and SYN-SENT have returned before the eighth step",
    "F-4": "a retransmitted FIN lies left of the window and is answered by Q-2",
    "F-5": "as F-4",
}
"""Rules that no run of two conformant ends with fresh ISNs fires, and why. Each has an example in the tests."""

COVERAGE = Property(
    id="P-26",
    name="coverage",
    sentence="All eleven states are reached and every rule fires, but for those listed with a reason.",
    cite="RFC 9293 §3.3.2, §3.10",
    graph="coverage",
    data={"states": STATES, "never fires": NEVER_FIRES},
    asked=EVERY_KIND,
)

_IDLE = "nobody wants anything: neither user closes"
_HALF_CLOSED = "half-closed: the other user does not close"
_HALF_OPEN = "half-open: nobody sends, so nobody learns (§3.5.1)"
_GONE = NO_CONNECTION

_CONNECTED = ("ESTABLISHED", "FIN-WAIT-2", "CLOSE-WAIT")

ACCEPTABLE: dict[tuple[str, str], str] = {
    **{(a, b): "no connection" for a in _GONE for b in _GONE},
    ("ESTABLISHED", "ESTABLISHED"): _IDLE,
    ("FIN-WAIT-2", "CLOSE-WAIT"): _HALF_CLOSED,
    ("CLOSE-WAIT", "FIN-WAIT-2"): _HALF_CLOSED,
}
"""Pairs of states in which a run may end, and why (Billington and Han's desired and acceptable terminal states)."""
HALF_OPEN: dict[tuple[str, str], str] = {
    **{(state, gone): _HALF_OPEN for state in _CONNECTED for gone in _GONE},
    **{(gone, state): _HALF_OPEN for state in _CONNECTED for gone in _GONE},
}
"""Pairs in which a run may end where an end may vanish: by a crash, an ABORT, a user timeout or R2."""

TERMINAL = Property(
    id="P-42",
    name="terminal states are acceptable",
    sentence="Where retransmission is possible, no run ends with a connection half made or half closed by mistake.",
    cite="RFC 9293 §3.5.1, §3.6; Billington and Han, Modelling and analysing TCP's connection management (2007)",
    assumes="Judged in worlds with retransmission. A run that lacks only retransmissions has ended if they would "
    "change nothing.",
    graph="terminal",
    data={"acceptable": ACCEPTABLE, "half-open": HALF_OPEN},
)
