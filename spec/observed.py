"""What the users of a connection see: their calls with what these return, and the signals.

Everything else is silent: deliveries and timeouts without a signal, losses, crashes, SEGMENTIZE, and the passive OPEN
of a listener that persists, which nobody calls.

Signals are those of the rules that fired, in their order. The RFC has none for a connection that is established; the
socket API has: connect() and accept() return. So entering ESTABLISHED is seen here as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spec.environment import ENDS, UserCall
from spec.ghosts import NEW_OCTETS_TAKEN
from spec.language import BoolExpr, NatExpr, Step, choose, negated
from spec.language.beside import fired
from spec.vocabulary import ABORT, CLOSE, OPEN, RCV, RECEIVE, SEND, STATE

SEEN_CALLS: dict[str, Step] = {step.name: step for step in (OPEN, SEND, RECEIVE, CLOSE, ABORT)}
"""The user calls of §3.10.1 to §3.10.5, by name. A call that is refused is seen too, with its error."""
SEEN_STATES: dict[str, str] = {"ESTABLISHED": "connection established"}
"""What is seen when a rule enters a state: no signal of the RFC, but accept() or connect() returns."""


@dataclass(frozen=True, eq=False)
class Sight:
    """What a user makes of a signal: seen as `seen`, only if `given`, as often as `times` says (None: once)."""

    seen: str
    says: str
    given: BoolExpr | None = None
    times: NatExpr | None = None


SIGHTS: dict[str, Sight] = {
    "octets delivered": Sight(
        "octet delivered",
        'Octet by octet: "TCP guarantees no correlation between the boundaries of TCP segments ... and the boundaries '
        'of the read or write buffers" (RFC 9293 §3.7). What an octet says is not seen: P-12, P-21 and P-22 do.',
        times=choose(fired("U-10", "U-11"), RCV.USER, NEW_OCTETS_TAKEN),
    ),
    "ok": Sight(
        "ok",
        "A CLOSE is acknowledged once (RFC 9293 §3.10.7.4, fifth, FIN-WAIT-2), whatever arrives in FIN-WAIT-2 later.",
        given=negated(STATE == "FIN-WAIT-2"),
    ),
}
"""Signals that are not seen just as a rule gives them."""


def call_seen(end: int, event: str, call: Mapping[str, Any], answer: str = "") -> str:
    """Return a user call as it is seen, with what it returns."""
    wanted = UserCall(SEEN_CALLS[event], active=call["ACTIVE"], remote=call["REMOTE"], octets=call["OCTETS"])
    return f"{ENDS[end]} calls {wanted}" + (f', which returns "{answer}"' if answer else "")


def signal_seen(end: int, signal: str) -> str:
    """Return a signal as it is seen."""
    return f'{ENDS[end]} is told "{signal}"'
